package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * With more busy servers than carriers, whoever comes from outside is served nevertheless: a
 * platform thread that calls, and timers. Each test ends when all were; if not, it hangs.
 */
@Timeout(60)
class FairnessTest {
  private static final Duration LONG = Duration.ofHours(1);
  private static final int CALLS = 300;
  private static final int PAIRS = 2 * Runtime.getRuntime().availableProcessors() + 1;
  private static final int SENDERS = Runtime.getRuntime().availableProcessors() + 1;

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

  /** What processes do that do nothing else. */
  enum Sending {
    CASTS,
    SENDS,
    CASTS_TO_MANY,
    PRIORITY_CASTS_TO_MANY,
    SPAWNS
  }

  /** As many of them as carriers, and one more: none ever waits for anything. */
  @ParameterizedTest
  @EnumSource
  void a_platform_thread_timers_and_the_receivers_are_served_while_processes_do_nothing_but(
      Sending sending) throws InterruptedException {
    var handled = new CountDownLatch(10_000);
    List<ServerRef<Sink>> sinks =
        Stream.generate(() -> GenServer.of(() -> new Sink(handled)).start()).limit(100).toList();
    var fired = new CountDownLatch(CALLS);
    var idle = GenServer.of(() -> new Idle(fired)).start();
    List<Pid> senders = senders(sending, sinks, handled);
    try {
      for (int i = 1; i <= CALLS; i++) {
        idle.sendAfter("due", Duration.ofMillis(2));
        assertThat(idle.call(new Idle.Ask(i), LONG)).isEqualTo(i);
      }
      fired.await();
      handled.await();
      for (Pid sender : senders) { // all were at it to the end
        assertThat(sender.isAlive()).isTrue();
      }
    } finally {
      senders.forEach(sender -> sender.exit(ExitReason.KILL));
      sinks.forEach(sink -> sink.pid().exit(ExitReason.KILL));
      idle.pid().exit(ExitReason.KILL);
    }
  }

  private static List<Pid> senders(
      Sending sending, List<ServerRef<Sink>> sinks, CountDownLatch handled)
      throws InterruptedException {
    var senders = new ArrayList<Pid>();
    var atWork = new CountDownLatch(SENDERS);
    for (int i = 0; i < SENDERS; i++) {
      senders.add(
          Processes.spawn(
              () -> {
                atWork.countDown();
                for (int n = 0; ; n++) {
                  send(sending, sinks, handled, n);
                }
              }));
    }
    atWork.await();
    return senders;
  }

  private static void send(
      Sending sending, List<ServerRef<Sink>> sinks, CountDownLatch handled, int number) {
    ServerRef<Sink> sink = sinks.get(number % sinks.size());
    switch (sending) {
      case CASTS -> sinks.getFirst().cast(Sink.Note.ONE);
      case SENDS -> sinks.getFirst().send(Sink.Note.ONE);
      case CASTS_TO_MANY -> sink.cast(Sink.Note.ONE);
      case PRIORITY_CASTS_TO_MANY -> sink.castPriority(Sink.Note.ONE);
      case SPAWNS -> Processes.spawn(handled::countDown);
    }
  }

  /** Counts what it handles. */
  private record Sink(CountDownLatch handled)
      implements GenServer<Boolean, Call<Sink, ?>, Sink.Note> {
    enum Note implements Cast<Sink> {
      ONE
    }

    @Override
    public Init<Boolean> init() {
      return Init.ok(true);
    }

    @Override
    public Next<Boolean> handleCast(Note note, Boolean state) {
      handled.countDown();
      return Next.noReply(state);
    }

    @Override
    public Next<Boolean> handleInfo(Object note, Boolean state) {
      handled.countDown();
      return Next.noReply(state);
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

  /** Answers, and counts what timers send. */
  private record Idle(CountDownLatch fired) implements GenServer<Boolean, Idle.Ask, Cast<Idle>> {
    record Ask(int number) implements Call<Idle, Integer> {}

    @Override
    public Init<Boolean> init() {
      return Init.ok(true);
    }

    @Override
    public Next<Boolean> handleCall(Ask ask, From<?> from, Boolean state) {
      return ask.reply(ask.number(), state);
    }

    @Override
    public Next<Boolean> handleInfo(Object message, Boolean state) {
      fired.countDown();
      return Next.noReply(state);
    }
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
