package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.ostler.Member.Role;
import dev.ostler.MemberSystem.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Thousands of processes are started, linked, unlinked, monitored, named, signalled and killed in
 * random order by several threads, and each keeps books of what it must hear.
 *
 * <p>They crash, too, alone and in supervised trees, while steps of the runtime and of reports
 * fail.
 *
 * <p>A seed fixes what each thread does, not how the threads interleave. {@code
 * -Ddev.ostler.soak=600} runs one system after the other for so many seconds.
 */
@Timeout(240)
@ResourceLock(SlowDeath.LOCK)
class SystemModelTest {
  private static final int THREADS = 4;
  private static final int STEPS = 4_000;
  private static final int NAMES = 8;
  private static final int HOUSEHOLDS = 3;

  /** What fails now and then while a system runs. */
  enum Failing {
    NOTHING(false, false),
    MEMORY(true, false),
    REPORTS(false, true),
    MEMORY_AND_REPORTS(true, true);

    private final boolean memory;
    private final boolean reports;

    Failing(boolean memory, boolean reports) {
      this.memory = memory;
      this.reports = reports;
    }
  }

  static Stream<Arguments> seeds() {
    return Stream.of(Failing.values())
        .flatMap(failing -> Seeds.some(1).mapToObj(seed -> arguments(seed, failing)));
  }

  @BeforeEach
  void becomeAProcess() {
    Processes.attach();
  }

  @AfterEach
  void beAThreadAgain() {
    Processes.detach();
  }

  @ParameterizedTest(name = "seed {0}, failing: {1}")
  @MethodSource("seeds")
  void everybody_hears_what_concerns_it_once_and_nothing_else(long seed, Failing failing)
      throws Exception {
    run(seed, failing);
  }

  @Test
  @Timeout(value = 1, unit = TimeUnit.DAYS)
  @EnabledIfSystemProperty(named = "dev.ostler.soak", matches = "\\d+")
  void the_same_holds_for_long() throws Exception {
    long nanos = TimeUnit.SECONDS.toNanos(Long.getLong("dev.ostler.soak"));
    long start = System.nanoTime();
    var seeds = new Random();
    long systems = 0;
    long injected = 0;
    while (System.nanoTime() - start < nanos) {
      long seed = seeds.nextLong(1L << 48);
      Failing failing = any(seeds, Failing.values());
      try {
        injected += run(seed, failing);
      } catch (Throwable e) {
        throw new AssertionError("seed " + seed + ", failing: " + failing, e);
      }
      systems++;
      say(systems, injected);
    }
  }

  private static void say(long systems, long injected) {
    System.out.printf(
        "%,d systems, %,d steps, %,d failures injected%n",
        systems, systems * THREADS * STEPS, injected);
  }

  /** Runs one system; gives how many failures were injected. */
  private static long run(long seed, Failing failing) throws Exception {
    var random = new Random(seed);
    var system = new MemberSystem(NAMES);
    system.start(system.create(Role.OBSERVER), Kind.SERVER, false);
    var households = new ArrayList<Household>();
    for (int i = 0; i < HOUSEHOLDS; i++) {
      households.add(Household.start(system, random));
    }
    long injected = 0;
    if (failing.reports) {
      system.reports = new FailingReports(system);
    }
    try {
      var steps = failing.memory ? new FailingSteps() : null;
      try (AutoCloseable _ = failing.memory ? steps : new SlowDeath()) {
        driveAll(system, households, random);
        settle(system);
      }
      injected += steps == null ? 0 : steps.injected();
      settle(system); // what the last orders caused is heard now, too
      households.forEach(Household::settle);
    } finally {
      injected += system.mendReports();
    }
    check(system);
    end(system, random);
    households.forEach(Household::end);
    assertThat(system.wrong).isEmpty();
    if (failing.reports) {
      checkReports();
    }
    return injected;
  }

  // --- What happens ---

  private static void driveAll(MemberSystem system, List<Household> households, Random random)
      throws Exception {
    var drivers = new ArrayList<FutureTask<Boolean>>();
    for (int i = 0; i < THREADS; i++) {
      var own = new Random(random.nextLong());
      drivers.add(new FutureTask<>(() -> drive(system, households, own), true));
      if (i % 2 == 0) {
        Thread.ofPlatform().start(drivers.getLast());
      } else {
        Thread.startVirtualThread(drivers.getLast());
      }
    }
    for (FutureTask<Boolean> driver : drivers) {
      driver.get();
    }
  }

  private static void drive(MemberSystem system, List<Household> households, Random random) {
    for (int i = 0; i < STEPS; i++) {
      FailingReports reports = system.reports;
      if (reports != null) {
        reports.step();
      }
      Member one = system.pick(random);
      Member other = system.pick(random);
      Member first = one.number < other.number ? one : other; // of two, it links and unlinks
      Member second = first == one ? other : one;
      switch (random.nextInt(400)) { // what is rare
        case 0 -> system.stillborn(random);
        case 1, 2, 3, 4, 5, 6 -> households.get(random.nextInt(HOUSEHOLDS)).disturb(random);
        default -> {}
      }
      switch (random.nextInt(20)) {
        case 0, 1 -> system.start(system.create(any(random, Role.values())), kind(random), false);
        case 2 -> {
          Member child = system.create(random.nextBoolean() ? Role.PLAIN : Role.FICKLE);
          Kind kind = kind(random);
          order(one, member -> member.startLinked(child, kind));
        }
        case 3, 4, 5 -> link(first, second);
        case 6, 7 -> unlink(first, second);
        case 8, 9, 10 -> order(one, member -> member.monitor(other));
        case 11 -> order(one, member -> member.demonitor(false));
        case 12 -> order(one, member -> member.demonitor(true));
        case 13 -> {
          boolean trap = random.nextBoolean();
          order(one, member -> trap(member, trap));
        }
        case 14 -> name(system, any(random, system.names.toArray(Name[]::new)), one, random);
        default -> end(system, one, other, random);
      }
    }
  }

