package dev.ostler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A supervised tree whose servers start helpers: linked to them, with fixed names, trapping exits.
 * So each restart must find the names of the dead free, though the helpers die by themselves.
 *
 * <p>Built by one thread. Any thread may then {@linkplain #disturb disturb} it; the test's process
 * waits until it has {@linkplain #settle settled}.
 */
final class Household {
  private static final Duration DAY = Duration.ofDays(1);

  /** Told to the process that waits. */
  private record Born(Household in) {}

  private record Ping(Pid from, Object id) {}

  private record Pong(Object id) {}

  /** How a server of the tree is to be. */
  record Plan(
      Name<Resident> name,
      @Nullable Plan helper,
      boolean helperInInit,
      boolean traps,
      MemberSystem.Kind kind) {

    ServerChild<Resident, ServerRef<Resident>> child(Household household) {
      var child = GenServer.<Resident>of(() -> new Resident(household, this)).named(name);
      return switch (kind) {
        case DIRECT -> child.direct();
        case BOUNDED -> child.mailbox(1_000_000, Overflow.FAIL);
        case RAW -> child.startTimeout(DAY); // its init on a thread of its own
        case SERVER -> child;
      };
    }
  }

  /** A server of the tree. */
  record Resident(Household household, Plan plan)
      implements GenServer<Crash.Brittle, Call<Resident, ?>, Cast<Resident>> {
    @Override
    public Init<Crash.Brittle> init() {
      household.born.add(Self.pid());
      Self.trapExits(plan.traps);
      Init<Crash.Brittle> ok = Init.ok(new Crash.Brittle(household.system));
      if (plan.helper == null || !plan.helperInInit) {
        return household.announced(ok.thenContinue("start the helper"));
      }
      household.helpers.put(plan.helper, household.start(plan.helper));
      return household.announced(ok);
    }

    @Override
    public Next<Crash.Brittle> handleContinue(Object continuation, Crash.Brittle state) {
      if (plan.helper != null) {
        household.helpers.put(plan.helper, household.start(plan.helper));
      }
      return Next.noReply(state);
    }

    @Override
    public Next<Crash.Brittle> handleInfo(Object message, Crash.Brittle state) {
      switch (message) {
        case Ping ping -> ping.from.send(new Pong(ping.id));
        case Crash crash -> crash.now();
        case Exit exit when isHelper(exit.pid()) -> Self.exit(exit.reason());
        default -> {} // an exit of somebody else's
      }
      return Next.noReply(state);
    }

    private boolean isHelper(Pid pid) {
      return plan.helper != null && household.helpers.get(plan.helper) == pid;
    }

    @Override
    public StatusReport formatStatus(StatusReport status) {
      household.system.failNowAndThen();
      return status;
    }
  }

  private final MemberSystem system;
  private final List<Plan> plans = new ArrayList<>();
  private final Queue<Pid> born = new ConcurrentLinkedQueue<>();
  private final Map<Plan, Pid> helpers = new ConcurrentHashMap<>();
  private final Queue<Pid> middles = new ConcurrentLinkedQueue<>();
  private volatile @Nullable Pid waiting;
  private @Nullable Pid root;

  private Household(MemberSystem system) {
    this.system = system;
  }

  /** Starts one. */
  static Household start(MemberSystem system, Random random) {
    var household = new Household(system);
    household.root = random.nextInt(3) == 0 ? household.dynamic(random) : household.fixed(random);
    return household;
  }

  private Pid fixed(Random random) {
    Supervisor.Spec spec = spec(random);
    for (int i = random.nextInt(1, 3); i > 0; i--) {
      spec = spec.child(watched(plan(random)));
    }
    Supervisor.Spec inner = spec(random).child(watched(plan(random)));
    return spec.child(middle(inner)).start().pid();
  }

  private Pid dynamic(Random random) {
    var supervisor = DynamicSupervisor.of().intensity(Integer.MAX_VALUE, DAY).start();
    for (int i = random.nextInt(1, 3); i > 0; i--) {
      supervisor.startChild(watched(plan(random)));
    }
    return supervisor.pid();
  }

  private static Supervisor.Spec spec(Random random) {
    Strategy[] all = Strategy.values();
    return Supervisor.of(all[random.nextInt(all.length)]).intensity(Integer.MAX_VALUE, DAY);
  }

  private Plan plan(Random random) {
    Plan helper = random.nextInt(4) == 0 ? null : planned("helper", null, true, random);
    return planned("server", helper, random.nextBoolean(), random);
  }

  private Plan planned(String what, @Nullable Plan helper, boolean traps, Random random) {
    MemberSystem.Kind[] kinds = MemberSystem.Kind.values();
    var plan =
        new Plan(
            Name.unique(what + " " + plans.size()),
            helper,
            random.nextBoolean(),
            traps,
            kinds[random.nextInt(kinds.length)]);
    plans.add(plan);
    return plan;
  }

  // --- As one of its processes ---

  /** A child whose restart must find its name free. */
  private ChildSpec<Pid> watched(Plan plan) {
    return ChildSpec.of(
        plan.name,
        () -> {
          Pid pid = start(plan);
          return new ChildSpec.Started<>(pid, pid);
        });
  }

  private ChildSpec<Pid> middle(Supervisor.Spec spec) {
    return ChildSpec.of(
            "middle",
            () -> {
              Pid pid = spec.startLink().pid();
              middles.add(pid);
              return new ChildSpec.Started<>(pid, pid);
            })
        .shutdown(Shutdown.INFINITY)
        .kind(ChildSpec.Kind.SUPERVISOR);
  }

  private Pid start(Plan plan) {
    try {
      return plan.child(this).startLink().pid();
    } catch (StartException.AlreadyStarted e) {
      system.wrong(() -> plan.name + " is taken by " + e.pid() + " when it is started again");
      throw e;
    }
  }

  private <T> T announced(T init) {
    Pid who = waiting;
    if (who != null) {
      who.send(new Born(this));
    }
    return init;
  }

  // --- From outside ---

  /** Crashes, kills or signals somebody in it. */
  void disturb(Random random) {
    if (random.nextInt(3) == 0) {
      List.copyOf(middles).stream().reduce((_, last) -> last).ifPresent(pid -> exit(pid, random));
      return;
    }
    plans.get(random.nextInt(plans.size())).name.whereis().ifPresent(pid -> exit(pid, random));
  }

  private void exit(Pid pid, Random random) {
    try {
      switch (random.nextInt(3)) {
        case 0 -> pid.exit(ExitReason.KILL);
        case 1 -> pid.exit(ExitReason.of("disturbed"));
        default -> pid.send(Crash.any(system, random));
      }
    } catch (OutOfMemoryError e) {
      // In the middle of its death; the rest of it follows.
    }
  }

  /**
   * As the test's process: waits until all in it live and have nothing more to do, or it is over.
   */
  void settle() {
    waiting = Self.pid();
    MonitorRef ref = Self.monitor(root());
    Map<Plan, Pid> before = Map.of();
    while (root().isAlive()) {
      var now = new HashMap<Plan, Pid>();
      for (Plan plan : plans) {
        Pid pid = awaitAnswer(plan);
        if (pid != null) {
          now.put(plan, pid);
        }
      }
      if (now.equals(before) && now.size() == plans.size()) {
        break;
      }
      before = now;
    }
    Self.demonitor(ref, true);
    waiting = null;
    if (!root().isAlive()) {
      checkGone();
    }
  }

  /** Who has the name, and has had its turn; null if it has ended, or the tree has. */
  private @Nullable Pid awaitAnswer(Plan plan) {
    Optional<Pid> found = system.lookUp(plan.name);
    while (found.isEmpty() && root().isAlive()) {
      Self.receive(
          Object.class,
          message ->
              message instanceof Born(Household in) && in == this
                  || message instanceof Down down && down.pid().equals(root()),
          DAY);
      found = system.lookUp(plan.name);
    }
    if (found.isEmpty()) {
      return null;
    }
    Pid pid = found.get();
    MonitorRef ref = Self.monitor(pid);
    Object id = new Object();
    pid.send(new Ping(Self.pid(), id));
    Object answer =
        Self.receive(
                Object.class,
                message ->
                    message instanceof Pong pong && pong.id == id
                        || message instanceof Down down && down.ref() == ref,
                DAY)
            .orElseThrow();
    Self.demonitor(ref, true);
    return answer instanceof Pong ? pid : null;
  }

  /**
   * As the test's process: kills the supervisor. All others follow, and nothing is left of them.
   */
  void end() {
    root().exit(ExitReason.KILL);
    checkGone();
  }

  private void checkGone() {
    for (Pid pid : born) {
      MonitorRef ref = Self.monitor(pid);
      Self.receive(Down.class, down -> down.ref() == ref, DAY);
      system.seenDead(pid);
    }
    for (Plan plan : plans) {
      system.lookUp(plan.name).ifPresent(pid -> system.wrong(() -> plan.name + " is left: " + pid));
    }
  }

  private Pid root() {
    Pid started = root;
    if (started == null) {
      throw new IllegalStateException("it has not started");
    }
    return started;
  }
}
