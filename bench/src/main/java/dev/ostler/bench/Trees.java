package dev.ostler.bench;

import dev.ostler.Call;
import dev.ostler.CallException;
import dev.ostler.Cast;
import dev.ostler.Down;
import dev.ostler.DynamicSupervisor;
import dev.ostler.Events;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.MonitorRef;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Registry;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntToLongFunction;

/**
 * Supervisors and registries: the same work as {@code beam/trees.exs}, row by row. {@code [--quick]
 * [row ...]}. Each row runs in a raw process; three seconds and two rounds to warm up, then the
 * median of five.
 */
public final class Trees {
  private static final Duration FOREVER = Duration.ofHours(1);
  private static final int KEYS = 100_000;
  private static final long WARM_UP_NANOS = 3_000_000_000L;

  private Trees() {}

  /** A row: so many operations, in nanoseconds all together. */
  private record Row(int operations, IntToLongFunction work) {}

  /** Runs the rows. */
  public static void main(String[] args) throws Exception {
    Events.logging(false); // the kills are on purpose
    var wanted = new ArrayList<>(List.of(args));
    int scale = wanted.remove("--quick") ? 50 : 1;
    var rows = new LinkedHashMap<String, Row>();
    rows.put("dynamic_start", new Row(200_000, Trees::dynamicStart));
    rows.put("dynamic_terminate", new Row(200_000, Trees::dynamicTerminate));
    rows.put("dynamic_stop_all", new Row(20_000, Trees::dynamicStopAll));
    rows.put("static_start", new Row(20_000, Trees::staticStart));
    rows.put("static_stop", new Row(20_000, Trees::staticStop));
    rows.put("static_add", new Row(20_000, Trees::staticAdd));
    rows.put("static_start_1000", new Row(1_000, Trees::staticStart));
    rows.put("static_start_100000", new Row(100_000, Trees::staticStart));
    rows.put("static_stop_1000", new Row(1_000, Trees::staticStop));
    rows.put("static_stop_100000", new Row(100_000, Trees::staticStop));
    rows.put("register", new Row(1_000_000, Trees::register));
    rows.put("lookup", new Row(2_000_000, Trees::lookup));
    rows.put("lookup_map", new Row(2_000_000, Trees::lookupMap));
    rows.put("restart", new Row(500, Trees::restart));
    rows.put("dynamic_restart_1000", new Row(500, work -> dynamicRestart(work, 1_000)));
    rows.put("dynamic_restart_200000", new Row(500, work -> dynamicRestart(work, 200_000)));
    rows.put("down_storm", new Row(200_000, Trees::downStorm));
    for (Map.Entry<String, Row> row : rows.entrySet()) {
      if (wanted.isEmpty() || wanted.contains(row.getKey())) {
        int operations = Math.max(row.getValue().operations() / scale, 100);
        var figures = new double[5];
        long warm = System.nanoTime() + (scale == 1 ? WARM_UP_NANOS : 0);
        while (System.nanoTime() < warm) {
          var _ = inProcess(() -> row.getValue().work().applyAsLong(operations));
        }
        for (int round = -2; round < figures.length; round++) {
          long nanos = inProcess(() -> row.getValue().work().applyAsLong(operations));
          if (round >= 0) {
            figures[round] = (double) nanos / operations;
          }
        }
        Figure.print(row.getKey(), Figure.median(figures), "ns");
      }
    }
    System.exit(0);
  }

  private interface Work {
    long run() throws Exception;
  }

  private static long inProcess(Work work) throws Exception {
    var nanos = new CompletableFuture<Long>();
    Processes.spawn(
        () -> {
          Self.trapExits(true);
          try {
            nanos.complete(work.run());
          } catch (Throwable thrown) {
            nanos.completeExceptionally(thrown);
          }
        });
    return nanos.get();
  }

  private static long timed(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return System.nanoTime() - start;
  }

  // --- A dynamic supervisor ---

  private static DynamicSupervisor supervisor() {
    return DynamicSupervisor.of().intensity(1_000_000, Duration.ofSeconds(5)).startLink();
  }

  private static List<Pid> startChildren(DynamicSupervisor supervisor, int count) {
    var child = GenServer.of(Counter::new).restart(Restart.TEMPORARY);
    var pids = new ArrayList<Pid>(count);
    for (int i = 0; i < count; i++) {
      pids.add(supervisor.startChild(child).pid());
    }
    return pids;
  }

  private static long dynamicStart(int operations) {
    DynamicSupervisor supervisor = supervisor();
    long nanos = timed(() -> startChildren(supervisor, operations));
    supervisor.stop();
    return nanos;
  }

  private static long dynamicTerminate(int operations) {
    DynamicSupervisor supervisor = supervisor();
    List<Pid> pids = startChildren(supervisor, operations);
    long nanos = timed(() -> pids.forEach(supervisor::terminateChild));
    supervisor.stop();
    return nanos;
  }

  private static long dynamicStopAll(int operations) {
    DynamicSupervisor supervisor = supervisor();
    startChildren(supervisor, operations);
    return timed(supervisor::stop);
  }

  // --- A supervisor whose children it was written with, or that are added one by one ---

  private static Supervisor ofChildren(int count) {
    Supervisor.Spec spec = Supervisor.of(Strategy.ONE_FOR_ONE);
    for (int i = 0; i < count; i++) {
      spec = spec.child(GenServer.of(Counter::new).id(i));
    }
    return spec.startLink();
  }

