package dev.ostler.junit;

import dev.ostler.Child;
import dev.ostler.Pid;
import java.util.Optional;

/**
 * Starts processes for one test, which are stopped, last first, and waited for before the next
 * test.
 *
 * <p>A parameter of a test method; used by the test's own thread. The children belong to a process
 * beside the test, so that their crashes do not end it.
 */
public final class Supervised {
  private final TestSupervisor supervisor;

  Supervised(TestSupervisor supervisor) {
    this.supervisor = supervisor;
  }

  /**
   * Starts a child, and returns once it has begun.
   *
   * @throws dev.ostler.StartException if it does not start
   * @throws IllegalArgumentException if a child with its id was started
   */
  public <T> T start(Child<T> child) {
    return supervisor.start(child.spec());
  }

  /**
   * Stops the child with this id, and waits for it.
   *
   * @throws IllegalArgumentException if there is none
   */
  public void stop(Object id) {
    supervisor.stop(id);
  }

  /** The process of the child with this id, if it was started and not stopped. */
  public Optional<Pid> pid(Object id) {
    return supervisor.pid(id);
  }
}
