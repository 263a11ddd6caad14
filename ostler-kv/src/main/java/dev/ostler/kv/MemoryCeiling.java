package dev.ostler.kv;

import java.util.concurrent.atomic.LongAdder;

/** Refuses what needs more memory once there is as much in use as there may be. Any thread. */
final class MemoryCeiling {
  private final Settings settings;
  private final LongAdder used;
  private final long unlessSet;

  /**
   * The ceiling of these settings.
   *
   * @param unlessSet how many bytes there may be if the settings name none
   */
  MemoryCeiling(Settings settings, LongAdder used, long unlessSet) {
    this.settings = settings;
    this.used = used;
    this.unlessSet = unlessSet;
  }

  /**
   * How much of the heap buckets may take that nothing is kept of: the rest is for what commands
   * need for a moment. Where they are kept they leave memory instead.
   */
  static long ofHeap(Environment environment) {
    return environment.archive() == null
        ? Runtime.getRuntime().maxMemory() / 4 * 3
        : Long.MAX_VALUE;
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
    if (used.sum() > (most == 0 ? unlessSet : most)) {
      throw new CommandError("OOM command not allowed when used memory > 'maxmemory'.");
    }
  }
}
