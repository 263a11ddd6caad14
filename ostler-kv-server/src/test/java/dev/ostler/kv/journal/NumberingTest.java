package dev.ostler.kv.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.server.KeptStore;
import dev.ostler.kv.server.RespPeer;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A change's number that was told to a client never stands for another change, whatever the clock
 * says.
 */
@ExtendWith(OstlerExtension.class)
class NumberingTest {
  private static final long IN_2100 = 4_102_444_800_000_000L;

  @Test
  void numbers_begin_behind_what_was_reserved_though_the_clock_is_earlier() {
    var numbering = new Numbering(IN_2100);

    assertThat(numbering.begin()).isGreaterThan(IN_2100);
    assertThat(numbering.begin()).isLessThan(numbering.wanted());
  }

  @Test
  void more_are_reserved_in_time() {
    var numbering = new Numbering(IN_2100);
    assertThat(numbering.isShort()).isTrue();

    numbering.reserved(numbering.wanted());
    assertThat(numbering.isShort()).isFalse();
    numbering.ended(IN_2100 + Numbering.AHEAD);
    assertThat(numbering.isShort()).isTrue();
  }

  @Test
  void a_lost_change_s_number_is_a_gap_after_a_start_with_an_earlier_clock() throws IOException {
    try (var store = KeptStore.atTheEnd()) {
      store.disk().reserve(IN_2100); // reserved by a server whose clock was set back later
      store.reopen();
      RespPeer first = store.peer();
      assertThat(first.ask("HSET", "b", "k", "1")).isEqualTo(1L);
      long told = (long) first.ask("KV.WATCH", "b");
      assertThat(told).isGreaterThan(IN_2100);

      store.pullThePlug(); // and the change is lost
      assertThat(store.peer().ask("HSET", "b", "k", "2")).isEqualTo(1L);
      assertThat(store.peer().ask("KV.WATCH", "b", "FROM", "" + told).toString()).contains("GAP");
      assertThat((long) store.peer().ask("KV.WATCH", "b"))
          .isGreaterThan(told + Numbering.AHEAD / 2);
    }
  }
}
