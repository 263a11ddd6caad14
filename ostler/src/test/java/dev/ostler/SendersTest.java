package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * While raw processes do nothing but send, the receiver of it all, other servers and timers have
 * their turns. Each test ends when all had; if not, it hangs.
 */
@Timeout(100)
class SendersTest {
  private static final Duration LONG = Duration.ofHours(1);
  private static final int ENOUGH = 200_000;
  private static final int CALLS = 100;

  /** How the senders reach the sink, and what kind of process that is. */
  enum Way {
    CAST_TO_A_SERVER,
    SEND_TO_A_SERVER,
    SEND_TO_A_RAW_PROCESS
  }

  @ParameterizedTest
  @CsvSource({
    "2, CAST_TO_A_SERVER",
    "3, CAST_TO_A_SERVER",
    "2, SEND_TO_A_SERVER",
    "3, SEND_TO_A_RAW_PROCESS"
  })
  void do_not_drown_the_rest(int count, Way way) throws Exception {
    var handled = new CountDownLatch(ENOUGH);
    var fired = new CountDownLatch(CALLS);
    Runnable send = sink(way, handled);
    var idle = GenServer.of(() -> new Idle(fired)).start();
    List<Pid> senders = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        senders.add(Processes.spawn("sender", () -> repeat(send)));
      }
      for (int i = 0; i < CALLS; i++) {
        idle.sendAfter("due", Duration.ofMillis(1));
        assertThat(idle.call(new Idle.Ask(i), LONG)).isEqualTo(i);
      }
      fired.await();
      handled.await();
      assertThat(senders).allMatch(Pid::isAlive);
    } finally {
      senders.forEach(each -> each.exit(ExitReason.KILL));
      idle.pid().exit(ExitReason.KILL);
    }
  }

  private static void repeat(Runnable send) {
    while (true) {
      send.run();
    }
  }

  /** Starts the sink, which ends when nobody sends any more; what sends it one message. */
  private static Runnable sink(Way way, CountDownLatch handled) {
    if (way == Way.SEND_TO_A_RAW_PROCESS) {
      Pid raw = Processes.spawn("sink", () -> repeat(() -> take(handled)));
      return () -> raw.send("drop");
    }
    var server = GenServer.of(() -> new Sink(handled)).start();
    return way == Way.CAST_TO_A_SERVER
        ? () -> server.cast(Sink.Drop.ONE)
        : () -> server.send("drop");
  }

  private static void take(CountDownLatch handled) {
    Self.receive();
    handled.countDown();
  }

  private record Sink(CountDownLatch handled)
      implements GenServer<Boolean, Call<Sink, ?>, Sink.Drop> {
    enum Drop implements Cast<Sink> {
      ONE
    }

    @Override
    public Init<Boolean> init() {
      return Init.ok(true);
    }

    @Override
    public Next<Boolean> handleCast(Drop drop, Boolean state) {
      handled.countDown();
      return Next.noReply(state);
    }

    @Override
    public Next<Boolean> handleInfo(Object message, Boolean state) {
      handled.countDown();
      return Next.noReply(state);
    }
  }
}
