package dev.ostler.kv;

/**
 * When the changes of a durable store are synced to the disk, so that they survive a power loss.
 */
public enum Sync {
  /**
   * Before the reply: a client can rely on every reply. Replies wait for the disk, many of them for
   * one sync; buckets do not wait.
   */
  ALWAYS,

  /** Every second: a crash of the machine may lose the changes of the last second. */
  EVERYSEC,

  /** When the operating system decides: a crash of the machine may lose half a minute. */
  NO
}
