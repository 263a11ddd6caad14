package dev.ostler.observer;

import dev.ostler.Inspection;
import dev.ostler.Pid;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What processes were like when somebody looked, so that the next look can tell what has grown. The
 * last 8 looks are kept, counted from when they were last compared with. Any thread may use it.
 *
 * <p>A look has only the processes that have something to tell, since most have empty mailboxes.
 */
final class Looks {
  private static final int MOST = 8;

  /** Of all looks together, so that they take at most 50 MB. */
  private static final int MOST_ENTRIES = 2_000_000;

  private final LinkedHashMap<String, Look> kept = new LinkedHashMap<>(16, 0.75f, true);
  private long number;

  /** What one process was like. */
  record Values(long queued, long handled, long restarts) {
    static final Values NONE = new Values(0, 0, 0);

    static Values of(Pid pid) {
      return new Values(
          Inspection.queued(pid), Inspection.handled(pid).orElse(0L), Inspection.restarts(pid));
    }

    boolean isNone() {
      return queued == 0 && handled == 0 && restarts == 0;
    }

    Values minus(Values earlier) {
      return new Values(
          queued - earlier.queued, handled - earlier.handled, restarts - earlier.restarts);
    }
  }

  /** A look: the values of processes, by their numbers. Immutable once it is sorted. */
  static final class Look {
    private static final int COLUMNS = 4;

    final Instant taken = Instant.now();
    private long[] entries = new long[64 * COLUMNS]; // number, queued, handled, restarts
    private int size;

    void add(Pid pid, Values values) {
      if (values.isNone() || size >= MOST_ENTRIES) {
        return;
      }
      int at = size * COLUMNS;
      if (at == entries.length) {
        entries = Arrays.copyOf(entries, 2 * entries.length);
      }
      entries[at] = pid.id();
      entries[at + 1] = values.queued;
      entries[at + 2] = values.handled;
      entries[at + 3] = values.restarts;
      size++;
    }

    /** Orders the entries by number, so that they can be found. */
    private void sort() {
      long[] order = new long[size];
      Integer[] places = new Integer[0];
      for (int i = 0; i < size; i++) {
        order[i] = entries[i * COLUMNS];
      }
      boolean sorted = true;
      for (int i = 1; i < size && sorted; i++) {
        sorted = order[i - 1] < order[i];
      }
      if (!sorted) {
        places = new Integer[size];
        Arrays.setAll(places, i -> i);
        Arrays.sort(places, (a, b) -> Long.compare(order[a], order[b]));
      }
      long[] packed = new long[size * COLUMNS];
      for (int i = 0; i < size; i++) {
        int from = sorted ? i : places[i];
        System.arraycopy(entries, from * COLUMNS, packed, i * COLUMNS, COLUMNS);
      }
      entries = packed;
    }

    Values of(Pid pid) {
      int low = 0;
      int high = size - 1;
      while (low <= high) {
        int middle = (low + high) >>> 1;
        long id = entries[middle * COLUMNS];
        if (id == pid.id()) {
          int at = middle * COLUMNS;
          return new Values(entries[at + 1], entries[at + 2], entries[at + 3]);
        }
        if (id < pid.id()) {
          low = middle + 1;
        } else {
          high = middle - 1;
        }
      }
      return Values.NONE;
    }
  }

  /** Keeps a look; gives its name. */
  synchronized String keep(Look look) {
    look.sort();
    String name = "L" + ++number;
    kept.put(name, look);
    int entries = kept.values().stream().mapToInt(each -> each.size).sum();
    var eldest = kept.entrySet().iterator();
    while (kept.size() > 1 && (kept.size() > MOST || entries > MOST_ENTRIES)) {
      entries -= eldest.next().getValue().size;
      eldest.remove();
    }
    return name;
  }

  /**
   * The look of this name.
   *
   * @throws Refusal if it is not kept
   */
  synchronized Look find(String name) {
    Look look = kept.get(name);
    if (look == null) {
      throw Refusal.bad(
          "since: expected a look that is kept, one of "
              + kept.keySet()
              + ", and found another one or an older one");
    }
    return look;
  }

  /** The last one that was taken, with its name. */
  synchronized Optional<String> latest() {
    String name = "L" + number;
    return kept.containsKey(name) ? Optional.of(name) : Optional.empty();
  }

  /** For tests: those that are kept. */
  synchronized Map<String, Look> kept() {
    return Map.copyOf(kept);
  }
}
