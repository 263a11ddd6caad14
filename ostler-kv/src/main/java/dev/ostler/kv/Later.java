package dev.ostler.kv;

import dev.ostler.kv.journal.Gate;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * The operations of one {@link TypedBucket#async}, which do not wait until they are durable. Used
 * by the thread that makes them, and only until they are made.
 */
final class Later {
  private final Gate seen;
  private final Thread owner = Thread.currentThread();
  private boolean over;

  private Later(Gate seen) {
    this.seen = seen;
  }

  /** Makes an operation, and notes the change that its result depends on. */
  <R> R made(Function<Gate, R> operation) {
    if (over || Thread.currentThread() != owner) {
      throw new IllegalStateException(
          "the bucket that async passes is used by the function that gets it, and not later");
    }
    return operation.apply(seen);
  }

  /**
   * Calls a function. The future is complete once all that its operations depend on is durable.
   *
   * @param seen an open gate
   */
  static <R> CompletableFuture<R> of(Gate seen, Function<Later, R> work) {
    var later = new Later(seen);
    R result;
    try {
      result = work.apply(later);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    } finally {
      later.over = true;
    }
    if (seen.isOpen()) {
      return CompletableFuture.completedFuture(result);
    }
    var future = new CompletableFuture<R>();
    // The journal's thread tells: what users do next must not run on it.
    seen.whenOpen(
        why ->
            Thread.startVirtualThread(
                () -> {
                  if (why == null) {
                    future.complete(result);
                  } else {
                    future.completeExceptionally(why);
                  }
                }));
    return future;
  }
}
