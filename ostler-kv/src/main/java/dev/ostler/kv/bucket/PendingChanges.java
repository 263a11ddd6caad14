package dev.ostler.kv.bucket;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.journal.Durability;
import java.util.List;

/**
 * The changes of one bucket that the journal does not have yet, and the events that wait for them.
 * In a store in memory there are never any ({@link NoPendingChanges}).
 *
 * <p>Used by the thread that may use the bucket's entries.
 */
public sealed interface PendingChanges permits PendingWrites, NoPendingChanges {
  /** None yet, of the bucket of this name. */
  static PendingChanges of(String name, Durability durability) {
    return durability.isDurable() ? new PendingWrites(name) : NoPendingChanges.INSTANCE;
  }

  /** Whether changes are recorded here at all. */
  boolean areRecorded();

  /**
   * The entries were loaded: what they hold is in the journal.
   *
   * @return whether the numbers of changes continue behind those that the journal has
   */
  boolean begin(Entries loaded);

  /** A change is about to be made. */
  void touch();

  /** Whether the entries may have changed since the journal had the last changes. */
  boolean isTouched();

  /** A change was made, and has this number. */
  void add(Entries after, long seq, Change change);

  /** Remembers an event until the change is durable; false if no reply waits for that either. */
  boolean tells(Entries entries, char type, String event);

  boolean isEmpty();

  /** The changes that the journal does not have, in their order. */
  List<BucketStore.Write> writes();

  /**
   * Appends the changes there are, as one group.
   *
   * @return its position in the journal
   */
  long appendTo(Durability durability);

  /** The journal has them, in one group with those of others. */
  void appended();

  /** Drops them: they would happen again by themselves. */
  void forget();

  /** Takes the events that wait. */
  List<Event> takeEvents();
}
