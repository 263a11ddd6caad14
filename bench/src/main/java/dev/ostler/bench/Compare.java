package dev.ostler.bench;

import dev.ostler.GenServer;
import dev.ostler.Metrics;
import dev.ostler.Name;
import dev.ostler.ServerRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * The rows of the comparison, as we do them; beam/rows.exs is what the BEAM does. One line a
 * figure, the median of the rounds. For quick use: the official figures are JMH's.
 *
 * <p>{@code bench/compare} gives each row a JVM of its own: what one row teaches the compiler is of
 * no use, and may be of harm, to the next. How much harm is shown by {@code --mixed}, which runs
 * them in one.
 */
public final class Compare {
  private static final int ROUNDS = 5;
  private static final int WARMUP_ROUNDS = 5;
  private static final long WARMUP_NANOS = 3_000_000_000L;

  private static final Counter.Increment INCREMENT = new Counter.Increment();
  private static final Counter.Count COUNT = new Counter.Count();

  /** Keeps what a round started alive until the round is over, as the BEAM does. */
  private static volatile Object[] started = {};

  /** Measurements of all processes, open for as long as the JVM runs: what they cost is compared. */
  private static final List<Metrics> OPEN = new ArrayList<>();

  /** Work whose nanoseconds are counted; the direct rows do more of it, for it takes so little. */
  private record Row(String name, int operations, ToLongFunction<Integer> work) {}

  private static final List<Row> ROWS =
      List.of(
          new Row("call", 500_000, n -> call(n, plain())),
          new Row("call_process", 500_000, Compare::callFromProcess),
          new Row("call_by_name", 500_000, Compare::callByName),
          new Row("call_direct", 10_000_000, n -> call(n, direct())),
          new Row("call_8", 800_000, n -> call8(n, plain())),
          new Row("call_8_servers", 800_000, Compare::call8Servers),
          new Row("call_8_direct", 8_000_000, n -> call8(n, direct())),
          new Row("cast", 1_000_000, n -> cast(n, plain())),
          new Row("cast_direct", 5_000_000, n -> cast(n, direct())),
          new Row("start_call", 50_000, n -> startAndCall(n, starter())),
          new Row("start_call_direct", 50_000, n -> startAndCall(n, directStarter())),
          new Row("start_cast", 50_000, n -> startAndCast(n, starter())),
          new Row("spawn_message", 50_000, Compare::spawn),
          new Row("ping_pong", 500_000, Compare::pingPong),
          new Row("spawn_end", 100_000, n -> inProcess(() -> Crowds.spawnAndEnd(n))),
          new Row("tree", 500_000, n -> tree(n, false)),
          new Row("tree_linked", 500_000, n -> tree(n, true)),
          new Row("ring", 1_000_000, n -> inProcess(() -> Crowds.ring(n))));

  private Compare() {}

  /**
   * {@code [--quick | --short] [--mixed] [row ...]}; no row means all. {@code --short} measures for
   * a quarter of the time; {@code --mixed} first lets other kinds of servers use each path.
   */
  public static void main(String[] args) {
    var wanted = new ArrayList<>(List.of(args));
    boolean quick = wanted.remove("--quick");
    boolean brief = wanted.remove("--short");
    boolean mixed = wanted.remove("--mixed");
    var unknown = new ArrayList<>(wanted);
    unknown.removeAll(ROWS.stream().map(Row::name).toList());
    if (!unknown.isEmpty()) {
      System.err.println(
          "unknown row: " + unknown + "; known: " + ROWS.stream().map(Row::name).toList());
      System.exit(2);
    }
    switch (System.getenv().getOrDefault("MEASURED", "")) {
      case "" -> {}
      case "metrics" -> OPEN.add(Metrics.open());
      case "all" -> OPEN.add(Metrics.openTimingAll());
      default -> throw new IllegalArgumentException("MEASURED is metrics or all");
    }
    if (mixed) {
      OtherKinds.useEachPath();
    }
    for (Row row : ROWS) {
      if (wanted.isEmpty() || wanted.contains(row.name())) {
        measure(row, quick ? 50 : brief ? 4 : 1, quick ? WARMUP_NANOS / 50 : WARMUP_NANOS);
      }
    }
  }

  private static void measure(Row row, int scale, long warmupNanos) {
    int operations = Math.max(row.operations() / scale, 1_000);
    long until = System.nanoTime() + warmupNanos;
    for (int i = 0; i < WARMUP_ROUNDS || System.nanoTime() < until; i++) {
      row.work().applyAsLong(operations);
    }
    var nanos = new double[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      nanos[i] = (double) row.work().applyAsLong(operations) / operations;
    }
    Figure.print(row.name(), Figure.median(nanos), "ns");
  }

