package dev.ostler.observer;

import dev.ostler.Distribution;
import dev.ostler.Metrics;
import dev.ostler.MetricsSnapshot;
import dev.ostler.ProcessMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How many calls there are, and how long they took lately. It measures only while somebody looks.
 * Any thread may use it.
 */
final class CallFigures {
  private static final long TURN_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final int TOP = 10;

  // Under this object's lock.
  private @Nullable Metrics metrics;
  private MetricsSnapshot older = nothing();
  private MetricsSnapshot newer = older;
  private long turnedAt;

  private static MetricsSnapshot nothing() {
    try (var closed = Metrics.open()) {
      return closed.snapshot();
    }
  }

  /**
   * The calls of the last 5 to 10 seconds.
   *
   * @param count of all calls since it was last switched on
   * @param times how long they took
   * @param slowest the labels whose calls took longest
   */
  record Lately(long count, Distribution times, List<Slow> slowest) {
    double p50() {
      return ProcessRows.seconds(times.percentile(0.5));
    }

    double p99() {
      return ProcessRows.seconds(times.percentile(0.99));
    }

    double max() {
      return ProcessRows.seconds(times.max());
    }
  }

  /** The longest call of servers with a label. */
  record Slow(String label, Duration longest) {}

  /** Measures from now on, or no longer. */
  synchronized void measure(boolean on) {
    if (on && metrics == null) {
      metrics = Metrics.open();
      older = metrics.snapshot();
      newer = older;
      turnedAt = System.nanoTime();
    } else if (!on && metrics != null) {
      metrics.close();
      metrics = null;
    }
  }

  /** What it has measured; null if it does not measure. */
  synchronized @Nullable Lately look() {
    if (metrics == null) {
      return null;
    }
    MetricsSnapshot now = metrics.snapshot();
    MetricsSnapshot lately = now.minus(older);
    turn(now);
    var slow = new ArrayList<Slow>();
    lately
        .byLabel()
        .forEach(
            (label, measured) -> {
              if (measured.callTimes().count() > 0) {
                slow.add(new Slow(label, measured.callTimes().max()));
              }
            });
    slow.sort(Comparator.comparing(Slow::longest).reversed());
    return new Lately(
        now.total().calls(),
        lately.total().callTimes(),
        List.copyOf(slow.subList(0, Math.min(TOP, slow.size()))));
  }

  // Under this object's lock.
  private void turn(MetricsSnapshot now) {
    if (System.nanoTime() - turnedAt > TURN_NANOS) {
      older = newer;
      newer = now;
      turnedAt = System.nanoTime();
    }
  }

  /** Everything that was measured lately, by label. */
  synchronized List<Object> byLabel() {
    var rows = new ArrayList<Object>();
    if (metrics != null) {
      metrics.snapshot().minus(older).byLabel().forEach((label, of) -> rows.add(row(label, of)));
    }
    return rows;
  }

  private static Map<String, Object> row(String label, ProcessMetrics of) {
    return Json.object(
        "label",
        label,
        "started",
        of.started(),
        "ended",
        of.ended(),
        "crashed",
        of.ended(ProcessMetrics.Ending.CRASH),
        "restarts",
        of.restarts(),
        "calls",
        of.calls(),
        "timeouts",
        of.timeouts(),
        "call_p50",
        ProcessRows.seconds(of.callTimes().percentile(0.5)),
        "call_p99",
        ProcessRows.seconds(of.callTimes().percentile(0.99)),
        "call_max",
        ProcessRows.seconds(of.callTimes().max()),
        "wait_p99",
        ProcessRows.seconds(of.waits().percentile(0.99)),
        "callbacks",
        of.callbacks(),
        "callback_p99",
        ProcessRows.seconds(of.callbackTimes().percentile(0.99)),
        "dead_letters",
        of.deadLetters());
  }
}
