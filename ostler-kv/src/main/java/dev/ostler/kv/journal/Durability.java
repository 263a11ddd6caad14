package dev.ostler.kv.journal;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.KvException;
import java.util.List;
import java.util.Optional;

/**
 * How a store's changes become durable. A durable store has a {@link Journal}. In a store in memory
 * a change is at once as durable as it will ever be ({@link InMemory}). Any thread may use it.
 *
 * <p>Positions are places in the journal. In memory all of them are 0.
 */
public sealed interface Durability permits Journal, InMemory {
  /** Whether the store is durable; otherwise it is in memory. */
  boolean isDurable();

  /** Whether replies wait until the changes that they depend on are durable. */
  boolean repliesWait();

  // --- Changes

  /**
   * Throws if the store refuses changes.
   *
   * @throws KvException.NotKept if the engine has failed, or the disk is full for now
   */
  void check();

  /** Whether the engine is so far behind that writers must wait, too. */
  boolean isFull();

  /** Waits until the engine has caught up. */
  void awaitRoom();

  /**
   * Adds a group of changes after all earlier ones.
   *
   * @return its position
   * @throws KvException.NotKept if the engine has failed
   */
  long append(List<BucketStore.Write> group);

  /**
   * As {@link #append(List)}, with changes of several buckets.
   *
   * @param joint is asked whether they may still be added, and told the position; no other thread
   *     appends in between
   */
  void append(List<BucketStore.Write> group, WriteQueue.JointAppend joint);

  /**
   * As {@link #append(List)}, with one change.
   *
   * @param last where the bucket's last change is; it is moved to this one
   */
  long append(BucketStore.Write write, WriteQueue.Slot last);

  /** Runs something while no other thread appends. */
  void exclusively(Runnable something);

  // --- Positions

  /** The position that a reply depends on if it may have seen any earlier change. */
  long seen();

  /** The right by which the store is changed, see {@link BucketStore#lease}. */
  Optional<BucketStore.Lease> lease();

  /** Whether the engine has failed: nothing more becomes durable. */
  boolean hasFailed();

  /** Whether the engine has failed before it got the change at this position. */
  boolean hasLost(long position);

  /** The last position that can be read from the engine. */
  Mark written();

  /** The last position that is durable. */
  Mark durable();
}
