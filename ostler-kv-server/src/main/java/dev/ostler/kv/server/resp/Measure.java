package dev.ostler.kv.server.resp;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.resp.Stats.Count;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How long the commands of one client take and what comes of them, for INFO and SLOWLOG.
 *
 * <p>Belongs to the client's process. A command begins when the one before it ends, and the first
 * when what the client sent was read. To read the clock takes a good part of what a quick command
 * takes: so it is read once for some of them, one of which would be slow only if their thread was
 * kept from working, and the last of them stands in SLOWLOG for all then.
 */
final class Measure {
  private static final int LONGEST_CODE = 32;

  /** So many commands that take no time are timed together, if that hides none that is slow. */
  private static final int TOGETHER = 16;

  /** In microseconds. */
  private static final long MILLI = 1000;

  private final Stats stats;
  private final SlowLog slowLog;
  private final Settings settings;
  private final ClientInfo client;
  private final LongSupplier nanos;
  private long since;

  // Of one command after the other of the same name, what is not counted yet.
  private @Nullable CommandSpec counting;
  private long calls;
  private long nanosTaken;
  private long hits; // buckets that were there when they were to be read
  private long misses;
  private int together; // those that are not timed yet

  Measure(RespServer server, ClientInfo client) {
    this(server.stats(), server.slowLog(), server.settings(), client, System::nanoTime);
  }

  /** With a clock of the tests' own. */
  Measure(Stats stats, SlowLog slowLog, Settings settings, ClientInfo client, LongSupplier nanos) {
    this.stats = stats;
    this.slowLog = slowLog;
    this.settings = settings;
    this.client = client;
    this.nanos = nanos;
  }

  /** The next command begins now. */
  void begin() {
    since = nanos.getAsLong();
  }

  /**
   * A command is done, and its reply is what was written after the mark.
   *
   * @param quick whether it can have taken no time worth mentioning, and another one follows
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

  /** The time since the last look becomes that of the commands since then. */
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

  /** A bucket was to be read. */
  void looked(boolean found) {
    if (found) {
      hits++;
    } else {
      misses++;
    }
  }

  /** From now on it is this command: counts those before it. */
  void turnTo(CommandSpec spec) {
    if (spec != counting) {
      count();
      counting = spec;
    }
  }

  /** Counts what was not counted yet: others are to see it. */
  void count() {
    CommandSpec done = counting;
    if (done != null && calls > 0) {
      if (together > 0) {
        look(done, Args.of(done.name())); // with words that are no more
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

  /** A command was refused before it began; null if there is no such command. */
  void refused(@Nullable CommandSpec spec, RespWriter out, int mark) {
    if (spec != null) {
      stats.of(spec).rejected.increment();
    }
    stats.error(code(out, mark));
  }

  private static boolean isError(RespWriter out, int mark) {
    return out.length() > mark && out.array()[mark] == '-';
  }

  /** The first word of the error that was written there. */
  private static String code(RespWriter out, int mark) {
    int end = mark + 1;
    int most = Math.min(out.length(), end + LONGEST_CODE);
    while (end < most && out.array()[end] > ' ') {
      end++;
    }
    return Bytes.of(out.array(), mark + 1, end - mark - 1);
  }
}
