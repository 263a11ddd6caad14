package dev.ostler.kv.bucket;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.journal.Durability;
import java.util.List;

/**
 * The changes of one bucket that the journal does not have yet, and the events that wait for them.
 * In a store in memory there are none ({@link NoPendingChanges}).
 *
 * <p>Used by the thread that may use the bucket's entries.
 */
public sealed interface PendingChanges permits PendingWrites, NoPendingChanges {
  /** Empty, for the bucket of this name. */
  static PendingChanges of(byte[] name, Environment environment) {
    return environment.isDurable()
        ? new PendingWrites(Bytes.of(name), environment)
        : environment.noPendingChanges();
  }

  /** What all buckets of the store share. */
  Environment environment();

  /** Whether changes are recorded here at all: whether the store is durable. */
  boolean areRecorded();

  /**
   * The entries were loaded: the journal has all of them.
   *
   * @return whether the bucket's changes are numbered after those of the stored bucket
   */
  boolean begin(Entries loaded);

  /** A change is about to be made. */
  void touch();

  /** Whether the entries may have changed since the journal had the last changes. */
  boolean isTouched();

  /** A change with this number was made. */
  void add(Entries after, long seq, Change change);

  /** Takes an event to send once the journal has the change; false in a store in memory. */
  boolean tells(char type, String event);

  boolean isEmpty();

  /** Whether the bucket does not exist after them. */
  boolean removeTheBucket();

  /** The changes that the journal does not have, in their order. */
  List<BucketStore.Write> writes();

  /**
   * Appends the changes, as one group.
   *
   * @return its position in the journal
   */
  long appendTo(Durability durability);

  /** The journal has the changes, in one group with those of other buckets. */
  void appended();

  /** Drops the changes: they are expirations, which will happen again. */
  void forget();

  /** Returns and removes the events. */
  List<Event> takeEvents();
}
