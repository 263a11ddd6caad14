package dev.ostler.kv.journal;

import dev.ostler.kv.KvException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How far the journal must be before somebody may be told what was seen so far: nowhere, unless
 * that was promised, or it is known that it never gets there. Used by one thread at a time.
 */
public final class Gate {
  private final @Nullable Journal journal; // null: nothing is kept
  private long position;

  /**
   * For what is seen of buckets.
   *
   * @param journal of their changes; null if they are in memory only
   */
  public Gate(@Nullable Journal journal) {
    this.journal = journal;
  }

  /** Something was seen that the journal has at this position. */
  public void need(long at) {
    if (at > position && journal != null && (journal.promises() || journal.hasLost(at))) {
      position = at;
    }
  }

  /** Whether nothing is ever waited for. */
  public boolean isAlwaysOpen() {
    return journal == null;
  }

  /** Tells somebody, once, when it is open: null, or why it never will be. */
  public void whenOpen(Consumer<@Nullable KvException> then) {
    if (journal != null) {
      journal.durable().whenReached(position, then);
    } else {
      then.accept(null);
    }
  }

  public boolean isOpen() {
    return journal == null || position == 0 || journal.durable().has(position);
  }

  /**
   * Waits until it is open.
   *
   * @throws KvException.NotKept if it never will be
   */
  public void await() {
    if (journal != null) {
      journal.durable().await(position);
    }
  }
}
