package dev.ostler;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Decides for a supervisor whether and when it starts a child again, and when it gives up.
 *
 * <p>Each supervisor has one, and only the supervisor's process uses it. What else a restart
 * concerns, for instance other children that it stops first, is the supervisor's own business.
 */
final class Restarts {
  /*
   * The way of a child that is to be started again:
   *
   *   it ended           -> count
   *   count              -> give up, if there were too many restarts
   *                      -> wait for the delay (Retry) -> start
   *                      -> start, if there is no delay
   *   start              -> wait for the orphans of the dead child (Retry) -> start
   *                      -> running
   *                      -> it failed: wait for the next turn (Retry) -> count
   *
   * A failed start waits in the mailbox behind other requests, so that terminateChild works on a
   * child that fails again and again.
   */

  /** What the supervisor does next about a child. */
  enum Step {
    START,
    WAIT,
    GIVE_UP
  }

  /**
   * The supervisor sends this to itself, to go on with a child that is to be started again.
   *
   * @param failures how often the child had failed when this was sent
   * @param counted whether this restart is counted already
   */
  record Retry(ChildState child, int failures, boolean counted) {
    private Retry(ChildState child, boolean counted) {
      this(child, child.failures(), counted);
    }

    /** Whether the child still waits for this: it may have been stopped, or have failed again. */
    private boolean isDue() {
      return child.isRestarting() && child.failures() == failures;
    }
  }

  private final RestartIntensity intensity;

  Restarts(SupervisorFlags flags) {
    this.intensity = flags.counter();
  }

  /** Reports the end of a child; whether it is to be started again. */
  static boolean follows(ChildSpec<?> spec, Pid pid, ExitReason reason) {
    boolean failed = !reason.isClean();
    if (failed || spec.restart() == Restart.PERMANENT) {
      SupervisorReport.publish(SupervisorReport.Kind.CHILD_ENDED, spec.id(), pid, reason);
    }
    return switch (spec.restart()) {
      case PERMANENT -> true;
      case TRANSIENT -> failed;
      case TEMPORARY -> false;
    };
  }

  /** Counts one restart of a child that waits for it. */
  Step count(ChildState child) {
    if (!intensity.record(TimeUnit.NANOSECONDS.toSeconds(Clock.current().nanos()))) {
      Happening.gaveUp();
      report(SupervisorReport.Kind.GAVE_UP, child, ExitReason.SHUTDOWN);
      return Step.GIVE_UP;
    }
    Duration delay = child.delay();
    if (delay.isPositive()) {
      Self.sendAfter(new Retry(child, true), delay);
      return Step.WAIT;
    }
    return Step.START;
  }

  /** The supervisor got this message. The child is one of its own. */
  Step next(Retry retry) {
    if (!retry.isDue()) {
      return Step.WAIT;
    }
    return retry.counted ? Step.START : count(retry.child);
  }

  /**
   * Whether the supervisor must wait for orphans of the dead child before it starts the child
   * again. If so, a {@link Retry} follows.
   */
  static boolean waitsForOrphansOf(ChildState child) {
    Pid last = child.last().orElse(null);
    if (last == null) {
      return false;
    }
    Pid self = Self.pid();
    var retry = new Retry(child, true);
    return Orphans.after(last, () -> self.send(retry));
  }

  /** A child that had ended, or was stopped, was started again. Reports it if it runs. */
  void restarted(ChildState child) {
    Pid before = child.replaced();
    Pid now = child.pid().orElse(null);
    if (before != null && now != null) {
      ((Proc) now).past(child.restarted());
      Happening.restarted(
          child.spec.id(), before, now, child.missingNanos(), intensity.left(), intensity.window());
    }
  }

  /** The child did not start. A {@link Retry} follows. */
  static void failed(ChildState child, RuntimeException why) {
    report(SupervisorReport.Kind.START_FAILED, child, reasonOf(why));
    child.restarting();
    Self.pid().send(new Retry(child, false));
  }

  /** Why a child did not start, as an exit reason. */
  static ExitReason reasonOf(RuntimeException e) {
    return switch (e) {
      case StartException.Failed failed -> failed.reason();
      case StartException.TimedOut _ -> ExitReason.TIMEOUT;
      default -> new ExitReason.Crash(e);
    };
  }

  private static void report(SupervisorReport.Kind kind, ChildState child, ExitReason reason) {
    SupervisorReport.publish(kind, child.spec.id(), child.key().orElse(null), reason);
  }
}
