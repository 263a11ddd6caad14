package dev.ostler.kv.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is woken by a thread that works in turns. */
class TurnThreadTest {
  private final List<String> woken = new ArrayList<>(); // by one thread after another
  private final TurnThread.Sleeper first = () -> woken.add("first");
  private final TurnThread.Sleeper second = () -> woken.add("second");

  @Test
  void is_woken_once_at_the_end_of_the_turn() throws Exception {
    var meanwhile = new ArrayList<String>();
    var thread =
        new TurnThread(
            "turns",
            () -> {
              TurnThread.wake(first);
              TurnThread.wake(second);
              TurnThread.wake(first);
              meanwhile.addAll(woken);
              end();
              end();
              TurnThread.wake(second);
              end();
            });
    thread.start();
    thread.join();

    assertThat(meanwhile).isEmpty();
    assertThat(woken).containsExactly("first", "second", "second");
  }

  private static void end() {
    if (Thread.currentThread() instanceof TurnThread self) {
      self.endTurn();
    }
  }

  @Test
  void is_woken_at_once_by_any_other() {
    TurnThread.wake(first);

    assertThat(woken).containsExactly("first");
  }
}
