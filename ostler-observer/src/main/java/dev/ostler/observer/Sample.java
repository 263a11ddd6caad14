package dev.ostler.observer;

import dev.ostler.Inspection;
import dev.ostler.Pid;
import dev.ostler.ProcessInfo;
import dev.ostler.SchedulerLoad;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The whole system at a moment: figures that are read from all processes, and counts so far.
 * Immutable; any thread may use it.
 */
final class Sample {
  /** How many processes the lists have. */
  private static final int TOP = 10;

  /** Of so many busy processes it is asked what they do. */
  private static final int MOST_BUSY = 200;

  final Instant time = Instant.now();
  final long nanos = System.nanoTime();
  final long started = Inspection.started();
  final int processes;
  final long queued;
  final List<Waiting> longest;
  final @Nullable Running slowest;
  final Map<Happenings.Kind, Long> counts;
  final Duration cpu = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  final long memory = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();

  /** The calls lately; null if they are not measured. */
  final CallFigures.@Nullable Lately calls;

  final SchedulerLoad load = SchedulerLoad.now();

  /** How long it took to look. */
  final long tookNanos;

  /** A process with messages. */
  record Waiting(Pid pid, int queued) {}

  /** A process that runs a callback. */
  record Running(Pid pid, ProcessInfo.Callback callback) {}

  private Sample(
      Survey survey, Map<Happenings.Kind, Long> counts, CallFigures.@Nullable Lately calls) {
    this.calls = calls;
    this.processes = survey.processes;
    this.queued = survey.queued;
    this.longest = survey.longest();
    this.slowest = survey.slowest;
    this.counts = counts;
    this.tookNanos = System.nanoTime() - nanos;
  }

  /** Looks at all processes. */
  static Sample take(Happenings happenings, CallFigures calls) {
    var counts = new EnumMap<Happenings.Kind, Long>(Happenings.Kind.class);
    for (Happenings.Kind kind : Happenings.Kind.values()) {
      counts.put(kind, happenings.count(kind));
    }
    var survey = new Survey();
    Inspection.forEach(survey::see);
    return new Sample(survey, counts, calls.look());
  }

  long count(Happenings.Kind kind) {
    return Objects.requireNonNull(counts.get(kind));
  }

  /** One look at all processes. Used by one thread. */
  private static final class Survey {
    private final PriorityQueue<Waiting> top =
        new PriorityQueue<>(Comparator.comparingInt(Waiting::queued));
    private int processes;
    private long queued;
    private int busy;
    private @Nullable Running slowest;

    void see(Pid pid) {
      processes++;
      int waiting = Inspection.queued(pid);
      if (waiting > 0) {
        queued += waiting;
        if (top.size() < TOP || waiting > top.element().queued()) {
          top.add(new Waiting(pid, waiting));
          if (top.size() > TOP) {
            top.remove();
          }
        }
      }
      if (Inspection.isBusy(pid) && busy++ < MOST_BUSY) {
        Inspection.callback(pid).ifPresent(callback -> runs(pid, callback));
      }
    }

    private void runs(Pid pid, ProcessInfo.Callback callback) {
      if (slowest == null || callback.atLeast().compareTo(slowest.callback.atLeast()) > 0) {
        slowest = new Running(pid, callback);
      }
    }

    List<Waiting> longest() {
      var all = new ArrayList<Waiting>(top);
      all.sort(Comparator.comparingInt(Waiting::queued).reversed());
      return List.copyOf(all);
    }
  }
}
