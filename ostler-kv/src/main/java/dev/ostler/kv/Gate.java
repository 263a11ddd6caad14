package dev.ostler.kv;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How far the journal must be before somebody may be told what was seen so far: nowhere, unless
 * that was promised, or it is known that it never gets there. Used by one thread at a time.
 */
final class Gate {
  private final @Nullable Journal journal; // null: nothing is kept
  private long position;

  private Gate(@Nullable Journal journal) {
    this.journal = journal;
  }

  static Gate of(Environment environment) {
    Archive archive = environment.archive();
    return new Gate(archive == null ? null : archive.journal());
  }

  /**
   * Does something once it is known what becomes of a bucket's last change, behind what {@link
   * Bucket#whenKept} tells of it. Called when the bucket's process has ended.
   */
  static void whenSettled(Bucket bucket, Runnable then) {
    Journal journal = bucket.journal();
    if (journal != null && journal.promises()) {
      journal.durable().whenReached(bucket.position(), failure -> then.run());
    } else {
      then.run();
    }
  }

  /** Something was seen that the journal has at this position. */
  void need(long at) {
    if (at > position && journal != null && (journal.promises() || journal.hasLost(at))) {
      position = at;
    }
  }

  /** Whether nothing is ever waited for. */
  boolean isAlwaysOpen() {
    return journal == null;
  }

  /** Tells somebody, once, when it is open: null, or why it never will be. */
  void whenOpen(Consumer<@Nullable KvException> then) {
    if (journal != null) {
      journal.durable().whenReached(position, then);
    } else {
      then.accept(null);
    }
  }

  boolean isOpen() {
    return journal == null || position == 0 || journal.durable().has(position);
  }

  /**
   * Waits until it is open.
   *
   * @throws KvException.NotKept if it never will be
   */
  void await() {
    if (journal != null) {
      journal.durable().await(position);
    }
  }
}
