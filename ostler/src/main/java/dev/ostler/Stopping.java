package dev.ostler;

import java.util.Optional;

/**
 * A child that was told to stop, and the wait for its end.
 *
 * <p>Used within one callback of its supervisor. Watches the child by a monitor of its own, not by
 * the link, which the child may have cut.
 */
final class Stopping {
  private final Pid pid;
  private final Shutdown shutdown;
  private final DeathWatch watch;
  private final long began = System.nanoTime();

  private Stopping(Pid pid, Shutdown shutdown) {
    this.pid = pid;
    this.shutdown = shutdown;
    this.watch = DeathWatch.on(pid);
  }

  /** Tells the child to stop, and cuts its link, so that its exit tells nothing new. */
  static Stopping of(Pid pid, Shutdown shutdown) {
    var stopping = new Stopping(pid, shutdown);
    Self.unlink(pid);
    pid.exit(shutdown instanceof Shutdown.BrutalKill ? ExitReason.KILL : ExitReason.SHUTDOWN);
    return stopping;
  }

  /** Waits, and kills the child if its time is over. Why it ended, if that was not as it should. */
  Optional<ExitReason> await(ChildSpec<?> spec) {
    ExitReason reason = watch.await(left());
    if (reason == null) {
      pid.exit(ExitReason.KILL);
      reason = watch.await(Long.MAX_VALUE);
    }
    return reason == null || isFine(reason, spec) ? Optional.empty() : Optional.of(reason);
  }

  private long left() {
    return switch (shutdown) {
      case Shutdown.After after ->
          Math.max(0, Durations.nanos(after.time(), "shutdown") - (System.nanoTime() - began));
      case Shutdown.BrutalKill _, Shutdown.Infinity _ -> Long.MAX_VALUE;
    };
  }

  private boolean isFine(ExitReason reason, ChildSpec<?> spec) {
    return switch (shutdown) {
      case Shutdown.BrutalKill _ -> reason.isClean() || reason.equals(ExitReason.KILLED);
      case Shutdown.After _, Shutdown.Infinity _ ->
          spec.restart() == Restart.PERMANENT
              ? reason.equals(ExitReason.SHUTDOWN)
              : reason.isClean();
    };
  }
}
