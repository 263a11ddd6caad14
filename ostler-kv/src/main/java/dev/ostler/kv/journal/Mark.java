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
 * How far something has come that only goes on, until perhaps it fails; others wait for it. Any
 * thread may wait; one moves it on.
 */
public final class Mark {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /** How long to wait for memory before somebody is told again, and how often to try. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private static final int ATTEMPTS = 1000;

  /** Who waits until a position is reached; of the same position, who came first is first. */
  private record Waiter(long position, long number, Consumer<@Nullable KvException> told)
      implements Comparable<Waiter> {
    @Override
    public int compareTo(Waiter other) {
      int order = Long.compare(position, other.position);
      return order != 0 ? order : Long.compare(number, other.number);
    }
  }

  // All of them changed under this object's lock.
  private volatile long reached;
  private @Nullable KvException failure;
  private final PriorityQueue<Waiter> waiters = new PriorityQueue<>();
  private long number; // of waiters so far
  private boolean telling; // the thread that moves it tells one after the other

  /** Whether this position is reached. */
  public boolean has(long position) {
    return position <= reached;
  }

  /** How far it has come. */
  long reached() {
    return reached;
  }

  /** It has come so far: whoever waits for that is told, on this thread, the earlier first. */
  void reach(long position) {
    synchronized (this) {
      reached = position;
    }
    tell();
  }

  /** It will not come any further: whoever waits is told why, and whoever would. */
  void fail(KvException why) {
    synchronized (this) {
      failure = why;
    }
    tell();
  }

  /** Tells one after the other; needs no memory, so that nobody who waits is forgotten. */
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

  /** Whoever finds no memory when told is told again: else it would wait for ever. */
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
      } catch (RuntimeException | Error e) { // no reason to keep it from others, nor to stop
        LOG.log(Level.ERROR, "who waited for a change to be kept failed when told", e);
        return;
      }
    }
  }

  private boolean isKnown(long position) {
    return has(position) || failure != null;
  }

  /**
   * Tells when this position is reached: with null, or with why it never will be. At once if that
   * is known, else on the thread that moves the mark; must not wait. Who asks for a later position
   * is not told before who has asked for an earlier one.
   */
  public void whenReached(long position, Consumer<@Nullable KvException> told) {
    KvException why;
    synchronized (this) {
      if (telling || !isKnown(position)) {
        waiters.add(new Waiter(position, number++, told));
        return;
      }
      why = has(position) ? null : failure;
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
