package dev.ostler.tests;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** A thread that is no process, unless it attaches itself: it runs one action of a test. */
final class Outside {
  private Outside() {}

  /** Runs an action there; what it found. Fails as it failed. */
  static <T> T ask(Callable<T> action) throws Exception {
    var task = new FutureTask<>(action);
    Thread.ofPlatform().daemon().name("outside").start(task);
    return task.get(Deaths.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** An action of a test, which may fail in any way. */
  interface Action {
    void run() throws Exception;
  }

  /** Runs an action there, to its end. Fails as it failed. */
  static void does(Action action) throws Exception {
    ask(
        () -> {
          action.run();
          return action;
        });
  }
}
