package dev.ostler;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** What was measured within some time; see {@link Metrics#snapshot}. Immutable. */
public final class MetricsSnapshot {
  private final Duration time;
  private final Map<String, long[]> values;

  MetricsSnapshot(Duration time, Map<String, long[]> values) {
    this.time = time;
    this.values = values;
  }

  /** How long it was measured. */
  public Duration time() {
    return time;
  }

  /**
   * The figures of each label, in order. The label is the one that the processes were started with.
   * There are about 200 at most; all others are {@code other}, and messages and calls to a name
   * that no process has are {@code nobody}.
   */
  public Map<String, ProcessMetrics> byLabel() {
    var all = new TreeMap<String, ProcessMetrics>();
    values.forEach((label, each) -> all.put(label, new ProcessMetrics(each)));
    return Collections.unmodifiableMap(all);
  }

  /** The figures of all processes together. */
  public ProcessMetrics total() {
    long[] sum = new long[Meter.SIZE];
    for (long[] each : values.values()) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += each[i];
      }
    }
    return new ProcessMetrics(sum);
  }

  /** What was measured since an earlier snapshot of the same {@link Metrics}. */
  public MetricsSnapshot minus(MetricsSnapshot earlier) {
    return new MetricsSnapshot(time.minus(earlier.time), minus(earlier.values));
  }

  private Map<String, long[]> minus(Map<String, long[]> earlier) {
    var rest = new HashMap<String, long[]>();
    values.forEach(
        (label, now) -> {
          long[] before = earlier.getOrDefault(label, new long[Meter.SIZE]);
          long[] since = now.clone();
          Arrays.setAll(since, i -> now[i] - before[i]);
          if (Arrays.stream(since).anyMatch(each -> each != 0)) {
            rest.put(label, since);
          }
        });
    return rest;
  }
}
