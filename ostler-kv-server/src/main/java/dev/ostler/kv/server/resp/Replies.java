package dev.ostler.kv.server.resp;

import org.jspecify.annotations.Nullable;

/** Which replies a client wants, as set by CLIENT REPLY. Belongs to the client's process. */
public final class Replies {
  private boolean off;
  private boolean skipped; // the reply to the current command
  private boolean skipsNext;

  public void on() {
    off = false;
    skipped = false;
    skipsNext = false;
  }

  public void off() {
    off = true;
  }

  /** Skips this reply and the next one. */
  public void skip() {
    if (!off) {
      skipped = true;
      skipsNext = true;
    }
  }

  /** Restores the default, except for the current command. */
  void reset() {
    off = false;
    skipsNext = false;
  }

  /**
   * Whether the reply of the finished command is dropped.
   *
   * @param spec the command; null if it was refused or queued
   */
  boolean drops(@Nullable CommandSpec spec) {
    if (!off && !skipped && !skipsNext) { // by far the most frequent case
      return false;
    }
    boolean told = spec != null && spec.has(CommandSpec.Flag.REPLIES_ARE_PUSHES);
    boolean drops = (off || skipped) && !told;
    skipped = skipsNext;
    skipsNext = false;
    return drops;
  }
}
