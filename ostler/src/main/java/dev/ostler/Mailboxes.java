package dev.ostler;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How many messages wait in the mailboxes of all processes: asked for now, by {@link #now}.
 *
 * @param total of all processes
 * @param byLabel of the processes with each label, as in {@link MetricsSnapshot#byLabel}
 */
public record Mailboxes(Depth total, Map<String, Depth> byLabel) {

  /**
   * The mailboxes of some processes.
   *
   * @param processes how many processes
   * @param queued how many messages wait for them altogether
   * @param longest how many wait for the one that has most
   * @param longestOf the process that has most; empty if no message waits
   */
  public record Depth(int processes, long queued, int longest, Optional<Pid> longestOf) {}

  /** Looks at all processes: that takes time for each, and interrupts none. */
  public static Mailboxes now() {
    var total = new Sum();
    var sums = new HashMap<String, Sum>();
    for (int i = 0; i < ProcessTable.PARTS; i++) {
      for (Proc each : ProcessTable.part(i)) {
        if (!each.isClosed()) {
          int queued = each.backlog();
          total.add(each, queued);
          sums.computeIfAbsent(label(each, sums), _ -> new Sum()).add(each, queued);
        }
      }
    }
    var depths = new TreeMap<String, Depth>();
    sums.forEach((label, sum) -> depths.put(label, sum.depth()));
    return new Mailboxes(total.depth(), Collections.unmodifiableMap(depths));
  }

  private static String label(Proc process, Map<String, Sum> known) {
    String label = process.defaultLabel();
    return known.size() < Meters.MOST || known.containsKey(label) ? label : Meters.OTHER;
  }

  private static final class Sum {
    private int processes;
    private long queued;
    private int longest;
    private @Nullable Pid longestOf;

    void add(Proc process, int more) {
      processes++;
      queued += more;
      if (more > longest) {
        longest = more;
        longestOf = process;
      }
    }

    Depth depth() {
      return new Depth(processes, queued, longest, Optional.ofNullable(longestOf));
    }
  }
}
