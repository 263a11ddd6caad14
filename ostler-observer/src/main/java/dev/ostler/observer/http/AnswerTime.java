package dev.ostler.observer.http;

import com.sun.net.httpserver.HttpHandler;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How long the answer to a request may take, so that clients that do not read hold no threads.
 *
 * <p>The thread of a request uses it. If its time is over, the thread is interrupted. A thread that
 * writes to a socket then gets an exception, and the connection is closed. One thread watches all
 * the others, as long as there are any.
 */
public final class AnswerTime {
  /** How long an answer may take unless its request says otherwise. */
  static final Duration USUAL = Duration.ofSeconds(30);

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** When the time of a thread is over. */
  private static final Map<Thread, Long> ENDS = new ConcurrentHashMap<>();

  private static boolean watched; // under the lock of the class

  private AnswerTime() {}

  /** The handler, whose requests take so long at most unless they say otherwise. */
  static HttpHandler limited(HttpHandler handler, Duration usual) {
    return exchange -> {
      within(usual.toNanos());
      try {
        handler.handle(exchange);
      } finally {
        unlimited();
      }
    };
  }

  /** The current thread is interrupted unless it says something else within this time. */
  public static void within(long nanos) {
    ENDS.put(Thread.currentThread(), System.nanoTime() + nanos);
    watch();
  }

  /** The current thread may take as long as it wants, from now on. */
  public static void unlimited() {
    ENDS.remove(Thread.currentThread());
  }

  private static synchronized void watch() {
    if (!watched) {
      Thread.ofPlatform().daemon().name("ostler observer clock").start(AnswerTime::look);
      watched = true;
    }
  }

  private static void look() {
    do {
      LockSupport.parkNanos(LOOK_NANOS);
      long now = System.nanoTime();
      ENDS.forEach(
          (thread, end) -> {
            if (now - end > 0 && ENDS.remove(thread, end)) {
              thread.interrupt();
            }
          });
    } while (!isOver());
  }

  private static synchronized boolean isOver() {
    if (ENDS.isEmpty()) {
      watched = false;
    }
    return !watched;
  }
}
