package dev.ostler.kv.server.resp;

import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import java.util.concurrent.atomic.LongAdder;

/** Refuses what needs more memory once there is as much in use as there may be. Any thread. */
public final class MemoryCeiling {
  private final Settings settings;
  private final LongAdder used;
  private final long unlessSet;
  private long peak; // read and written about now, by any thread

  /**
   * The ceiling of these settings.
   *
   * @param used by buckets, in bytes
   * @param unlessSet how many bytes there may be if the settings name none
   */
  MemoryCeiling(Settings settings, LongAdder used, long unlessSet) {
    this.settings = settings;
    this.used = used;
    this.unlessSet = unlessSet;
  }

  /** How long one value may be, that others still find memory. */
  private static long ofValue() {
    return Runtime.getRuntime().maxMemory() / 8;
  }

  /**
   * To be called before a value is made that may be long.
   *
   * @throws CommandError if it is so long that the heap has no room for it
   */
  public static void expectValue(long bytes) {
    if (bytes > ofValue()) {
      throw tooMuch();
    }
  }

  /**
   * To be called before a bucket takes so much more, in its process.
   *
   * @throws CommandError if there is no memory for it
   */
  public static void expectRoom(Environment environment, long bytes) {
    if (bytes > ClientMemory.FREE && environment.memory().sum() + bytes > Environment.mostHeap()) {
      throw tooMuch();
    }
  }

  private static CommandError tooMuch() {
    return new CommandError("OOM command not allowed when used memory > 'maxmemory'.");
  }

  /** About how many bytes of heap are in use for buckets. */
  public long used() {
    return used.sum();
  }

  /** The most there was in use, as far as it was looked at: before each command that adds. */
  public long peak() {
    return Math.max(peak, used.sum());
  }

  /**
   * Called before a command that may need more.
   *
   * @throws CommandError if there is no more
   */
  void check() {
    check(0);
  }

  /** As {@link #check()}, of a command of these words, which are perhaps a large part of all. */
  void check(Args args) {
    long bytes = 0;
    for (int i = 0; i < args.count(); i++) {
      bytes += args.length(i);
    }
    check(bytes > ClientMemory.FREE ? bytes : 0);
  }

  private void check(long more) {
    long most = settings.maxMemory();
    long limit = most == 0 ? unlessSet : most;
    long now = used.sum();
    if (now > peak) {
      peak = now;
    }
    boolean large = more > 0 && (now + more > Math.max(limit, unlessSet) || more > ofValue());
    if (now > limit || large) {
      throw tooMuch();
    }
  }
}
