package dev.ostler.kv.server.resp;

/**
 * How much of something there is in a second, as INFO tells it: over the time since it was last
 * asked, if that is a second or more, as agents ask that come every few seconds. Any thread.
 */
final class Rates {
  private static final double NANOS = 1e9;

  /** Counts that only grow, at a moment. */
  record Sample(long nanos, long commands, long bytesIn, long bytesOut) {}

  /** What there was in a second. */
  record PerSecond(double commands, double bytesIn, double bytesOut) {}

  private Sample last;
  private PerSecond found = new PerSecond(0, 0, 0);

  Rates(Sample first) {
    last = first;
  }

  /** What came since the sample before, or, if that is too near, what was told then. */
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

  /** Counts that begin anew make no rate. */
  private static double perSecond(long count, double seconds) {
    return Math.max(0, count) / seconds;
  }
}