  private static void link(Member first, Member second) {
    if (first != second) {
      order(first, member -> member.link(second));
    }
  }

  private static void unlink(Member first, Member second) {
    if (first != second) {
      order(first, member -> member.unlink(second));
    }
  }

  private static void trap(Member member, boolean trap) {
    if (member.role == Role.FICKLE) {
      Self.trapExits(trap);
    }
  }

  private static void order(Member member, Member.Order order) {
    MemberSystem.send(member, order);
  }

  private static void name(
      MemberSystem system, Name<MemberServer> name, Member member, Random random) {
    try {
      switch (random.nextInt(4)) {
        case 0 -> Processes.register(name, member.proc());
        case 1 -> Processes.unregister(name);
        case 2 -> system.restart(name, system.create(any(random, Role.values())));
        default -> system.lookUp(name);
      }
    } catch (IllegalArgumentException e) {
      // Another has the name, or nobody, or the process is dead: the system moves on meanwhile.
    }
  }

  /** One way for somebody to end, or to be asked to; observers are only signalled. */
  private static void end(MemberSystem system, Member one, Member sender, Random random) {
    int way = random.nextInt(8);
    if (way == 0) {
      ExitReason reason = system.signal(one);
      MemberSystem.exit(one, reason);
      system.arrived(reason, one);
    } else if (way == 1) {
      ExitReason reason = system.signal(one);
      order(sender, member -> MemberSystem.exit(one, reason));
    } else if (one.role == Role.OBSERVER || way > 4) {
      MemberSystem.exit(one, ExitReason.NORMAL); // unless it traps, it hears nothing of it
    } else if (way == 2) {
      system.mayBeKilled(one);
      MemberSystem.exit(one, ExitReason.KILL);
      system.seenDead(one.proc());
    } else if (way == 3) {
      ExitReason reason = system.own(one);
      order(one, member -> Self.exit(reason));
    } else if (random.nextBoolean()) {
      Crash crash = Crash.any(system, random);
      system.mayCrash(one, crash.reason());
      order(one, crash);
    } else {
      system.mayEndNormally(one);
      order(one, member -> Self.exit(ExitReason.NORMAL));
    }
  }

  @SafeVarargs
  private static <T> T any(Random random, T... of) {
    return of[random.nextInt(of.length)];
  }

  private static Kind kind(Random random) {
    return any(random, Kind.values());
  }

  // --- What is true afterwards ---

  /** Waits until everybody has done what it was told, or is dead. */
  private static void settle(MemberSystem system) {
    for (Member member : system.members()) {
      MonitorRef ref = Self.monitor(member.proc());
      MemberSystem.send(member, new Member.Report(Self.pid(), member));
      Self.receive(
          Object.class,
          message ->
              message instanceof Member.Report(_, Member from)
                  ? from == member
                  : message instanceof Down down && down.ref() == ref,
          Duration.ofHours(1));
      Self.demonitor(ref, true);
    }
    Self.flush();
  }

  private static void check(MemberSystem system) {
    for (Member member : system.members()) {
      if (member.proc().isAlive()) {
        member.check();
      } else {
        system.checkReason(member);
        system.seenDead(member.proc());
        if (member.role == Role.OBSERVER) {
          system.wrong(() -> member + " is dead: " + member.proc().reason());
        }
      }
    }
    assertThat(system.wrong).isEmpty();
  }

  /** The reports that failed have left the reporting of others as it was. */
  private static void checkReports() {
    var crashes = new ConcurrentLinkedQueue<Pid>();
    assertThat(Events.flush(Duration.ofMinutes(1))).isTrue();
    boolean logs = Events.logging(false);
    try (var _ = Events.subscribe(CrashReport.class, report -> crashes.add(report.pid()))) {
      var last =
          Self.spawnMonitor(
              () -> {
                throw new IllegalStateException("the last");
              });
      Self.receive(Down.class, down -> down.ref() == last.ref(), Duration.ofHours(1));
      assertThat(Events.flush(Duration.ofMinutes(1))).isTrue();
      assertThat(crashes).containsExactly(last.pid());
    } finally {
      Events.logging(logs);
    }
  }

  /** Everybody is killed, and nothing is left. */
  private static void end(MemberSystem system, Random random) throws InterruptedException {
    List<Member> members = new ArrayList<>(system.members());
    Collections.shuffle(members, random);
    for (Member member : members) {
      member.proc().exit(ExitReason.KILL);
    }
    Set<Pid> listed = Set.copyOf(Processes.list());
    for (Member member : members) {
      assertThat(member.proc().isAlive()).isFalse();
      assertThat(member.proc().linked()).isEmpty();
      assertThat(listed).doesNotContain(member.proc());
    }
    for (Name<MemberServer> name : system.names) {
      assertThat(name.whereis()).isEmpty();
    }
    system.running.awaitAdvanceInterruptibly(system.running.arrive()); // all bodies have ended
    assertThat(system.wrong).isEmpty();
  }
}
