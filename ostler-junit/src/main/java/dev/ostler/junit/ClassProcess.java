package dev.ostler.junit;

import dev.ostler.ExitReason;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The process that runs what a class does before and after all its tests, and lives as long as they
 * do.
 *
 * <p>A thread of its own, since a test is a process of its own on JUnit's. Used by one thread of
 * JUnit at a time, which waits for what it asks for.
 */
final class ClassProcess {
  private final ExecutorService thread;
  private final Lifetime lifetime;

  ClassProcess(String name) throws InterruptedException {
    thread =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("tests of " + name).factory());
    lifetime = on(thread.submit(() -> new Lifetime("the class's")));
  }

  /** Something to be done, as JUnit has it. */
  interface Work {
    void run() throws Throwable;
  }

  /** Runs something as this process, and fails if it fails, or the process is dead after it. */
  void run(Work work) throws Throwable {
    Future<Optional<Throwable>> failure = thread.submit(() -> failure(work));
    Optional<Throwable> thrown;
    try {
      thrown = on(failure);
    } catch (InterruptedException e) { // it takes too long: JUnit knows, and only waits for the end
      lifetime.pid.exit(ExitReason.KILL);
      throw e;
    }
    if (thrown.isPresent()) {
      throw thrown.get();
    }
    mustLive();
  }

  private static Optional<Throwable> failure(Work work) {
    try {
      work.run();
      return Optional.empty();
    } catch (Throwable thrown) {
      return Optional.of(thrown);
    }
  }

  /** Fails if the process is dead, which only happens before its time. */
  void mustLive() throws InterruptedException {
    if (!lifetime.pid.isAlive()) {
      throw ask(lifetime::endedEarly).orElseThrow();
    }
  }

  /** What its methods are given. */
  Lifetime lifetime() {
    return lifetime;
  }

  /** What a parameter is given, made as this process. */
  <T> T ask(Callable<T> question) throws InterruptedException {
    return on(thread.submit(question));
  }

  /** Ends the process and all that belongs to it. What went wrong. */
  Optional<Throwable> end(Duration timeout) throws InterruptedException {
    ask(
        () -> {
          lifetime.detach();
          return true;
        });
    thread.shutdown();
    return lifetime.end(timeout);
  }

  private static <T> T on(Future<T> answer) throws InterruptedException {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the process of the test class failed", e.getCause());
    }
  }
}
