package dev.ostler;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The figures of all processes, by label, while somebody measures. Any thread may use it.
 *
 * <p>The label is the one that a process was started with. Names, and what a process calls itself
 * later, may be very many. After {@value #MOST} labels all others share one.
 */
final class Meters {
  static final int MOST = 200;

  /** The label of those that come too late to have their own. */
  static final String OTHER = "other";

  private final ConcurrentHashMap<String, Meter> all = new ConcurrentHashMap<>();
  private final Meter other = new Meter();
  private volatile boolean isFull;

  /** The figures to which a process adds. */
  Meter of(Proc process) {
    return of(process.defaultLabel());
  }

  /** The figures of a label. */
  Meter of(String label) {
    Meter known = all.get(label);
    return known != null ? known : make(label);
  }

  private Meter make(String label) {
    try {
      return isFull || label.equals(OTHER) ? other : add(label);
    } catch (OutOfMemoryError e) {
      return other; // whoever is measured must not fail because of it
    }
  }

  private synchronized Meter add(String label) {
    if (all.size() >= MOST) {
      isFull = true;
      return other;
    }
    return all.computeIfAbsent(label, _ -> new Meter());
  }

  /** All figures now. */
  Map<String, long[]> read() {
    var read = new HashMap<String, long[]>();
    all.forEach((label, meter) -> read.put(label, meter.read()));
    long[] rest = other.read();
    if (Arrays.stream(rest).anyMatch(each -> each != 0)) {
      read.put(OTHER, rest);
    }
    return read;
  }
}
