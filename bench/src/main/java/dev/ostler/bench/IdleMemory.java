package dev.ostler.bench;

import dev.ostler.Agent;
import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.DynamicSupervisor;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Bytes of heap that one idle holder of state takes, its state aside: all share one object as their
 * state. Run with the serial collector, whose figures are exact, and with compact object headers or
 * without.
 */
public final class IdleMemory {
  private static final Object STATE = "state";

  private IdleMemory() {}

  /** {@code kind count}, one kind a run. */
  public static void main(String[] args) throws InterruptedException {
    String kind = args[0];
    int count = Integer.parseInt(args[1]);
    try (var pekko = kind.equals("pekko") ? new Pekko() : null) {
      Supplier<Object> starter = starter(kind, pekko);
      Object[] warm = fill(new Object[10_000], starter);
      Arrays.fill(warm, null);
      var all = new Object[count];
      long before = used();
      fill(all, starter);
      long after = used();
      Figure.print("idle_bytes_" + kind, (double) (after - before) / count, "B");
      if (all[count - 1] == null) { // Keeps all of them alive until here.
        throw new IllegalStateException();
      }
    }
    System.exit(0);
  }

  private static Supplier<Object> starter(String kind, Pekko pekko) {
    var child = GenServer.of(Counter::new);
    var direct = GenServer.of(Counter::new).direct();
    return switch (kind) {
      case "server" -> () -> child.start().pid();
      case "server_by_ref" -> child::start;
      case "server_used" ->
          () -> {
            var server = child.start();
            server.cast(Counter.TICK);
            return server.pid();
          };
      case "server_own" -> () -> GenServer.of(Counter::new).start().pid();
      case "direct" -> () -> direct.start().pid();
      case "direct_own" -> () -> GenServer.of(Counter::new).direct().start().pid();
      case "supervised" -> supervised(_ -> {});
      case "supervised_monitored" -> {
        ServerRef<Monitors> registry = GenServer.of(Monitors::new).start();
        yield supervised(pid -> registry.call(new Monitors.Watch(pid)));
      }
      case "agent" -> () -> Agent.start(() -> STATE);
      case "agent_own" -> () -> Agent.of(() -> STATE).start();
      case "raw" -> () -> Processes.spawn(Self::receive);
      case "reference" -> () -> new AtomicReference<>(STATE);
      case "thread" -> ThreadServer::start;
      case "pekko" -> pekko::startCounter;
      default -> throw new IllegalArgumentException("unknown kind: " + kind);
    };
  }

  /** A child of a dynamic supervisor; all have one spec. */
  private static Supplier<Object> supervised(Consumer<Pid> also) {
    DynamicSupervisor supervisor = DynamicSupervisor.of().start();
    var spec = GenServer.of(Counter::new).restart(Restart.TEMPORARY);
    return () -> {
      Pid pid = supervisor.startChild(spec).pid();
      also.accept(pid);
      return pid;
    };
  }

  /** Monitors whom it is told to, as a registry does, and keeps nothing: its map is its state. */
  private static final class Monitors implements GenServer<Object, Monitors.Watch, Cast<Monitors>> {
    record Watch(Pid pid) implements Call<Monitors, Boolean> {}

    @Override
    public Init<Object> init() {
      return Init.ok(STATE);
    }

    @Override
    public Next<Object> handleCall(Watch watch, From<?> from, Object state) {
      Self.monitor(watch.pid());
      return watch.reply(true, state);
    }
  }

  private static Object[] fill(Object[] all, Supplier<Object> starter) {
    for (int i = 0; i < all.length; i++) {
      all[i] = starter.get();
    }
    return all;
  }

  private static long used() throws InterruptedException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      Thread.sleep(200); // Whatever was busy may end; the least of all is what is held.
      Runtime runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }
}
