package dev.ostler;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All {@link Member}s of one run, why each may end, and what went wrong. Any thread may use it.
 *
 * <p>Each exit signal and each exit has a reason of its own, so a reason tells where it came from.
 */
final class MemberSystem {
  /** What a member runs as. */
  enum Kind {
    RAW,
    SERVER,
    DIRECT,
    BOUNDED
  }

  /** Set while a thread makes texts for the test, which do not fail. */
  private static final ThreadLocal<@Nullable Boolean> QUIET = new ThreadLocal<>();

  /** What lets reports fail, while they do. */
  volatile @Nullable FailingReports reports;

  final Queue<String> wrong = new ConcurrentLinkedQueue<>();
  final List<Name<MemberServer>> names = new ArrayList<>();

  /** Bodies of raw processes that run, and the test. */
  final Phaser running = new Phaser(1);

  private final List<Member> members = new ArrayList<>(); // under its own lock
  private final Map<Pid, Member> byPid = new ConcurrentHashMap<>();
  private final Map<ExitReason, Member> origins = new ConcurrentHashMap<>();
  private final Map<Member, Set<Member>> links = new ConcurrentHashMap<>();
  private final Set<Member> killed = ConcurrentHashMap.newKeySet();
  private final Set<Member> mayEndNormally = ConcurrentHashMap.newKeySet();
  private final Map<ExitReason, Member> signals = new ConcurrentHashMap<>();
  private final Map<Member, Set<ExitReason>> arrived = new ConcurrentHashMap<>();
  private final AtomicInteger numbers = new AtomicInteger();
  private final AtomicLong clock = new AtomicLong();
  private final Map<Pid, Long> deadSince = new ConcurrentHashMap<>();

  MemberSystem(int names) {
    for (int i = 0; i < names; i++) {
      this.names.add(Name.unique("name " + i));
    }
  }

  /** Something is not as it must be. */
  void wrong(Supplier<String> what) {
    QUIET.set(true);
    try {
      wrong.add(what.get());
    } finally {
      QUIET.remove();
    }
  }

  /** Called by code that makes and takes reports: throws or blocks now and then, if it is to. */
  void failNowAndThen() {
    FailingReports failing = reports;
    if (failing != null && QUIET.get() == null) {
      failing.failNowAndThen();
    }
  }

  /** Ends the failing of reports, if there was any; gives how often they failed. */
  long mendReports() {
    FailingReports failing = reports;
    if (failing == null) {
      return 0;
    }
    failing.close();
    return failing.injected();
  }

  // --- Members ---

  Member create(Member.Role role) {
    return new Member(this, numbers.incrementAndGet(), role);
  }

  /**
   * Starts a member, perhaps linked with the process that runs here; false if there was no memory
   * to do so.
   */
  boolean start(Member member, Kind kind, boolean linked) {
    try {
      startOrThrow(member, kind, linked);
    } catch (OutOfMemoryError e) {
      return false;
    }
    joined(member);
    return true;
  }

  private void startOrThrow(Member member, Kind kind, boolean linked) {
    if (kind == Kind.RAW) {
      startRaw(member, linked);
      return;
    }
    var server = GenServer.<MemberServer>of(() -> new MemberServer(member));
    var child =
        switch (kind) {
          case DIRECT -> server.direct();
          case BOUNDED -> server.mailbox(1_000_000, Overflow.FAIL);
          default -> server;
        };
    if (linked) {
      child.startLink();
    } else {
      child.start();
    }
  }

  private void startRaw(Member member, boolean linked) {
    var begun = new CountDownLatch(1);
    Processes.Body body = () -> runRaw(member, begun);
    member.process.set(linked ? Self.spawnLink(body) : Processes.spawn(body));
    if (member.role == Member.Role.OBSERVER) { // nobody may know it before it traps exits
      try {
        begun.await();
      } catch (InterruptedException e) {
        wrong(() -> "interrupted: " + e);
      }
    }
  }

  /** Starts a server with a name, unless somebody has it. */
  void restart(Name<MemberServer> name, Member member) {
    try {
      GenServer.<MemberServer>of(() -> new MemberServer(member)).named(name).start();
      joined(member);
    } catch (OutOfMemoryError e) {
      // The one that was not to be ends a little later.
    } catch (StartException.AlreadyStarted e) {
      if (e.pid() instanceof ServerProc || e.pid() instanceof ThreadProc) {
        return;
      }
      wrong(() -> name + " belongs to " + e.pid());
    }
  }

