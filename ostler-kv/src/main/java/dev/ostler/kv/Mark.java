package dev.ostler.kv;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How far something has come that only goes on, until perhaps it fails; others wait for it. Any
 * thread may wait; one moves it on.
 */
final class Mark {
  /** Who waits until a position is reached. */
  private record Waiter(long position, Consumer<@Nullable KvException> told)
      implements Comparable<Waiter> {
    @Override
    public int compareTo(Waiter other) {
      return Long.compare(position, other.position);
    }
  }

  // All of them changed under this object's lock.
  private volatile long reached;
  private @Nullable KvException failure;
  private final PriorityQueue<Waiter> waiters = new PriorityQueue<>();

  /** Whether this position is reached. */
  boolean has(long position) {
    return position <= reached;
  }

  /** It has come so far: whoever waits for that is told, on this thread, the earlier first. */
  void reach(long position) {
    var told = new ArrayList<Waiter>();
    synchronized (this) {
      reached = position;
      for (Waiter first = waiters.peek();
          first != null && first.position <= position;
          first = waiters.peek()) {
        told.add(waiters.remove());
      }
    }
    told.forEach(waiter -> waiter.told.accept(null));
  }

  /** It will not come any further: whoever waits is told why, and whoever would. */
  void fail(KvException why) {
    List<Waiter> told;
    synchronized (this) {
      failure = why;
      told = List.copyOf(waiters);
      waiters.clear();
    }
    told.forEach(waiter -> waiter.told.accept(why));
  }

  /**
   * Tells when this position is reached: with null, or with why it never will be. At once if that
   * is known, else on the thread that moves the mark; must not wait.
   */
  void whenReached(long position, Consumer<@Nullable KvException> told) {
    KvException why;
    synchronized (this) {
      if (position > reached && failure == null) {
        waiters.add(new Waiter(position, told));
        return;
      }
      why = position <= reached ? null : failure;
    }
    told.accept(why);
  }

  /**
   * Waits until this position is reached.
   *
   * @throws KvException.NotKept if it never will be
   */
  void await(long position) {
    if (has(position)) {
      return;
    }
    var told = new CompletableFuture<@Nullable KvException>();
    whenReached(position, told::complete);
    KvException why = told.join();
    if (why != null) {
      throw new KvException.NotKept(why);
    }
  }
}
