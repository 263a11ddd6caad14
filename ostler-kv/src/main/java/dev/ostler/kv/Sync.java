package dev.ostler.kv;

/** When what a durable store was told is sure to outlive a loss of power. */
public enum Sync {
  /**
   * Before the reply: whoever was answered can rely on it. Replies wait for the disk, many at a
   * time; buckets do not.
   */
  ALWAYS,

  /** A second later at most: a crash of the machine may take the last second. */
  EVERYSEC,

  /** When the operating system sees fit: a crash of the machine may take half a minute. */
  NO
}
