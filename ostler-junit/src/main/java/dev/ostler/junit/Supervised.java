package dev.ostler.junit;

import dev.ostler.Child;
import dev.ostler.Pid;
import dev.ostler.Self;
import java.util.Optional;

/**
 * Starts processes for one test, which are stopped, last first, and waited for before the next
 * test.
 *
 * <p>A parameter of a test method; used by the test's own process, as long as the test runs: any
 * other thread gets an {@link IllegalStateException}. The children belong to a process beside the
 * test, so that their crashes do not end it.
 */
public final class Supervised {
  private final TestSupervisor supervisor;
  private final Pid test;

  Supervised(TestSupervisor supervisor, Pid test) {
    this.supervisor = supervisor;
    this.test = test;
  }

  private TestSupervisor supervisor() {
    if (!test.isAlive()) {
      throw new IllegalStateException("this Supervised belongs to a test that has ended: " + test);
    }
    if (!Self.isProcess() || Self.pid() != test) {
      throw new IllegalStateException(
          "this Supervised is for the test " + test + " alone, not for " + Thread.currentThread());
    }
    return supervisor;
  }

  /**
   * Starts a child, and returns once it has begun.
   *
   * @throws dev.ostler.StartException if it does not start
   * @throws IllegalArgumentException if a child with its id was started
   */
  public <T> T start(Child<T> child) {
    return supervisor().start(child.spec());
  }

  /**
   * Stops the child with this id, and waits for it.
   *
   * @throws IllegalArgumentException if there is none
   */
  public void stop(Object id) {
    supervisor().stop(id);
  }

  /** The process of the child with this id, if it was started and not stopped. */
  public Optional<Pid> pid(Object id) {
    return supervisor().pid(id);
  }
}
