package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Each kind of event has a bit of its own. */
class EventKindTest {

  @Test
  @SuppressWarnings("unchecked")
  void of_each_type_is_one_bit_and_no_other_types() {
    int seen = 0;
    for (Class<?> type : Event.class.getPermittedSubclasses()) {
      int kind = EventKind.of((Class<? extends Event>) type);
      assertThat(Integer.bitCount(kind)).as(type.getName()).isEqualTo(1);
      assertThat(seen & kind).as(type.getName()).isZero();
      seen |= kind;
    }
    assertThat(EventKind.of(Event.class)).isEqualTo(seen);
  }

  @Test
  void of_what_is_frequent_is_not_logged() {
    assertThat(EventKind.LOGGED & (EventKind.STARTED | EventKind.ENDED | EventKind.DEAD_LETTER))
        .isZero();
  }
}
