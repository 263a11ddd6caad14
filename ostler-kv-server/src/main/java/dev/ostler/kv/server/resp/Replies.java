package dev.ostler.kv.server.resp;

import org.jspecify.annotations.Nullable;

/** Which replies a client wants, as it said by CLIENT REPLY. Belongs to the client's process. */
public final class Replies {
  private boolean off;
  private boolean skipped; // the one to the command that is being done
  private boolean skipsNext;

  public void on() {
    off = false;
    skipped = false;
    skipsNext = false;
  }

  public void off() {
    off = true;
  }

  /** Not this one, and not the next one. */
  public void skip() {
    if (!off) {
      skipped = true;
      skipsNext = true;
    }
  }

  /** As for a new client, but for the command that is being done. */
  void reset() {
    off = false;
    skipsNext = false;
  }

  /**
   * Whether nothing is to be said about the command that was just done; null if it was refused, or
   * queued.
   */
  boolean drops(@Nullable CommandSpec spec) {
    if (!off && !skipped && !skipsNext) { // by far the most frequent
      return false;
    }
    boolean told = spec != null && spec.has(CommandSpec.Flag.REPLIES_ARE_PUSHES);
    boolean drops = (off || skipped) && !told;
    skipped = skipsNext;
    skipsNext = false;
    return drops;
  }
}
