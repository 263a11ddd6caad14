package dev.ostler.kv.journal;

import dev.ostler.kv.KvException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A position that only increases, and that threads can wait for. It may fail: then it stays where
 * it is, and all waiters get the cause.
 *
 * <p>One thread moves it; any thread may wait.
 */
public final class Mark {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /** How long to wait for memory before a waiter is told again. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** How often a waiter is told that finds no memory. */
  private static final int ATTEMPTS = 1000;

  /** A waiter for a position. Waiters for the same position are ordered by arrival. */
  private record Waiter(long position, long number, Consumer<@Nullable KvException> told)
      implements Comparable<Waiter> {
    @Override
    public int compareTo(Waiter other) {
      int order = Long.compare(position, other.position);
      return order != 0 ? order : Long.compare(number, other.number);
    }
  }

  // Written under this object's lock.
  private volatile long reached;
  private @Nullable KvException failure;
  private final PriorityQueue<Waiter> waiters = new PriorityQueue<>();
  private long number; // of waiters, ever
  private boolean telling; // the thread that moves the mark is telling waiters

  /** A mark that has reached every position. */
  static Mark atTheEnd() {
    var mark = new Mark();
    mark.reached = Long.MAX_VALUE;
    return mark;
  }

  /** Whether the mark has reached this position. */
  public boolean hasReached(long position) {
    return position <= reached;
  }

  /** The position it has reached. */
  long reached() {
    return reached;
  }

  /**
   * Moves the mark, and tells the waiters it has reached: on this thread, earlier positions first.
   */
  void reach(long position) {
    synchronized (this) {
      reached = position;
    }
    tell();
  }

  /** Stops the mark for good, and tells all waiters why, also later ones. */
  void fail(KvException why) {
    synchronized (this) {
      failure = why;
    }
    tell();
  }

  /** Tells one waiter after the other. This needs no memory, so no waiter is forgotten. */
  private void tell() {
    while (true) {
      Waiter next = null;
      KvException why;
      long upTo;
      synchronized (this) {
        if (!waiters.isEmpty() && isKnown(waiters.peek().position)) {
          next = waiters.remove();
        }
        telling = next != null;
        why = failure;
        upTo = reached;
      }
      if (next == null) {
        return;
      }
      tell(next, next.position <= upTo ? null : why);
    }
  }

  /** Tells a waiter. If it finds no memory, it is told again: otherwise it would wait forever. */
  private static void tell(Waiter waiter, @Nullable KvException why) {
    for (int attempt = 1; ; attempt++) {
      try {
        waiter.told.accept(why);
        return;
      } catch (OutOfMemoryError e) {
        if (attempt == ATTEMPTS) {
          return;
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      } catch (RuntimeException | Error e) { // the other waiters are told all the same
        LOG.log(Level.ERROR, "a waiter for a position of the journal failed when it was told", e);
        return;
      }
    }
  }

  private boolean isKnown(long position) {
    return hasReached(position) || failure != null;
  }

  /**
   * Tells whether the mark reaches this position, once known: null, or why it never will. If that
   * is known, it is told at once, otherwise on the thread that moves the mark. Waiters for earlier
   * positions are told first.
   *
   * @param told must not wait
   */
  public void whenKnown(long position, Consumer<@Nullable KvException> told) {
    KvException why;
    synchronized (this) {
      if (telling || !isKnown(position)) {
        waiters.add(new Waiter(position, number++, told));
        return;
      }
      why = hasReached(position) ? null : failure;
    }
    told.accept(why);
  }

  /** As {@link #whenKnown}, but runs something only if the mark reaches this position. */
  public void whenReached(long position, Runnable then) {
    whenKnown(
        position,
        why -> {
          if (why == null) {
            then.run();
          }
        });
  }

  /**
   * Waits until the mark has reached this position.
   *
   * @throws KvException.NotKept if it never will
   */
  void await(long position) {
    if (hasReached(position)) {
      return;
    }
    var told = new CompletableFuture<@Nullable KvException>();
    whenKnown(position, told::complete);
    KvException why = told.join();
    if (why != null) {
      throw new KvException.NotKept(why);
    }
  }
}
