package dev.ostler.junit;

import dev.ostler.Child;
import dev.ostler.Pid;
import dev.ostler.Self;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Starts processes for one test, which are stopped, last first, and waited for before the next
 * test.
 *
 * <p>A parameter of a test method; used by the test's own process, as long as the test runs: any
 * other thread gets an {@link IllegalStateException}. The children belong to a supervisor beside
 * the test, which starts them again as they say, however often, so that their crashes do not end
 * the test.
 */
public final class Supervised {
  private final Supplier<TestSupervisor> supervisor;
  private final Pid test;

  Supervised(Supplier<TestSupervisor> supervisor, Pid test) {
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
    return supervisor.get();
  }

  /**
   * Starts a child, and returns once it has begun.
   *
   * @throws dev.ostler.StartException.AlreadyStarted if a child with its id runs
   * @throws dev.ostler.StartException if it does not start
   */
  public <T> T start(Child<T> child) {
    return supervisor().start(child.spec());
  }

  /**
   * As {@link #start}, linked to the test, too: its crash fails the test.
   *
   * @throws dev.ostler.StartException.AlreadyStarted if a child with its id runs
   * @throws dev.ostler.StartException if it does not start
   */
  public <T> T startLinked(Child<T> child) {
    return supervisor().startLinked(child.spec());
  }

  /**
   * Stops the child with this id, waits for it, and forgets it. It is linked to the test no more.
   *
   * @throws dev.ostler.ChildException.NotFound if there is none
   */
  public void stop(Object id) {
    supervisor().stop(id);
  }

  /** The process of the child with this id, if it runs. */
  public Optional<Pid> pid(Object id) {
    return supervisor().pid(id);
  }
}
