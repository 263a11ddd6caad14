package dev.ostler.kv.server.resp;

/**
 * Rates per second for INFO, measured since the previous query. If that was less than a second ago,
 * the previous rates hold. Any thread may use it.
 */
final class Rates {
  private static final double NANOS = 1e9;

  /** Counters that only grow, at a moment. */
  record Sample(long nanos, long commands, long bytesIn, long bytesOut) {}

  /** Rates per second. */
  record PerSecond(double commands, double bytesIn, double bytesOut) {}

  private Sample last;
  private PerSecond found = new PerSecond(0, 0, 0);

  Rates(Sample first) {
    last = first;
  }

  /** The rates since the previous sample, or the previous rates if that sample is too recent. */
  synchronized PerSecond until(Sample now) {
    double seconds = (now.nanos - last.nanos) / NANOS;
    if (seconds >= 1) {
      found =
          new PerSecond(
              perSecond(now.commands - last.commands, seconds),
              perSecond(now.bytesIn - last.bytesIn, seconds),
              perSecond(now.bytesOut - last.bytesOut, seconds));
      last = now;
    }
    return found;
  }

  /** The rate of a counter; 0 if the counter was reset. */
  private static double perSecond(long count, double seconds) {
    return Math.max(0, count) / seconds;
  }
}
