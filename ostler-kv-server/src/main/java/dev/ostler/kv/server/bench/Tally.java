package dev.ostler.kv.server.bench;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** What all clients of one round counted. Any thread may use it, except where it says otherwise. */
final class Tally {
  /** Longer latencies count as this one. */
  private static final long LONGEST = TimeUnit.HOURS.toNanos(1);

  private static final int DIGITS = 3;
  private static final int MOST_COMPLAINTS = 20;

  private final Map<Kind, Counted> counted;
  private final Recorder late = new Recorder(1, LONGEST, DIGITS);
  private final LongAdder unanswered = new LongAdder();
  private final LongAdder lostClients = new LongAdder();
  private final Map<String, LongAdder> complaints = new ConcurrentHashMap<>();
  private final AtomicLong lastArrival = new AtomicLong(Long.MIN_VALUE);

  Tally(Mix mix) {
    this.counted = new EnumMap<>(Kind.class);
    mix.kinds().forEach(kind -> counted.put(kind, new Counted()));
  }

  private static final class Counted {
    final Recorder latencies = new Recorder(1, LONGEST, DIGITS);
    final Recorder waits = new Recorder(1, LONGEST, DIGITS); // of requests that were not sent
    final LongAdder missing = new LongAdder();
    final LongAdder errors = new LongAdder();
    final Histogram all = new Histogram(1, LONGEST, DIGITS); // used by the thread that samples
  }

  /** An empty histogram of latencies, in nanoseconds. */
  static Histogram empty() {
    return new Histogram(1, LONGEST, DIGITS);
  }

  private Counted of(Kind kind) {
    Counted found = counted.get(kind);
    if (found == null) {
      throw new IllegalArgumentException(kind + " is not in the mix");
    }
    return found;
  }

  /** Counts a value or a nil. */
  void answered(Kind kind, boolean isNil, long nanos) {
    Counted counts = of(kind);
    counts.latencies.recordValue(Math.clamp(nanos, 1, LONGEST));
    if (isNil) {
      counts.missing.increment();
    }
  }

  /** Counts an error reply. Its latency is not recorded. */
  void refused(Kind kind, String error) {
    of(kind).errors.increment();
    complain(error);
  }

  /** Counts a request that was not sent before the end, because the server was too slow. */
  void unsent(Kind kind, long waitedNanos) {
    of(kind).waits.recordValue(Math.clamp(waitedNanos, 1, LONGEST));
  }

  /** Counts a client whose connection failed, and its requests without a reply. */
  void lost(int requests, String why) {
    lostClients.increment();
    unanswered.add(requests);
    complain(why);
  }

  /** Counts how much later than possible a client sent its requests. */
  void late(long nanos) {
    late.recordValue(Math.clamp(nanos, 1, LONGEST));
  }

  /** Notes that a measured reply arrived at this time. */
  void arrived(long time) {
    lastArrival.accumulateAndGet(time, Math::max);
  }

  private void complain(String what) {
    boolean isFull = complaints.size() >= MOST_COMPLAINTS && !complaints.containsKey(what);
    complaints.computeIfAbsent(isFull ? "others" : what, each -> new LongAdder()).increment();
  }

  long errors() {
    return counted.values().stream().mapToLong(each -> each.errors.sum()).sum();
  }

  /** The latencies of all commands since the last sample. Used by one thread at a time. */
  Histogram sample() {
    Histogram sum = empty();
    for (Counted counts : counted.values()) {
      Histogram recent = counts.latencies.getIntervalHistogram();
      counts.all.add(recent);
      sum.add(recent);
    }
    return sum;
  }

  /** Everything until now. Used once, by the thread that samples. */
  Round round(long measured, List<Round.Second> seconds) {
    sample();
    var commands = new EnumMap<Kind, Round.Command>(Kind.class);
    counted.forEach(
        (kind, counts) -> {
          Histogram waits = counts.waits.getIntervalHistogram();
          counts.all.add(waits);
          commands.put(
              kind,
              new Round.Command(
                  counts.all, waits.getTotalCount(), counts.missing.sum(), counts.errors.sum()));
        });
    var texts = new TreeMap<String, Long>();
    complaints.forEach((text, count) -> texts.put(text, count.sum()));
    long nanos = lastArrival.get() == Long.MIN_VALUE ? 0 : lastArrival.get() - measured;
    return new Round(
        commands,
        nanos,
        unanswered.sum(),
        lostClients.sum(),
        texts,
        late.getIntervalHistogram(),
        List.copyOf(seconds));
  }
}
