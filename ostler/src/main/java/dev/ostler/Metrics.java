package dev.ostler;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A measurement of all processes of this JVM, from when it is opened until it is closed: how many
 * start and end, how many calls there are and how long they take, how long messages wait.
 *
 * <p>Any thread may open, read and close one, and there may be several at a time. While there is
 * none, a call and a callback cost one read more. What is measured does not depend on who reads it:
 * a {@linkplain #snapshot() snapshot} resets nothing, and waits for no process.
 *
 * <pre>{@code
 * try (var metrics = Metrics.open()) {
 *   var before = metrics.snapshot();
 *   // what is to be measured
 *   var since = metrics.snapshot().minus(before);
 *   since.total().callTimes().percentile(0.99);
 * }
 * }</pre>
 */
public final class Metrics implements AutoCloseable {
  private final Meters meters;
  private final boolean timesAll;
  private final long opened = System.nanoTime();
  private final MetricsSnapshot base;

  /** The last snapshot, once it is closed; under the lock. */
  private @Nullable MetricsSnapshot last;

  private Metrics(boolean timesAll) {
    this.timesAll = timesAll;
    this.meters = Observation.measure(timesAll);
    this.base = new MetricsSnapshot(Duration.ZERO, meters.read());
  }

  /** Opens a measurement that times about one in sixteen of the calls and callbacks. */
  public static Metrics open() {
    return new Metrics(false);
  }

  /**
   * Opens a measurement that times every call and callback, for programs that make few, or for a
   * short time. While it is open, the others time all of them, too.
   */
  public static Metrics openTimingAll() {
    return new Metrics(true);
  }

  /** What was measured since this was opened, and until now or until it was closed. */
  public synchronized MetricsSnapshot snapshot() {
    return last == null ? read() : last;
  }

  private MetricsSnapshot read() {
    Map<String, long[]> now = meters.read();
    return new MetricsSnapshot(Duration.ofNanos(System.nanoTime() - opened), now).minus(base);
  }

  /** Ends the measurement. The last snapshot can still be read. */
  @Override
  public synchronized void close() {
    if (last == null) {
      last = read();
      Observation.endMeasure(timesAll);
    }
  }
}
