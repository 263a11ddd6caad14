package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * With more busy servers than carriers, whoever comes from outside is served nevertheless: a
 * platform thread that calls, and timers. Each test ends when all were; if not, it hangs.
 */
@Timeout(240)
class FairnessTest {
  private static final Duration LONG = Duration.ofHours(1);
  private static final int CALLS = 300;
  private static final int PAIRS = 2 * Runtime.getRuntime().availableProcessors() + 1;

  /** What keeps a busy server busy. */
  enum Busyness {
    COMPUTES,
    CALLS_OTHERS,
    CASTS_TO_ITSELF
  }

  @ParameterizedTest
  @EnumSource
  void a_platform_thread_and_timers_are_served_while_others(Busyness busyness)
      throws InterruptedException {
    List<ServerRef<Busy>> busy = busy(busyness);
    var fired = new CountDownLatch(CALLS);
    var idle = GenServer.of(() -> new Idle(fired)).start();
    try {
      for (int i = 1; i <= CALLS; i++) {
        idle.sendAfter("due", Duration.ofMillis(2));
        assertThat(idle.call(new Idle.Ask(i), LONG)).isEqualTo(i);
      }
      fired.await();
      for (ServerRef<Busy> server : busy) { // all were at it to the end
        assertThat(server.pid().isAlive()).isTrue();
      }
    } finally {
      busy.forEach(server -> server.pid().exit(ExitReason.KILL));
      idle.pid().exit(ExitReason.KILL);
    }
  }

  private static List<ServerRef<Busy>> busy(Busyness busyness) throws InterruptedException {
    var servers = new ArrayList<ServerRef<Busy>>();
    var atWork = new CountDownLatch(PAIRS);
    for (int i = 0; i < PAIRS; i++) {
      var peer = GenServer.of(() -> new Busy(busyness, null, atWork)).start();
      var server = GenServer.of(() -> new Busy(busyness, peer, atWork)).start();
      server.cast(Busy.Go.ON);
      servers.add(server);
      servers.add(peer);
    }
    atWork.await();
    return servers;
  }

  /** Never runs out of work: each piece of it casts the next to itself. */
  private record Busy(Busyness busyness, ServerRef<Busy> peer, CountDownLatch atWork)
      implements GenServer<Boolean, Busy.Work, Busy.Go> {
    private static final long PIECE_NANOS = 1_000_000;
    private static final int CALLS_A_PIECE = 100;

    record Work() implements Call<Busy, Integer> {}

    enum Go implements Cast<Busy> {
      ON
    }

    @Override
    public Init<Boolean> init() {
      return Init.ok(true);
    }

    @Override
    public Next<Boolean> handleCall(Work work, From<?> from, Boolean state) {
      return work.reply(1, state);
    }

    @Override
    public Next<Boolean> handleCast(Go go, Boolean state) {
      switch (busyness) {
        case COMPUTES -> compute();
        case CALLS_OTHERS -> {
          for (int i = 0; i < CALLS_A_PIECE; i++) {
            peer.call(new Work(), LONG);
          }
        }
        case CASTS_TO_ITSELF -> {}
      }
      atWork.countDown();
      Self.server(Busy.class).cast(Go.ON);
      return Next.noReply(state);
    }

    private static void compute() {
      long from = System.nanoTime();
      while (System.nanoTime() - from < PIECE_NANOS) {
        Thread.onSpinWait();
      }
    }
  }
}
