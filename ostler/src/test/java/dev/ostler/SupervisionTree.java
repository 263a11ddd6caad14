package dev.ostler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A random tree of supervisors and workers that writes down who was born, and what is done to it.
 *
 * <p>Built by one thread; then any number of threads may disturb it, each with its own random.
 */
final class SupervisionTree {
  private static final Duration DAY = Duration.ofDays(1);

  /** A supervisor that was started: as it was told to be. */
  record Parent(Supervisor supervisor, Plan plan) {}

  /** How a supervisor is to be. */
  record Plan(Strategy strategy, int limit, List<ChildSpec<?>> children) {
    Supervisor.Spec spec() {
      Supervisor.Spec spec = Supervisor.of(strategy).intensity(limit, DAY);
      for (ChildSpec<?> child : children) {
        spec = spec.child(child);
      }
      return spec;
    }
  }

  /** A process that was started. */
  record Birth(Pid pid, Place place, long order, Optional<Parent> parent) {}

  /** A child of one supervisor, by its id. */
  record Place(Pid supervisor, Object id) {}

  private static final class Worker implements GenServer<Integer, Call<Worker, ?>, Cast<Worker>> {
    @Override
    public Init<Integer> init() {
      return Init.ok(0);
    }
  }

  final List<Birth> births = new CopyOnWriteArrayList<>();
  final Map<Pid, Birth> byPid = new ConcurrentHashMap<>();
  final Map<Object, Restart> restarts = new ConcurrentHashMap<>();
  final Set<Place> stopped = ConcurrentHashMap.newKeySet();
  final Set<Place> endedCleanly = ConcurrentHashMap.newKeySet();
  final Set<Place> added = ConcurrentHashMap.newKeySet();
  final Set<Pid> restartedByHand = ConcurrentHashMap.newKeySet();
  final Parent root;
  private final AtomicLong ids = new AtomicLong();
  private final AtomicLong orders = new AtomicLong();

  SupervisionTree(Random random) {
    Plan plan = plan(random, 3, Integer.MAX_VALUE);
    root = new Parent(plan.spec().start(), plan);
  }

  // --- What it is made of ---

  private Plan plan(Random random, int depth, int limit) {
    var children = new ArrayList<ChildSpec<?>>();
    for (int i = random.nextInt(2, 5); i > 0; i--) {
      children.add(child(random, depth - 1));
    }
    return new Plan(any(random, Strategy.values()), limit, children);
  }

  private ChildSpec<?> child(Random random, int depth) {
    Object id = "child " + ids.incrementAndGet();
    Restart restart = any(random, Restart.values());
    restarts.put(id, restart);
    if (depth == 0 || random.nextInt(3) == 0) {
      return worker(id).restart(restart);
    }
    int limit = random.nextBoolean() ? 2 : Integer.MAX_VALUE;
    return supervisor(id, plan(random, depth, limit)).restart(restart);
  }

  private ChildSpec<?> worker(Object id) {
    return ChildSpec.of(
        id,
        () -> {
          long order = orders.incrementAndGet();
          ServerRef<Worker> worker = GenServer.of(Worker::new).startLink();
          return born(id, worker.pid(), order, Optional.empty());
        });
  }

  private ChildSpec<?> supervisor(Object id, Plan plan) {
    return ChildSpec.of(
            id,
            () -> {
              long order = orders.incrementAndGet();
              Supervisor started = plan.spec().startLink();
              return born(id, started.pid(), order, Optional.of(new Parent(started, plan)));
            })
        .shutdown(Shutdown.INFINITY)
        .kind(ChildSpec.Kind.SUPERVISOR);
  }

  private ChildSpec.Started<Pid> born(Object id, Pid pid, long order, Optional<Parent> parent) {
    var birth = new Birth(pid, new Place(Self.pid(), id), order, parent);
    byPid.put(pid, birth);
    births.add(birth);
    return new ChildSpec.Started<>(pid, pid);
  }

  static <T> T any(Random random, T[] all) {
    return all[random.nextInt(all.length)];
  }

  // --- What is done to it ---

  void disturb(Random random) {
    Birth victim = births.get(random.nextInt(births.size()));
    switch (random.nextInt(8)) {
      case 0, 1, 2 -> victim.pid().exit(ExitReason.KILL);
      case 3 -> victim.pid().exit(ExitReason.of("disturbed"));
      case 4 -> {
        endedCleanly.add(victim.place());
        victim.pid().exit(ExitReason.SHUTDOWN);
      }
      default -> ask(random, random.nextInt(4) == 0 ? root : victim.parent().orElse(root));
    }
  }

  private void ask(Random random, Parent parent) {
    Supervisor supervisor = parent.supervisor();
    try {
      if (random.nextInt(3) == 0) {
        ChildSpec<?> child = child(random, random.nextInt(2));
        added.add(new Place(supervisor.pid(), child.id()));
        supervisor.startChild(child);
        return;
      }
      var children = supervisor.children();
      if (children.isEmpty()) {
        return;
      }
      Object id = children.get(random.nextInt(children.size())).id();
      switch (random.nextInt(4)) {
        case 0 -> {
          restartedByHand.add(supervisor.pid());
          supervisor.restartChild(id);
        }
        case 1 -> supervisor.deleteChild(id);
        default -> {
          stopped.add(new Place(supervisor.pid(), id));
          supervisor.terminateChild(id);
        }
      }
    } catch (CallException | ChildException | StartException refused) {
      assert refused.getMessage() != null;
    }
  }
}
