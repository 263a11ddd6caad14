package dev.ostler.kv.journal;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.KvException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a store's changes: a durable store has a {@link Journal}; in a store in memory a
 * change is at once as durable as it will ever be ({@link InMemory}). Any thread may use it.
 *
 * <p>Positions are places in the journal. In memory all of them are 0.
 */
public sealed interface Durability permits Journal, InMemory {
  /** Whether changes outlive the store's processes. */
  boolean isDurable();

  /** Whether replies wait until the changes that they depend on are synced. */
  boolean repliesWait();

  // --- Changes

  /**
   * Throws if changes are refused.
   *
   * @throws KvException.NotKept if the engine has failed, or the disk is full for now
   */
  void check();

  /** Whether so much waits for the engine that a writer has to wait, too. */
  boolean isFull();

  /** Waits until there is room. */
  void awaitRoom();

  /**
   * Adds a group of changes, behind all that were added before.
   *
   * @return its position
   * @throws KvException.NotKept if the engine has failed
   */
  long append(List<BucketStore.Write> group);

  /**
   * As {@link #append(List)}, of changes of several buckets, if they may still be added.
   *
   * @param joint is asked that, and told the position; nothing else is added in between
   */
  void append(List<BucketStore.Write> group, WriteQueue.JointAppend joint);

  /** As {@link #append(List)}, of one change. */
  long append(BucketStore.Write write, WriteQueue.Slot last);

  /** Runs something while no other thread appends. */
  void exclusively(Runnable something);

  // --- Positions

  /** The position that a reply depends on if it may have seen any change made until now. */
  long seen();

  /** Whether the engine has failed: nothing more becomes durable. */
  boolean hasFailed();

  /** Whether the engine has failed before it had the change at this position. */
  boolean hasLost(long position);

  /** Whether the change at this position can be read from the engine. */
  boolean hasWritten(long position);

  /** Whether the change at this position is durable. */
  boolean isDurable(long position);

  /** Runs something once the change at this position is durable; never if it cannot become so. */
  void whenDurable(long position, Runnable then);

  /** Tells whether the change at this position is durable, once known: null, or why it is not. */
  void whenKnown(long position, Consumer<@Nullable KvException> told);

  /**
   * Waits until the change at this position is durable.
   *
   * @throws KvException.NotKept if it cannot become so
   */
  void await(long position);
}
