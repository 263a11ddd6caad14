package dev.ostler;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One process of the {@link SystemModelTest}: does as it is ordered, and keeps books of what it
 * must hear. What it hears and should not, it reports to the system.
 *
 * <p>Its process alone keeps the books; others read them when it has answered an {@link Report}, or
 * has ended.
 */
final class Member {
  /** How it takes the death of those it is linked with. */
  enum Role {
    /** Traps exits from its first to its last moment, and is told to end by nobody. */
    OBSERVER,
    /** Never traps exits. */
    PLAIN,
    /** Changes its mind. */
    FICKLE
  }

  /** What a member is told to do, as its process. */
  interface Order {
    void obey(Member member);
  }

  /** Asks the member to say that it has done and heard all there was. */
  record Report(Pid to, Member member) {}

  /** Sent to itself when an unlink has returned: no exit over this link comes after it. */
  private record Unlinked(Member peer, int period) {}

  /** Whether there is a link, in whose view it is the one that links and unlinks. */
  static final class Bond {
    boolean linked;
    boolean mayHear;
    int period;
    int heard;
  }

  /** What a monitor has told. */
  static final class Watch {
    final Member target;
    boolean over;
    @Nullable ExitReason heard;

    Watch(Member target) {
      this.target = target;
    }
  }

  final MemberSystem system;
  final int number;
  final Role role;
  final AtomicReference<@Nullable Pid> process = new AtomicReference<>();

  // The books.
  final Map<Member, Bond> bonds = new HashMap<>();
  final Map<MonitorRef, Watch> watches = new LinkedHashMap<>();
  final Set<ExitReason> signals = new HashSet<>();

  Member(MemberSystem system, int number, Role role) {
    this.system = system;
    this.number = number;
    this.role = role;
  }

  Proc proc() {
    Pid pid = process.get();
    if (pid == null) {
      throw new IllegalStateException(this + " has not started");
    }
    return (Proc) pid;
  }

  boolean hasStarted() {
    return process.get() != null;
  }

  /** As the member's process, before anything else. */
  void begin() {
    process.set(Self.pid());
    if (role == Role.OBSERVER) {
      Self.trapExits(true);
    }
  }

  /** As the member's process: one message. */
  void on(Object message) {
    switch (message) {
      case Order order -> order.obey(this);
      case Report report -> report.to().send(report);
      case Unlinked(Member peer, int period) -> {
        Bond bond = bonds.get(peer);
        bond.mayHear = bond.period != period && bond.mayHear;
      }
      case Down down -> heard(down);
      case Exit exit -> heard(exit);
      default -> system.wrong(() -> this + " got " + message);
    }
  }

  // --- Orders ---

  void link(Member peer) {
    Bond bond = bonds.computeIfAbsent(peer, key -> new Bond());
    boolean was = bond.linked;
    system.mayDieTogether(this, peer);
    try {
      bond.linked = true;
      Self.link(peer.proc());
    } catch (NoProcessException e) {
      bond.linked = false;
      if (peer.proc().isAlive() || role == Role.OBSERVER) {
        system.wrong(() -> this + " could not link with " + peer);
      }
    }
    if (!was) {
      bond.period++;
      bond.mayHear = true;
    }
  }

  void unlink(Member peer) {
    Bond bond = bonds.computeIfAbsent(peer, key -> new Bond());
    Self.unlink(peer.proc());
    bond.linked = false;
    bond.period++;
    Self.pid().send(new Unlinked(peer, bond.period));
  }

  /** Starts another member, linked from the start. */
  void startLinked(Member child, MemberSystem.Kind kind) {
    var bond = new Bond();
    bond.linked = true;
    bond.mayHear = true;
    bonds.put(child, bond);
    system.mayDieTogether(this, child);
    if (!system.start(child, kind, true)) {
      bonds.remove(child);
    }
  }

  void monitor(Member target) {
    watches.put(Self.monitor(target.proc()), new Watch(target));
  }

  /** Ends the oldest watch that is not over. */
  void demonitor(boolean flush) {
    for (Map.Entry<MonitorRef, Watch> each : watches.entrySet()) {
      Watch watch = each.getValue();
      if (!watch.over) {
        boolean active = Self.demonitor(each.getKey(), flush);
        watch.over = active || flush;
        return;
      }
    }
  }

  // --- What it hears ---

  private void heard(Down down) {
    Watch watch = watches.get(down.ref());
    if (watch == null || watch.over) {
      system.wrong(() -> this + " heard " + down + " of " + watch);
      return;
    }
    watch.over = true;
    watch.heard = down.reason();
    ExitReason reason = watch.target.proc().reason();
    if (!down.reason().equals(reason) && !down.reason().equals(ExitReason.NO_PROCESS)) {
      system.wrong(() -> this + " heard " + down + " of who ended with " + reason);
    }
  }

  private void heard(Exit exit) {
    if (role == Role.PLAIN) {
      system.wrong(() -> this + " does not trap exits, and heard " + exit);
    }
    if (system.isSignal(exit.reason(), this)) {
      if (!signals.add(exit.reason())) {
        system.wrong(() -> this + " heard twice " + exit);
      }
      return;
    }
    if (exit.equals(new Exit(Processes.OUTSIDE, ExitReason.NORMAL))) {
      return;
    }
    Optional<Member> peer = system.member(exit.pid());
    if (peer.isEmpty() || peer.get().proc().isAlive()) {
      system.wrong(() -> this + " heard " + exit + " of who lives");
      return;
    }
    Bond bond = bonds.get(peer.get());
    if (bond == null) { // the other one linked
      return;
    }
    ExitReason reason = peer.get().proc().reason();
    boolean nobody = exit.reason().equals(ExitReason.NO_PROCESS);
    if (!nobody && (!exit.reason().equals(reason) || ++bond.heard > 1)) {
      system.wrong(() -> this + " heard " + exit + " of who ended with " + reason);
    }
    if (!bond.linked && !bond.mayHear) {
      system.wrong(() -> this + " heard " + exit + " after it had unlinked");
    }
    bond.linked = false;
  }

  // --- What must be true of a member that lives, once it has heard all ---

  void check() {
    if (role == Role.OBSERVER && !signals.containsAll(system.arrived(this))) {
      system.wrong(() -> this + " did not hear all signals");
    }
    watches.forEach(
        (ref, watch) -> {
          if (!watch.over && !watch.target.proc().isAlive()) {
            system.wrong(() -> this + " was not told of the end of " + watch.target);
          }
        });
    bonds.forEach(
        (peer, bond) -> {
          if (bond.linked && !peer.proc().isAlive() && mustHaveHeard(peer.proc().reason())) {
            system.wrong(() -> this + " did not notice the end of " + peer);
          }
        });
    for (Pid peer : proc().linked()) {
      if (!peer.isAlive() || !((Proc) peer).linked().contains(proc())) {
        system.wrong(() -> this + " is linked with " + peer + " and not the other way round");
      }
    }
  }

  private boolean mustHaveHeard(ExitReason reason) {
    return switch (role) {
      case OBSERVER -> true;
      case PLAIN -> !reason.equals(ExitReason.NORMAL);
      case FICKLE -> false;
    };
  }

  @Override
  public String toString() {
    return role + " " + number + " " + process.get();
  }
}
