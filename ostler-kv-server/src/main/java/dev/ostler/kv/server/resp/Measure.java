package dev.ostler.kv.server.resp;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.resp.Stats.Count;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Measures how long the commands of one client take and whether they fail, for INFO and SLOWLOG.
 *
 * <p>Belongs to the client's process. A command starts when the previous one ends; the first one
 * starts when the input has been read. Reading the clock costs a considerable part of a fast
 * command, so several fast commands share one reading. One of them can only be slow if its thread
 * was suspended; then SLOWLOG shows the last of them for all.
 */
final class Measure {
  private static final int LONGEST_CODE = 32;

  /** At most this many fast commands share one reading of the clock. */
  private static final int TOGETHER = 16;

  /** In microseconds. Below this SLOWLOG limit, every command is timed. */
  private static final long MILLI = 1000;

  private final Stats stats;
  private final SlowLog slowLog;
  private final Settings settings;
  private final ClientInfo client;
  private final LongSupplier nanos;
  private long since;

  // Commands of the same name in a row, not yet added to the statistics.
  private @Nullable CommandSpec counting;
  private long calls;
  private long nanosTaken;
  private long hits; // reads of buckets that existed
  private long misses;
  private int together; // commands that are not timed yet

  Measure(RespServer server, ClientInfo client) {
    this(server.stats(), server.slowLog(), server.settings(), client, System::nanoTime);
  }

  /** Uses a test's clock. */
  Measure(Stats stats, SlowLog slowLog, Settings settings, ClientInfo client, LongSupplier nanos) {
    this.stats = stats;
    this.slowLog = slowLog;
    this.settings = settings;
    this.client = client;
    this.nanos = nanos;
  }

  /** Starts the time of the next command. */
  void begin() {
    since = nanos.getAsLong();
  }

  /**
   * Records a command that is done.
   *
   * @param mark where its reply starts
   * @param quick whether it is a fast command, and another command follows
   */
  void done(CommandSpec spec, Args args, RespWriter out, int mark, boolean quick) {
    calls++;
    if (isError(out, mark)) {
      stats.of(spec).failed.increment();
      stats.error(code(out, mark));
    }
    together++;
    long slow = settings.slowerThanMicros();
    if (!quick || together == TOGETHER || (slow >= 0 && slow < MILLI)) {
      look(spec, args);
    }
  }

  /** Reads the clock, and assigns the time to the commands since the last reading. */
  private void look(CommandSpec spec, Args args) {
    long now = nanos.getAsLong();
    long took = now - since;
    since = now;
    nanosTaken += took;
    if (settings.tracksLatency()) {
      stats.of(spec).latencies.add(together, took);
    }
    together = 0;
    long slow = settings.slowerThanMicros();
    if (slow >= 0 && took >= slow * 1000 && !spec.has(CommandSpec.Flag.SKIP_SLOWLOG)) {
      slowLog.add(spec, args, took / 1000, client, settings.slowLogLength());
    }
  }

  /** Records a read of a bucket. */
  void looked(boolean found) {
    if (found) {
      hits++;
    } else {
      misses++;
    }
  }

  /**
   * Starts a row of this command, and adds the previous row to the statistics. Returns the command
   * of the previous row; null if there was none.
   */
  @Nullable CommandSpec turnTo(CommandSpec spec) {
    CommandSpec previous = counting;
    if (spec != previous) {
      count();
      counting = spec;
    }
    return previous;
  }

  /** Adds everything recorded so far to the statistics, for other threads to see. */
  void count() {
    CommandSpec done = counting;
    if (done != null && calls > 0) {
      if (together > 0) {
        look(done, Args.of(done.name())); // its arguments are not available any more
      }
      Count count = stats.of(done);
      count.calls.add(calls);
      count.nanos.add(nanosTaken);
    }
    if (hits + misses > 0) {
      stats.looked(hits, misses);
      hits = 0;
      misses = 0;
    }
    counting = null;
    calls = 0;
    nanosTaken = 0;
  }

  /** Records a command that was refused before it began; null if it does not exist. */
  void refused(@Nullable CommandSpec spec, RespWriter out, int mark) {
    if (spec != null) {
      stats.of(spec).rejected.increment();
    }
    stats.error(code(out, mark));
  }

  private static boolean isError(RespWriter out, int mark) {
    return out.length() > mark && out.array()[mark] == '-';
  }

  /** The error's code, the first word of the reply at the mark. */
  private static String code(RespWriter out, int mark) {
    int end = mark + 1;
    int most = Math.min(out.length(), end + LONGEST_CODE);
    while (end < most && out.array()[end] > ' ') {
      end++;
    }
    return Bytes.of(out.array(), mark + 1, end - mark - 1);
  }
}
