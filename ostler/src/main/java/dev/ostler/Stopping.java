package dev.ostler;

import java.time.Duration;
import java.util.Optional;

/**
 * Stops a child and waits for its end.
 *
 * <p>Used within one callback of the supervisor. It monitors the child, because the child may have
 * removed the link.
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
   * Sends the child its exit signal, then removes the link. The link stays until the signal is
   * sent: if the supervisor dies before that, the child receives the exit signal of the link. So
   * the supervisor may receive an {@link Exit} from the child, which it ignores.
   *
   * <p>A child that has not ended at once is an orphan if the supervisor dies before it.
   */
  static Stopping of(Pid pid, Shutdown shutdown) {
    var stopping = new Stopping(pid, shutdown);
    pid.exit(shutdown instanceof Shutdown.BrutalKill ? ExitReason.KILL : ExitReason.SHUTDOWN);
    var child = (Proc) pid;
    if (!child.isGone()) {
      Orphans.add(child, null);
    }
    Self.unlink(pid);
    return stopping;
  }

  /**
   * Waits for the child's end, and kills it after its time.
   *
   * @return the exit reason, if it is not one that a stopped child should have
   */
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

  /** How many nanoseconds the child has before it is killed. */
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