  private static long staticStart(int operations) {
    long start = System.nanoTime();
    Supervisor supervisor = ofChildren(operations);
    long nanos = System.nanoTime() - start;
    supervisor.stop();
    return nanos;
  }

  private static long staticStop(int operations) {
    return timed(ofChildren(operations)::stop);
  }

  private static long staticAdd(int operations) {
    Supervisor supervisor = ofChildren(0);
    long nanos =
        timed(
            () -> {
              for (int i = 0; i < operations; i++) {
                var _ = supervisor.startChild(GenServer.of(Counter::new).id(i));
              }
            });
    supervisor.stop();
    return nanos;
  }

  // --- A registry of unique keys ---

  private static Registry<Integer, Integer> registered(int count) {
    Registry<Integer, Integer> registry = Registry.<Integer, Integer>unique().startLink();
    registerAll(registry, count);
    return registry;
  }

  private static void registerAll(Registry<Integer, Integer> registry, int count) {
    for (int i = 0; i < count; i++) {
      registry.register(i, i);
    }
  }

  private static long register(int operations) {
    Registry<Integer, Integer> registry = Registry.<Integer, Integer>unique().startLink();
    return timed(() -> registerAll(registry, operations));
  }

  private static long lookup(int operations) {
    Registry<Integer, Integer> registry = registered(KEYS);
    return timed(
        () -> {
          for (int i = 0; i < operations; i++) {
            if (registry.lookup(i % KEYS).isEmpty()) {
              throw new IllegalStateException();
            }
          }
        });
  }

  private static long lookupMap(int operations) {
    var map = new ConcurrentHashMap<Integer, Registry.Entry<Integer>>();
    for (int i = 0; i < KEYS; i++) {
      map.put(i, new Registry.Entry<>(Self.pid(), i));
    }
    return timed(
        () -> {
          for (int i = 0; i < operations; i++) {
            if (map.get(i % KEYS) == null) {
              throw new IllegalStateException();
            }
          }
        });
  }

  // --- A restart: from the kill until the new child runs ---

  /** Tells its watcher that it runs. */
  private record Child(Pid watcher) implements GenServer<Integer, Call<Child, ?>, Cast<Child>> {
    @Override
    public Init<Integer> init() {
      watcher.send(new Running(Self.pid()));
      return Init.ok(0);
    }
  }

  private record Running(Pid child) {}

  private static long restart(int operations) {
    Pid self = Self.pid();
    Supervisor supervisor =
        Supervisor.of(Strategy.ONE_FOR_ONE)
            .intensity(1_000_000, Duration.ofSeconds(5))
            .child(GenServer.of(() -> new Child(self)))
            .startLink();
    long nanos = killAgainAndAgain(operations);
    supervisor.stop();
    return nanos;
  }

  /** One child of a dynamic supervisor that has so many others. */
  private static long dynamicRestart(int operations, int others) {
    Pid self = Self.pid();
    DynamicSupervisor supervisor = supervisor();
    startChildren(supervisor, others);
    var _ = supervisor.startChild(GenServer.of(() -> new Child(self)));
    long nanos = killAgainAndAgain(operations);
    supervisor.stop();
    return nanos;
  }

  /** Kills the child that has just told that it runs, and waits for its successor. */
  private static long killAgainAndAgain(int operations) {
    Pid[] child = {Self.receive(Running.class).child()};
    return timed(
        () -> {
          for (int i = 0; i < operations; i++) {
            child[0].exit(ExitReason.KILL);
            child[0] = Self.receive(Running.class).child();
          }
        });
  }

  // --- A storm: many processes end at once, and one process monitors them all ---

  /** Monitors processes and counts the DOWNs; answers when none is left to come. */
  private static final class Watcher
      implements GenServer<Map<MonitorRef, Pid>, Watcher.AllGone, Cast<Watcher>> {
    record AllGone() implements Call<Watcher, Boolean> {}

    private final List<Pid> pids;
    private From<Boolean> asker;

    Watcher(List<Pid> pids) {
      this.pids = pids;
    }

    @Override
    public Init<Map<MonitorRef, Pid>> init() {
      var refs = new HashMap<MonitorRef, Pid>();
      pids.forEach(pid -> refs.put(Self.monitor(pid), pid));
      return Init.ok(refs);
    }

    @Override
    public Next<Map<MonitorRef, Pid>> handleCall(
        AllGone request, From<?> from, Map<MonitorRef, Pid> refs) {
      if (refs.isEmpty()) {
        return request.reply(true, refs);
      }
      asker = request.from(from);
      return Next.noReply(refs);
    }

    @Override
    public Next<Map<MonitorRef, Pid>> handleInfo(Object message, Map<MonitorRef, Pid> refs) {
      if (message instanceof Down down) {
        refs.remove(down.ref());
        if (refs.isEmpty() && asker != null) {
          asker.reply(true);
        }
      }
      return Next.noReply(refs);
    }
  }

  private static long downStorm(int operations) {
    var pids = new ArrayList<Pid>(operations);
    for (int i = 0; i < operations; i++) {
      pids.add(Processes.spawn(Self::receive));
    }
    ServerRef<Watcher> watcher = GenServer.of(() -> new Watcher(pids)).start();
    long nanos =
        timed(
            () -> {
              pids.forEach(pid -> pid.exit(ExitReason.KILL));
              try {
                watcher.call(new Watcher.AllGone(), FOREVER);
              } catch (CallException e) {
                throw new IllegalStateException(e);
              }
            });
    watcher.stop();
    return nanos;
  }
}
