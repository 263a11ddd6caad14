package dev.ostler.bench;

import dev.ostler.Processes;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Where measured work runs. Any thread may ask. */
final class Threads {
  private Threads() {}

  /** Runs {@code work} on {@code callers} virtual threads at once; returns when all are done. */
  static void virtual(int callers, Runnable work) {
    var done = new CompletableFuture<?>[callers];
    for (int i = 0; i < callers; i++) {
      done[i] = CompletableFuture.runAsync(work, Thread::startVirtualThread);
    }
    CompletableFuture.allOf(done).join();
  }

  /** The same for one caller that returns something. */
  static <T> T virtual(Callable<T> work) {
    return elsewhere(Thread::startVirtualThread, work);
  }

  /** Runs {@code work} in a raw process, so that it may receive; returns what it returns. */
  static <T> T process(Callable<T> work) {
    return elsewhere(body -> Processes.spawn(body::run), work);
  }

  private static <T> T elsewhere(Executor starter, Callable<T> work) {
    var result = new CompletableFuture<T>();
    starter.execute(
        () -> {
          try {
            result.complete(work.call());
          } catch (Throwable e) {
            result.completeExceptionally(e);
          }
        });
    return result.join();
  }
}
