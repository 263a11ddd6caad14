package dev.ostler;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs user code that makes texts for reports and messages ({@code toString}, {@code formatStatus})
 * on threads of its own and for a limited time.
 *
 * <p>Any thread may use it, and gets a result within {@value #PATIENCE_MILLIS} milliseconds. Code
 * that takes longer is interrupted and abandoned. If it does not end even then, it blocks its
 * thread. While all {@value #THREADS} threads are blocked, no such code runs.
 */
final class Scribe {
  /*
   * The states of one piece of work, under its lock:
   *
   *   WAITING -> RUNNING   its thread begins
   *   RUNNING -> DONE      its thread has the result
   *   WAITING -> LATE      the caller gave up: the work never begins
   *   RUNNING -> LATE      the caller gave up: the thread is interrupted, and counts as stuck until
   *                        the code ends
   */
  private static final int WAITING = 0;
  private static final int RUNNING = 1;
  private static final int DONE = 2;
  private static final int LATE = 3;

  static final long PATIENCE_MILLIS = 1_000;
  static final int THREADS = 4;

  /** Set only on the Scribe's own threads. */
  private static final ThreadLocal<@Nullable Boolean> INSIDE = new ThreadLocal<>();

  private static final AtomicInteger STUCK = new AtomicInteger();
  private static volatile @Nullable ThreadPoolExecutor pool;

  private Scribe() {}

  private static ThreadPoolExecutor pool() {
    ThreadPoolExecutor current = pool;
    return current != null ? current : start();
  }

  private static synchronized ThreadPoolExecutor start() {
    ThreadPoolExecutor current = pool;
    if (current == null) {
      current =
          new ThreadPoolExecutor(
              THREADS,
              THREADS,
              10,
              TimeUnit.SECONDS,
              new LinkedBlockingQueue<>(),
              task -> Threads.daemon("ostler-scribe", task));
      current.allowCoreThreadTimeOut(true);
      pool = current;
    }
    return current;
  }

  /** Ends the threads. False if they do not end within the time. Later work starts new ones. */
  static boolean end(long nanos) throws InterruptedException {
    ThreadPoolExecutor ended;
    synchronized (Scribe.class) {
      ended = pool;
      pool = null;
    }
    if (ended == null) {
      return true;
    }
    ended.shutdownNow();
    return ended.awaitTermination(nanos, TimeUnit.NANOSECONDS);
  }

  /**
   * The result of the code; null if it threw, or gave none within the time. Never throws.
   *
   * @param code must itself catch the exceptions that should become part of the text
   */
  static <T> @Nullable T ask(Supplier<? extends @Nullable T> code) {
    try {
      if (INSIDE.get() != null) {
        return code.get(); // its time is limited already
      }
      if (STUCK.get() >= THREADS) {
        return null;
      }
      ThreadPoolExecutor by = pool();
      var work = new Work<T>(code);
      by.execute(work);
      T made = work.await();
      if (made == null) {
        by.remove(work); // in case it never began
      }
      return made;
    } catch (Throwable failed) {
      return null;
    }
  }

  private static final class Work<T> implements Runnable {
    private final Supplier<? extends @Nullable T> code;
    private final CountDownLatch over = new CountDownLatch(1);

    // Guarded by this.
    private int state = WAITING;
    private @Nullable Thread thread;
    private @Nullable T result;

    Work(Supplier<? extends @Nullable T> code) {
      this.code = code;
    }

    @Override
    public void run() {
      if (!begin()) {
        return;
      }
      T made = null;
      try {
        INSIDE.set(true);
        made = code.get();
      } catch (Throwable failed) {
        // Then there is no result.
      } finally {
        end(made);
        over.countDown();
      }
    }

    private synchronized boolean begin() {
      if (state != WAITING) {
        return false;
      }
      state = RUNNING;
      thread = Thread.currentThread();
      return true;
    }

    private synchronized void end(@Nullable T made) {
      if (state == LATE) {
        STUCK.decrementAndGet();
      } else {
        state = DONE;
        result = made;
      }
      Thread.interrupted(); // no interrupt for this work reaches the next
    }

    @Nullable T await() {
      boolean interrupted = false;
      long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
      boolean more = true;
      while (more) {
        try {
          var _ = over.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
          more = false;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      T made = conclude();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      return made;
    }

    private synchronized @Nullable T conclude() {
      if (state == DONE) {
        return result;
      }
      if (state == RUNNING && thread != null) {
        STUCK.incrementAndGet();
        thread.interrupt();
      }
      state = LATE;
      return null;
    }
  }
}
