package dev.ostler.kv;

import java.util.concurrent.atomic.LongAdder;

/** Refuses what needs more memory once there is as much in use as there may be. Any thread. */
final class MemoryCeiling {
  private final Settings settings;
  private final LongAdder used;

  MemoryCeiling(Settings settings, LongAdder used) {
    this.settings = settings;
    this.used = used;
  }

  /** About how many bytes of heap are in use for buckets. */
  long used() {
    return used.sum();
  }

  /**
   * Called before a command that may need more.
   *
   * @throws CommandError if there is no more
   */
  void check() {
    long most = settings.maxMemory();
    if (most != 0 && used.sum() > most) {
      throw new CommandError("OOM command not allowed when used memory > 'maxmemory'.");
    }
  }
}
