package dev.ostler;

import java.util.Objects;
import java.util.concurrent.Callable;

/**
 * How a supervisor starts a child, when it starts it again, and how it stops it.
 *
 * <p>An immutable value; each method gives a changed copy.
 *
 * @param id what the supervisor calls the child
 * @param starter starts the child, linked to the process that runs it
 * @param restart when it is started again
 * @param shutdown how it is stopped
 * @param <T> what the starter holds of the child
 */
public record ChildSpec<T>(
    Object id, Callable<Started<T>> starter, Restart restart, Shutdown shutdown)
    implements Child<T> {

  /**
   * A child that has started.
   *
   * @param pid its process
   * @param handle what is held of it
   */
  public record Started<T>(Pid pid, T handle) {
    /** Refuses null. */
    public Started {
      Objects.requireNonNull(pid, "pid");
      Objects.requireNonNull(handle, "handle");
    }
  }

  /** Refuses null. */
  public ChildSpec {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(starter, "starter");
    Objects.requireNonNull(restart, "restart");
    Objects.requireNonNull(shutdown, "shutdown");
  }

  /** A permanent child with five seconds to shut down. */
  public static <T> ChildSpec<T> of(Object id, Callable<Started<T>> starter) {
    return new ChildSpec<>(id, starter, Restart.PERMANENT, Shutdown.DEFAULT);
  }

  /** With another id. */
  public ChildSpec<T> id(Object changed) {
    return new ChildSpec<>(changed, starter, restart, shutdown);
  }

  /** With another rule for restarts. */
  public ChildSpec<T> restart(Restart changed) {
    return new ChildSpec<>(id, starter, changed, shutdown);
  }

  /** With another way to be stopped. */
  public ChildSpec<T> shutdown(Shutdown changed) {
    return new ChildSpec<>(id, starter, restart, changed);
  }

  @Override
  public ChildSpec<T> spec() {
    return this;
  }

  /** Starts the child, and cuts the link its starter made. */
  @Override
  public T start() {
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

  private Started<T> run() {
    try {
      return starter.call();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Exception e) {
      throw new StartException.Failed(String.valueOf(id), new ExitReason.Crash(e));
    }
  }
}
