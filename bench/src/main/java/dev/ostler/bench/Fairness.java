package dev.ostler.bench;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.ServerRef;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures the delay of an idle server while other servers keep every carrier busy, or while raw
 * processes do nothing but send: of calls from a platform thread, and of timers. Prints the 99th
 * percentile and the maximum for each kind of load.
 */
public final class Fairness {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration TIMER = Duration.ofMillis(5);

  /** What keeps a busy server busy. */
  private enum Mode {
    IDLE,
    CALLBACKS,
    CALLS,
    CASTS
  }

  private static final int[] SENDERS = {2, 3};

  private Fairness() {}

  /**
   * {@code [calls [busy]]}: the number of calls and of busy servers. The defaults are 500, and
   * twice the number of carriers plus one.
   */
  public static void main(String[] args) throws InterruptedException {
    int calls = args.length == 0 ? 500 : Integer.parseInt(args[0]);
    int carriers = Runtime.getRuntime().availableProcessors();
    int count = args.length < 2 ? 2 * carriers + 1 : Integer.parseInt(args[1]);
    for (Mode mode : Mode.values()) {
      var busy = start(mode, mode == Mode.IDLE ? 0 : count);
      Thread.sleep(500); // By then all of them are busy.
      measure(mode.name().toLowerCase(Locale.ROOT), calls);
      busy.forEach(server -> server.pid().exit(ExitReason.KILL));
    }
    for (int senders : SENDERS) {
      measureBeside(senders, calls);
    }
    System.exit(0);
  }

  /** Beside so many raw processes that send all the time, all of them to one server. */
  private static void measureBeside(int senders, int calls) throws InterruptedException {
    var sink = GenServer.of(Sink::new).start();
    var pids = new ArrayList<Pid>();
    for (int i = 0; i < senders; i++) {
      pids.add(
          Processes.spawn(
              () -> {
                while (true) {
                  sink.cast(Sink.Drop.ONE);
                }
              }));
    }
    Thread.sleep(500); // By then there is a backlog.
    String mode = "senders_" + senders;
    long from = System.nanoTime();
    long before = Sink.HANDLED.sum();
    measure(mode, calls);
    double seconds = (System.nanoTime() - from) / 1e9;
    Figure.print("fairness_" + mode + "_handled", (Sink.HANDLED.sum() - before) / seconds, "/s");
    pids.forEach(pid -> pid.exit(ExitReason.KILL));
    sink.pid().exit(ExitReason.KILL);
  }

  private static List<ServerRef<Busy>> start(Mode mode, int count) {
    var servers = new ArrayList<ServerRef<Busy>>();
    for (int i = 0; i < count; i++) {
      var peer = GenServer.of(Busy::new).start();
      var server = GenServer.of(Busy::new).start();
      server.cast(new Busy.Begin(mode, server, peer));
      servers.add(server);
      servers.add(peer);
    }
    return servers;
  }

  private static void measure(String mode, int calls) throws InterruptedException {
    var counter = GenServer.of(Counter::new).start();
    BlockingQueue<Long> late = new ArrayBlockingQueue<>(calls);
    var clock = GenServer.of(() -> new Clock(late)).start();
    var callMillis = new double[calls];
    for (int i = 0; i < calls; i++) {
      clock.pid().sendAfter(new Clock.Due(System.nanoTime() + TIMER.toNanos()), TIMER);
      long from = System.nanoTime();
      counter.call(new Counter.Increment(), PATIENCE);
      callMillis[i] = (System.nanoTime() - from) / 1e6;
      LockSupport.parkNanos(1_000_000);
    }
    var timerMillis = new double[calls];
    for (int i = 0; i < calls; i++) {
      Long nanos = late.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      timerMillis[i] = nanos == null ? Double.POSITIVE_INFINITY : nanos / 1e6;
    }
    print("fairness_" + mode + "_call", callMillis);
    print("fairness_" + mode + "_timer", timerMillis);
    counter.stop();
    clock.stop();
  }

  private static void print(String name, double[] millis) {
    Figure.print(name + "_p99", Figure.quantile(millis, 0.99), "ms");
    Figure.print(name + "_worst", Figure.quantile(millis, 1), "ms");
  }

  /** Records how late each message of a timer came. */
  private record Clock(BlockingQueue<Long> late)
      implements GenServer<Clock, Call<Clock, ?>, Cast<Clock>> {
    record Due(long nanoTime) {}

    @Override
    public Init<Clock> init() {
      return Init.ok(this);
    }

    @Override
    public Next<Clock> handleInfo(Object message, Clock state) {
      if (message instanceof Due(long nanoTime)) {
        late.add(System.nanoTime() - nanoTime);
      }
      return Next.noReply(state);
    }
  }

  /** Counts what it is sent, where others can read it while it has a backlog. */
  private record Sink() implements GenServer<Boolean, Call<Sink, ?>, Sink.Drop> {
    private static final LongAdder HANDLED = new LongAdder();

    enum Drop implements Cast<Sink> {
      ONE
    }

    @Override
    public Init<Boolean> init() {
      return Init.ok(true);
    }

    @Override
    public Next<Boolean> handleCast(Drop drop, Boolean state) {
      HANDLED.increment();
      return Next.noReply(state);
    }
  }

  /** A server that never runs out of work: each piece of work sends itself the next cast. */
  private record Busy() implements GenServer<Busy.Begin, Busy.Work, Busy.Order> {
    private static final int CALLS_A_PIECE = 100;
    private static final long NANOS_A_PIECE = 1_000_000;

    record Work() implements Call<Busy, Integer> {}

    sealed interface Order extends Cast<Busy> {}

    record Begin(Mode mode, ServerRef<Busy> self, ServerRef<Busy> peer) implements Order {}

    enum Go implements Order {
      ON
    }

    @Override
    public Init<Begin> init() {
      return Init.ok(new Begin(Mode.IDLE, null, null));
    }

    @Override
    public Next<Begin> handleCall(Work work, From<?> from, Begin state) {
      return work.reply(1, state);
    }

    @Override
    public Next<Begin> handleCast(Order order, Begin state) {
      if (order instanceof Begin begin) {
        begin.self().cast(Go.ON);
        return Next.noReply(begin);
      }
      switch (state.mode()) {
        case CALLBACKS -> compute();
        case CALLS -> callPeer(state.peer());
        default -> {}
      }
      state.self().cast(Go.ON);
      return Next.noReply(state);
    }

    private static void compute() {
      long until = System.nanoTime() + NANOS_A_PIECE;
      while (System.nanoTime() < until) {
        Thread.onSpinWait();
      }
    }

    private static void callPeer(ServerRef<Busy> peer) {
      for (int i = 0; i < CALLS_A_PIECE; i++) {
        peer.call(new Work(), PATIENCE);
      }
    }
  }
}
