package dev.ostler.kv.raft;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How many bytes of a log a node lacks. */
class LogBytesTest {
  private static final long LARGE = 100_000; // each such entry is a point that is remembered

  private final LogBytes bytes = new LogBytes();

  @Test
  void a_node_with_the_last_entry_lacks_nothing() {
    bytes.add(3, LARGE);

    assertThat(bytes.after(3)).isZero();
    assertThat(bytes.after(4)).isZero();
  }

  @Test
  void a_node_lacks_the_entries_after_its_last_one() {
    bytes.add(1, LARGE);
    bytes.add(2, LARGE);
    bytes.add(5, LARGE);

    assertThat(bytes.after(1)).isEqualTo(2 * LARGE);
    assertThat(bytes.after(4)).isEqualTo(LARGE);
  }

  @Test
  void a_node_with_less_than_is_remembered_lacks_all_that_is_known() {
    bytes.add(7, LARGE);
    bytes.add(8, 10);

    assertThat(bytes.after(-1)).isEqualTo(LARGE + 10);
  }
}
