package dev.ostler.kv.server.bench;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** When one client sends, and from when its latencies count. Used by the client's thread. */
abstract sealed class Pace {
  /**
   * When a round begins to send, when it begins to measure, and when it ends. All times are of
   * {@link Ticker#nanoTime}.
   */
  record Span(long begin, long measured, long end) {
    boolean isMeasured(long time) {
      return time - measured >= 0;
    }
  }

  /** There is no such time. */
  static final long NONE = Long.MIN_VALUE;

  protected final Span span;
  protected final Ticker ticker;
  private long left; // how many measured requests there are to send

  private Pace(Span span, long requests, Ticker ticker) {
    this.span = span;
    this.left = requests;
    this.ticker = ticker;
  }

  /**
   * Waits until there is something to send.
   *
   * @param times gets the time from which the latency of each request counts
   * @return how many requests to send now; 0 if this was all
   */
  abstract int next(long[] times);

  /**
   * The time of a request that was due before the end, and was not sent, because the client waited
   * for earlier replies; {@link #NONE} if there is no more of them.
   */
  abstract long nextUnsent();

  final Span span() {
    return span;
  }

  /** Whether no request that counts from this time is to be sent. */
  final boolean isOver(long time) {
    return time - span.end() >= 0 || left == 0;
  }

  /** Takes a request that counts from this time, if it is one to send. */
  final boolean take(long time) {
    if (isOver(time)) {
      return false;
    }
    if (span.isMeasured(time)) {
      left--;
    }
    return true;
  }

  /** Sends as soon as all earlier replies are there. The latencies are those of a closed loop. */
  static final class Unlimited extends Pace {
    Unlimited(Span span, long requests, Ticker ticker) {
      super(span, requests, ticker);
    }

    @Override
    int next(long[] times) {
      long now = ticker.nanoTime();
      int count = 0;
      while (count < times.length && take(now)) {
        count++;
      }
      Arrays.fill(times, 0, count, now);
      return count;
    }

    @Override
    long nextUnsent() {
      return NONE;
    }
  }

  /**
   * Has a time for each request, which does not depend on the server. If the client still waits for
   * replies then, the request is sent later, and its latency counts from the time it had.
   */
  static final class Fixed extends Pace {
    /** What is due shortly before the end may be sent shortly after it. */
    private static final long NANOS_TO_CATCH_UP = TimeUnit.MILLISECONDS.toNanos(100);

    private final double interval;
    private final double offset;
    private long taken;

    /**
     * The pace of one of many clients, who send in turn.
     *
     * @param rate the requests a second of all clients
     */
    Fixed(Span span, long requests, Ticker ticker, double rate, int client, int clients) {
      super(span, requests, ticker);
      this.interval = 1e9 * clients / rate;
      this.offset = 1e9 * client / rate;
    }

    private long time() {
      return span.begin() + (long) (offset + taken * interval);
    }

    @Override
    int next(long[] times) {
      if (isOver(time()) || ticker.nanoTime() - span.end() >= NANOS_TO_CATCH_UP) {
        return 0;
      }
      ticker.awaitNanoTime(time());
      long now = ticker.nanoTime();
      int count = 0;
      while (count < times.length && time() - now <= 0 && take(time())) {
        times[count++] = time();
        taken++;
      }
      return count;
    }

    @Override
    long nextUnsent() {
      long time = time();
      if (!take(time)) {
        return NONE;
      }
      taken++;
      return time;
    }
  }
}
