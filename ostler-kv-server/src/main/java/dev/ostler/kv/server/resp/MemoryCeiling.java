package dev.ostler.kv.server.resp;

import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.bucket.Footprint;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import java.util.concurrent.atomic.LongAdder;

/**
 * Refuses commands that need more memory once buckets use as much as the settings allow. Any thread
 * may use it.
 */
public final class MemoryCeiling {
  private final Settings settings;
  private final LongAdder used;
  private final long unlessSet;
  private long peak; // any thread reads and writes it without a lock; it may be slightly too low

  /**
   * Uses the limit in these settings.
   *
   * @param used the bytes that buckets use
   * @param unlessSet the limit in bytes if the settings have none
   */
  MemoryCeiling(Settings settings, LongAdder used, long unlessSet) {
    this.settings = settings;
    this.used = used;
    this.unlessSet = unlessSet;
  }

  /** The longest value for which the heap still leaves room to others, in bytes. */
  private static long ofValue() {
    return Runtime.getRuntime().maxMemory() / 8;
  }

  /**
   * Must be called before a value is created that may be long.
   *
   * @throws CommandError if the heap has no room for it
   */
  public static void expectValue(long bytes) {
    if (bytes > ofValue()) {
      throw tooMuch();
    }
  }

  /**
   * Must be called in a bucket's process before the bucket grows by this many bytes.
   *
   * @throws CommandError if there is no memory for it
   */
  public static void expectRoom(Environment environment, long bytes) {
    if (bytes > ClientMemory.FREE
        && environment.memory().sum() + Footprint.array(bytes) > Environment.mostHeap()) {
      throw tooMuch();
    }
  }

  private static CommandError tooMuch() {
    return new CommandError("OOM command not allowed when used memory > 'maxmemory'.");
  }

  /** The heap that buckets use, approximately, in bytes. */
  public long used() {
    return used.sum();
  }

  /** The highest use so far, in bytes, as seen before commands that change data. */
  public long peak() {
    return Math.max(peak, used.sum());
  }

  /**
   * Must be called before a command that may need more memory.
   *
   * @throws CommandError if the limit is reached
   */
  public void check() {
    check(0);
  }

  /** Like {@link #check()}, also taking the size of the command's arguments into account. */
  void check(Args args) {
    long bytes = 0;
    for (int i = 0; i < args.count(); i++) {
      bytes += args.length(i);
    }
    check(bytes > ClientMemory.FREE ? Footprint.array(bytes) : 0);
  }

  /** Must be called before a command that may free memory. Returns the use, in bytes. */
  long note() {
    long now = used.sum();
    if (now > peak) {
      peak = now;
    }
    return now;
  }

  private void check(long more) {
    long most = settings.maxMemory();
    long limit = most == 0 ? unlessSet : most;
    long now = note();
    boolean large = more > 0 && (now + more > Math.max(limit, unlessSet) || more > ofValue());
    if (now > limit || large) {
      throw tooMuch();
    }
  }
}
