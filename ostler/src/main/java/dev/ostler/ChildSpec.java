package dev.ostler;

import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * How a supervisor starts a child, when it starts it again, and how it stops it.
 *
 * <p>An immutable value; each method gives a changed copy.
 *
 * @param id how the supervisor identifies the child
 * @param starter starts the child, linked to the process that runs it
 * @param restart when it is started again
 * @param shutdown how it is stopped
 * @param kind whether it is a supervisor itself
 * @param significant whether its end may end the supervisor, see {@link AutoShutdown}
 * @param backoff the delay before a restart, if any
 * @param <T> what the starter holds of the child
 */
public record ChildSpec<T>(
    Object id,
    Callable<Started<T>> starter,
    Restart restart,
    Shutdown shutdown,
    Kind kind,
    boolean significant,
    Optional<Backoff> backoff)
    implements Child<T> {

  private static final Callable<?> FORGOTTEN =
      () -> {
        throw new IllegalStateException(
            "a supervisor does not keep how a temporary child is started once it runs");
      };

  /** What a child is. */
  public enum Kind {
    /** A process that does the work. */
    WORKER,
    /** A process that has children of its own. */
    SUPERVISOR
  }

  /**
   * A child that has started.
   *
   * @param pid its process
   * @param handle the reference to it that the starter gets
   */
  public record Started<T>(Pid pid, T handle) {
    /** Refuses null. */
    public Started {
      Objects.requireNonNull(pid, "pid");
      Objects.requireNonNull(handle, "handle");
    }
  }

  /** Refuses null, and a permanent child that is significant: it never ends by itself. */
  public ChildSpec {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(starter, "starter");
    Objects.requireNonNull(restart, "restart");
    Objects.requireNonNull(shutdown, "shutdown");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(backoff, "backoff");
    if (significant && restart == Restart.PERMANENT) {
      throw new IllegalArgumentException(
          "the child " + id + " cannot be significant: it is permanent, so it is always restarted");
    }
  }

  /**
   * A permanent worker with five seconds to shut down.
   *
   * @param starter starts the child, linked to the calling process; it may throw {@link
   *     StartException#ignored} or {@link StartException#failed}
   */
  public static <T> ChildSpec<T> of(Object id, Callable<Started<T>> starter) {
    return new ChildSpec<>(
        id, starter, Restart.PERMANENT, Shutdown.DEFAULT, Kind.WORKER, false, Optional.empty());
  }

  /** With another id. */
  public ChildSpec<T> id(Object changed) {
    return new ChildSpec<>(changed, starter, restart, shutdown, kind, significant, backoff);
  }

  /** With another rule for restarts. */
  public ChildSpec<T> restart(Restart changed) {
    return new ChildSpec<>(id, starter, changed, shutdown, kind, significant, backoff);
  }

  /** With another way to stop it. */
  public ChildSpec<T> shutdown(Shutdown changed) {
    return new ChildSpec<>(id, starter, restart, changed, kind, significant, backoff);
  }

  /** As a worker or a supervisor. */
  public ChildSpec<T> kind(Kind changed) {
    return new ChildSpec<>(id, starter, restart, shutdown, changed, significant, backoff);
  }

  /** With an end that may end the supervisor; transient and temporary children only. */
  public ChildSpec<T> significant(boolean changed) {
    return new ChildSpec<>(id, starter, restart, shutdown, kind, changed, backoff);
  }

  /** With a delay before restarts; it counts as restarting meanwhile. */
  public ChildSpec<T> backoff(Backoff changed) {
    return new ChildSpec<>(id, starter, restart, shutdown, kind, significant, Optional.of(changed));
  }

  @Override
  public ChildSpec<T> spec() {
    return this;
  }

  /**
   * Starts the child without a link to the calling thread's process. Any thread may call it.
   *
   * <p>A starter of one's own, given to {@link #of}, starts its child linked; then this cuts the
   * link. Until it is cut, the end of the child may take the calling process along.
   */
  @Override
  public T start() {
    if (starter instanceof Starter<T> own) {
      return run(own::alone).handle();
    }
    Started<T> started = run();
    Proc self = Runner.process();
    if (self != null) {
      self.unlink((Proc) started.pid());
    }
    return started.handle();
  }

  @Override
  public T startLink() {
    return run().handle();
  }

  /**
   * Starts it as a child of the running supervisor: whatever goes wrong is the child's failure.
   *
   * @throws StartException why it did not start
   */
  Started<T> attempt() {
    try {
      return run();
    } catch (StartException e) {
      throw e;
    } catch (ProcessExit exit) {
      Runner.living(); // else the supervisor itself is dead
      throw new StartException.Failed(id, exit.reason());
    } catch (RuntimeException | Error thrown) {
      throw new StartException.Failed(id, new ExitReason.Crash(thrown));
    }
  }

  /** What a supervisor keeps of it once the child runs: a temporary one is not started again. */
  ChildSpec<T> started() {
    return restart == Restart.TEMPORARY
        ? new ChildSpec<>(id, forgotten(), restart, shutdown, kind, significant, backoff)
        : this;
  }

  @SuppressWarnings("unchecked") // it gives none
  private static <T> Callable<Started<T>> forgotten() {
    return (Callable<Started<T>>) (Callable<?>) FORGOTTEN;
  }

  /** Starts it, linked to the calling process. */
  Started<T> run() {
    return run(starter);
  }

  private Started<T> run(Callable<Started<T>> how) {
    try {
      return Objects.requireNonNull(how.call(), "what the starter returned");
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Exception e) {
      throw new StartException.Failed(id, new ExitReason.Crash(e));
    }
  }
}
