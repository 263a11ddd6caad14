package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What a suspended server with a bounded mailbox keeps of messages that were dropped since. */
class HeldBackTest {
  private static final int CAPACITY = 10;
  private static final int SHELLS = 64;

  /** Hears only of plain messages, and forgets them. */
  private static final class Deaf implements GenServer<List<Object>, Call<Deaf, ?>, Cast<Deaf>> {
    @Override
    public Init<List<Object>> init() {
      return Init.ok(List.of());
    }

    @Override
    public Next<List<Object>> handleInfo(Object message, List<Object> state) {
      return Next.noReply(state);
    }
  }

  @Test
  void messages_dropped_while_suspended_do_not_pile_up() {
    var server = GenServer.of(Deaf::new).mailbox(CAPACITY, Overflow.DROP_OLDEST).start();
    var process = (ServerProc) server.pid();
    Sys.suspend(process);
    for (int round = 0; round < 1000; round++) {
      server.send(round);
      Sys.getState(process); // behind the message, which is held back now
      assertThat(Objects.requireNonNull(process.aux().held).size())
          .isLessThanOrEqualTo(CAPACITY + SHELLS + CAPACITY);
    }
    assertThat(process.queued()).isEqualTo(CAPACITY);
    Sys.resume(process);
    Sys.getState(process);
    assertThat(process.queued()).isZero();
    server.stop();
  }
}
