package dev.ostler.kv.server.resp;

import dev.ostler.kv.server.access.AccessLog;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;

/** The counters of INFO. Any thread may use it. */
public final class Stats {
  /** How many kinds of errors are counted separately. The kind is the error's first word. */
  private static final int MOST_ERRORS = 128;

  /** The counters of one command. */
  public static final class Count {
    final LongAdder calls = new LongAdder();
    final LongAdder nanos = new LongAdder();
    final LongAdder rejected = new LongAdder();
    final LongAdder failed = new LongAdder();
    public final Latencies latencies = new Latencies();

    private void reset() {
      calls.reset();
      nanos.reset();
      rejected.reset();
      failed.reset();
      latencies.reset();
    }
  }

  private final LongAdder accepted = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private final LongAdder errors = new LongAdder();
  private final LongAdder bytesIn = new LongAdder();
  private final LongAdder bytesOut = new LongAdder();
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder expired;
  private final LongAdder expiredFields;
  private final LongAdder reads = new LongAdder();
  private final LongAdder writes = new LongAdder();
  private final Map<AccessLog.Reason, LongAdder> denied = new EnumMap<>(AccessLog.Reason.class);
  private final Rates rates;
  private final Count[] commands;
  private final ConcurrentMap<String, LongAdder> byCode = new ConcurrentHashMap<>();

  /**
   * Counters for commands with numbers from 0 on.
   *
   * @param expired how many buckets have expired
   * @param expiredFields how many fields have expired
   */
  Stats(int numberOfCommands, LongAdder expired, LongAdder expiredFields) {
    this.expired = expired;
    this.expiredFields = expiredFields;
    for (AccessLog.Reason reason : AccessLog.Reason.values()) {
      denied.put(reason, new LongAdder());
    }
    commands = new Count[numberOfCommands];
    for (int i = 0; i < numberOfCommands; i++) {
      commands[i] = new Count();
    }
    rates = new Rates(new Rates.Sample(System.nanoTime(), 0, 0, 0));
  }

  void accepted() {
    accepted.increment();
  }

  void rejected() {
    rejected.increment();
  }

  void read(long bytes) {
    bytesIn.add(bytes);
    reads.increment();
  }

  void written(long bytes) {
    if (bytes > 0) {
      bytesOut.add(bytes);
      writes.increment();
    }
  }

  /** Counts a refusal for lack of rights. */
  void denied(AccessLog.Reason reason) {
    Objects.requireNonNull(denied.get(reason)).increment();
  }

  /** Counts reads of buckets that existed, and of buckets that did not. */
  void looked(long newHits, long newMisses) {
    hits.add(newHits);
    misses.add(newMisses);
  }

  public Count of(CommandSpec spec) {
    return commands[spec.number()];
  }

  /** Counts an error reply by its first word. */
  void error(String code) {
    errors.increment();
    LongAdder known = byCode.get(code);
    if (known == null && byCode.size() < MOST_ERRORS) {
      known = byCode.computeIfAbsent(code, first -> new LongAdder());
    }
    if (known != null) {
      known.increment();
    }
  }

  long connectionsAccepted() {
    return accepted.sum();
  }

  long connectionsRejected() {
    return rejected.sum();
  }

  long bytesRead() {
    return bytesIn.sum();
  }

  long bytesWritten() {
    return bytesOut.sum();
  }

  long reads() {
    return reads.sum();
  }

  long writes() {
    return writes.sum();
  }

  long denials(AccessLog.Reason reason) {
    return Objects.requireNonNull(denied.get(reason)).sum();
  }

  /** The rates per second. */
  Rates.PerSecond rates() {
    return rates.until(new Rates.Sample(System.nanoTime(), calls(), bytesRead(), bytesWritten()));
  }

  long hits() {
    return hits.sum();
  }

  long misses() {
    return misses.sum();
  }

  long bucketsExpired() {
    return expired.sum();
  }

  long fieldsExpired() {
    return expiredFields.sum();
  }

  long errors() {
    return errors.sum();
  }

  /** How many commands have run. */
  long calls() {
    long sum = 0;
    for (Count count : commands) {
      sum += count.calls.sum();
    }
    return sum;
  }

  /** How many errors of each kind there were. */
  Map<String, Long> byCode() {
    var sums = new TreeMap<String, Long>();
    byCode.forEach((code, count) -> sums.put(code, count.sum()));
    return sums;
  }

  /** Sets all counters to 0, but those of refusals, as Redis does. */
  public void reset() {
    accepted.reset();
    rejected.reset();
    errors.reset();
    bytesIn.reset();
    bytesOut.reset();
    hits.reset();
    misses.reset();
    expired.reset();
    expiredFields.reset();
    reads.reset();
    writes.reset();
    byCode.clear();
    for (Count count : commands) {
      count.reset();
    }
  }
}
