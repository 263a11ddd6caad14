package dev.ostler;

import java.time.Duration;
import java.util.Optional;

/**
 * Tells a child to stop, and waits for its end.
 *
 * <p>Used within one callback of the supervisor. It monitors the child, because the child may have
 * cut the link.
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

  /**
   * Tells the child to stop, and cuts its link. Until the child is told, the link stays: if the
   * supervisor dies before, the child dies with it, or hears of it. So an {@link Exit} of a child
   * that does not trap exits may come to the supervisor, which ignores it.
   */
  static Stopping of(Pid pid, Shutdown shutdown) {
    var stopping = new Stopping(pid, shutdown);
    pid.exit(shutdown instanceof Shutdown.BrutalKill ? ExitReason.KILL : ExitReason.SHUTDOWN);
    Self.unlink(pid);
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
    long time = time();
    return time == Long.MAX_VALUE ? time : Math.max(0, time - (System.nanoTime() - began));
  }

  /** How many nanoseconds it has before it is killed. */
  long time() {
    return switch (shutdown) {
      case Shutdown.After(Duration time) -> Durations.nanos(time, "shutdown");
      case Shutdown.BrutalKill _, Shutdown.Infinity _ -> Long.MAX_VALUE;
    };
  }

  private boolean isFine(ExitReason reason, ChildSpec<?> spec) {
    boolean fine =
        spec.restart() == Restart.PERMANENT ? reason.equals(ExitReason.SHUTDOWN) : reason.isClean();
    return fine || (shutdown instanceof Shutdown.BrutalKill && reason.equals(ExitReason.KILLED));
  }
}
