package dev.ostler.kv.bytes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SharedBytesTest {
  private final SharedBytes names = new SharedBytes();

  private byte[] shared(String name) {
    return names.share(Bytes.array(name));
  }

  @Test
  void what_occurs_again_and_again_is_one_array() {
    byte[] first = shared("field");
    byte[] second = shared("field");
    byte[] third = shared("field");
    assertThat(second).isNotSameAs(first);
    assertThat(third).isEqualTo(first).isNotSameAs(first).isNotSameAs(second);
    assertThat(shared("field")).isSameAs(third);
    assertThat(names.isShared(third)).isTrue();
  }

  /** It may be counted by whom it was passed in, for as long as that one has it. */
  @Test
  void an_array_that_was_passed_in_is_never_shared() {
    byte[] own = Bytes.array("field");
    for (int i = 0; i < 3; i++) {
      var _ = names.share(own);
    }
    assertThat(names.isShared(own)).isFalse();
  }

  @Test
  void what_is_shared_stays_so_and_what_comes_too_late_is_not() {
    shared("first");
    shared("first");
    byte[] first = shared("first");
    for (int i = 0; i < 2000; i++) {
      shared("name" + i);
      shared("name" + i);
    }
    assertThat(names.isShared(first)).isTrue();
    assertThat(shared("first")).isSameAs(first);
    assertThat(names.isShared(shared("name0"))).isTrue();
    assertThat(names.isShared(shared("name1999"))).isFalse();
  }
}