  /** Starts a server with a name that crashes in its init. */
  void stillborn(Random random) {
    Name<Stillborn> name = Name.unique("stillborn");
    Crash crash = Crash.any(this, random);
    var child = GenServer.<Stillborn>of(() -> new Stillborn(crash)).named(name);
    try {
      (random.nextBoolean() ? child.direct() : child).start();
      wrong(() -> name + " has started");
    } catch (StartException.Failed e) {
      if (!e.reason().equals(crash.reason()) && !isLackOfMemory(e.reason())) {
        wrong(() -> name + " did not start since " + e.reason());
      }
      name.whereis().ifPresent(pid -> wrong(() -> name + " leads to " + pid));
    } catch (OutOfMemoryError e) {
      // It ends a little later.
    }
  }

  private static boolean isLackOfMemory(ExitReason reason) {
    return reason instanceof ExitReason.Crash(OutOfMemoryError _);
  }

  private void runRaw(Member member, CountDownLatch begun) {
    running.register();
    try {
      member.begin();
      begun.countDown();
      while (true) {
        member.on(Self.receive());
      }
    } finally {
      running.arriveAndDeregister();
    }
  }

  /** Others may pick the member from now on. */
  void joined(Member member) {
    byPid.put(member.proc(), member);
    synchronized (members) {
      members.add(member);
    }
  }

  List<Member> members() {
    synchronized (members) {
      return List.copyOf(members);
    }
  }

  Member pick(Random random) {
    synchronized (members) {
      return members.get(random.nextInt(members.size()));
    }
  }

  Optional<Member> member(Pid pid) {
    return Optional.ofNullable(byPid.get(pid));
  }

  // --- What may meet a lack of memory, in somebody's death, and is done all the same ---

  static void send(Member receiver, Object message) {
    try {
      receiver.proc().send(message);
    } catch (OutOfMemoryError e) {
      // It handled the message on this thread, and ended.
    }
  }

  static void exit(Member member, ExitReason reason) {
    try {
      member.proc().exit(reason);
    } catch (OutOfMemoryError e) {
      // The rest of its death follows.
    }
  }

  // --- Why members end ---

  /** A reason to send to the member as a signal. */
  ExitReason signal(Member target) {
    ExitReason reason = own(target);
    signals.put(reason, target);
    return reason;
  }

  boolean isSignal(ExitReason reason, Member target) {
    return signals.get(reason) == target;
  }

  /** The signal was sent; if its receiver traps exits, it has it. */
  void arrived(ExitReason signal, Member target) {
    arrived.computeIfAbsent(target, key -> ConcurrentHashMap.newKeySet()).add(signal);
  }

  Set<ExitReason> arrived(Member target) {
    return arrived.getOrDefault(target, Set.of());
  }

  /** The member may crash of this. */
  void mayCrash(Member member, ExitReason reason) {
    origins.put(reason, member);
  }

  /** A reason for the member to end with. */
  ExitReason own(Member member) {
    ExitReason reason = ExitReason.shutdown(this + " " + clock.incrementAndGet());
    origins.put(reason, member);
    return reason;
  }

  void mayBeKilled(Member member) {
    killed.add(member);
  }

  void mayEndNormally(Member member) {
    mayEndNormally.add(member);
  }

  void mayDieTogether(Member one, Member other) {
    links.computeIfAbsent(one, key -> ConcurrentHashMap.newKeySet()).add(other);
    links.computeIfAbsent(other, key -> ConcurrentHashMap.newKeySet()).add(one);
  }

  /** Whether the dead member had been given this reason, or had a link with who died of it. */
  void checkReason(Member dead) {
    ExitReason reason = dead.proc().reason();
    boolean own =
        origins.get(reason) == dead
            || (reason.equals(ExitReason.KILLED) && killed.contains(dead))
            || (reason.equals(ExitReason.NORMAL) && mayEndNormally.contains(dead));
    boolean others =
        links.getOrDefault(dead, Set.of()).stream()
            .filter(Member::hasStarted)
            .map(Member::proc)
            .anyMatch(peer -> peer.isClosed() && peer.reason().equals(reason));
    if (!own && !others) {
      wrong(() -> dead + " ended without cause with " + reason);
    }
  }

  // --- Names ---

  /** Somebody has seen that the process is dead: so it is in no table, from now on. */
  void seenDead(Pid pid) {
    deadSince.putIfAbsent(pid, clock.incrementAndGet());
    if (Processes.info(pid).isPresent() || Processes.list().contains(pid)) {
      wrong(() -> pid + " is dead, and listed");
    }
    names.forEach(this::lookUp);
  }

  Optional<Pid> lookUp(Name<?> name) {
    long now = clock.incrementAndGet();
    Optional<Pid> found = name.whereis();
    if (found.isPresent() && deadSince.getOrDefault(found.get(), Long.MAX_VALUE) < now) {
      wrong(() -> name + " leads to " + found.get() + ", which is dead");
    }
    return found;
  }

  @Override
  public String toString() {
    return "system " + System.identityHashCode(this);
  }
}
