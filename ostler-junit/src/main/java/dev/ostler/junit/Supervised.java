package dev.ostler.junit;

import dev.ostler.Child;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import java.util.Objects;
import java.util.Optional;

/**
 * Starts processes for one test, which are stopped, last first, and waited for before the next
 * test.
 *
 * <p>A parameter of a test method, or of a method before or after each test; used by the test's own
 * process, as long as the test runs: any other thread gets an {@link IllegalStateException}. The
 * children belong to a supervisor beside the test, which starts them again as they say, however
 * often, so that their crashes do not end the test.
 *
 * <p>As a parameter of {@code @BeforeAll} and {@code @AfterAll} methods it is the class's, in all
 * of this: what is started there lives until all tests of the class are done.
 */
public final class Supervised {
  private final Lifetime lifetime;

  Supervised(Lifetime lifetime) {
    this.lifetime = lifetime;
  }

  private Lifetime mine() {
    Pid owner = lifetime.pid;
    if (!owner.isAlive()) {
      throw new IllegalStateException("this Supervised belongs to a test that has ended: " + owner);
    }
    if (!Self.isProcess() || Self.pid() != owner) {
      throw new IllegalStateException(
          "this Supervised is for the test " + owner + " alone, not for " + Thread.currentThread());
    }
    return lifetime;
  }

  private TestSupervisor supervisor() {
    return mine().supervisor();
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

  /** As {@link #onExit(Object, Processes.Body)}, in place of none. */
  public void onExit(Processes.Body callback) {
    onExit(new Object(), callback);
  }

  /**
   * Has the callback called once the test, its children and all else it started have ended.
   *
   * <p>Callbacks are called one after another, the last one first, each as a process of its own,
   * which is killed, with all it started, when it is through. What one throws fails the test, and
   * does not keep the others from being called; so does one that takes longer than children may
   * take to stop.
   *
   * @param ref what identifies the callback: one that was given an equal ref before is replaced,
   *     and keeps its place
   */
  public void onExit(Object ref, Processes.Body callback) {
    Objects.requireNonNull(ref, "ref");
    Objects.requireNonNull(callback, "callback");
    mine().onExit(ref, callback);
  }
}