  // --- the servers

  private static Supplier<ServerRef<Counter>> starter() {
    return GenServer.of(Counter::new)::start;
  }

  private static Supplier<ServerRef<Counter>> directStarter() {
    return GenServer.of(Counter::new).direct()::start;
  }

  private static ServerRef<Counter> plain() {
    return starter().get();
  }

  private static ServerRef<Counter> direct() {
    return directStarter().get();
  }

  // --- the rows

  private static long call(int operations, ServerRef<Counter> server) {
    long nanos = Threads.virtual(() -> timed(() -> callLoop(server, operations)));
    return stopped(server, operations, nanos);
  }

  private static long callFromProcess(int operations) {
    var server = plain();
    long nanos = Threads.process(() -> timed(() -> callLoop(server, operations)));
    return stopped(server, operations, nanos);
  }

  private static long callByName(int operations) {
    Name<Counter> name = Name.unique("counter");
    var server = GenServer.of(Counter::new).named(name).start();
    long nanos = Threads.virtual(() -> timed(() -> callLoop(name, operations)));
    return stopped(server, operations, nanos);
  }

  /** Eight callers, each with a server of its own. */
  private static long call8Servers(int operations) {
    int each = operations / 8;
    var servers = new ConcurrentLinkedQueue<ServerRef<Counter>>();
    for (int i = 0; i < 8; i++) {
      servers.add(plain());
    }
    var all = List.copyOf(servers);
    long nanos =
        timed(
            () -> Threads.virtual(8, () -> callLoop(Objects.requireNonNull(servers.poll()), each)));
    all.forEach(server -> stopped(server, each, nanos));
    return nanos;
  }

  private static long call8(int operations, ServerRef<Counter> server) {
    int each = operations / 8;
    long nanos = timed(() -> Threads.virtual(8, () -> callLoop(server, each)));
    return stopped(server, each * 8, nanos);
  }

  private static void callLoop(ServerRef<Counter> server, int calls) {
    for (int i = 0; i < calls; i++) {
      server.call(INCREMENT);
    }
  }

  /** In bursts; after each, one call that waits until all are handled. */
  private static long cast(int operations, ServerRef<Counter> server) {
    int burst = Math.min(Official.BURST, operations);
    int bursts = operations / burst;
    long nanos =
        Threads.virtual(
            () ->
                timed(
                    () -> {
                      for (int i = 0; i < bursts; i++) {
                        for (int j = 0; j < burst; j++) {
                          server.cast(Counter.TICK);
                        }
                        server.call(COUNT);
                      }
                    }));
    return stopped(server, burst * bursts, nanos);
  }

  private static long startAndCall(int operations, Supplier<ServerRef<Counter>> starter) {
    var servers = new Object[operations];
    long nanos =
        Threads.virtual(
            () ->
                timed(
                    () -> {
                      for (int i = 0; i < operations; i++) {
                        var server = starter.get();
                        server.call(INCREMENT);
                        servers[i] = server;
                      }
                    }));
    started = servers;
    return nanos;
  }

  /** The last cast of all is waited for by a call to its server. */
  private static long startAndCast(int operations, Supplier<ServerRef<Counter>> starter) {
    var servers = new ArrayList<ServerRef<Counter>>(operations);
    long nanos =
        Threads.virtual(
            () ->
                timed(
                    () -> {
                      for (int i = 0; i < operations; i++) {
                        var server = starter.get();
                        server.cast(Counter.TICK);
                        servers.add(server);
                      }
                      servers.forEach(server -> server.call(COUNT));
                    }));
    started = servers.toArray();
    return nanos;
  }

  private static long spawn(int operations) {
    return inProcess(() -> RawProcesses.spawnAndAsk(operations));
  }

  private static long pingPong(int operations) {
    return inProcess(() -> RawProcesses.pingPong(operations));
  }

  private static long tree(int processes, boolean linked) {
    return inProcess(
        () -> {
          if (Crowds.tree(processes, linked) != processes) {
            throw new IllegalStateException("processes are missing in the tree");
          }
        });
  }

  private static long inProcess(Runnable work) {
    return Threads.process(() -> timed(work));
  }

  // --- means

  private static long timed(Runnable work) {
    long from = System.nanoTime();
    work.run();
    return System.nanoTime() - from;
  }

  /** Not measured: that the work was done, and the end of the server. */
  private static long stopped(ServerRef<Counter> server, int expected, long nanos) {
    int count = server.call(COUNT);
    if (count != expected) {
      throw new IllegalStateException(count + " of " + expected + " messages handled");
    }
    server.stop();
    return nanos;
  }
}
