package dev.ostler.kv.journal;

import dev.ostler.kv.KvException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The position in the journal that a reply depends on: the reply is withheld until that is durable.
 *
 * <p>It stays 0, and the gate open, where replies do not have to wait: in a store in memory, and
 * without {@code --sync always}, unless the engine has failed. Used by one thread at a time.
 */
public final class Gate {
  private final Durability durability;
  private long position;

  /** For what is read and changed in the buckets of this store. */
  public Gate(Durability durability) {
    this.durability = durability;
  }

  /** The reply depends on the change at this position. */
  public void need(long at) {
    if (at > position && (durability.repliesWait() || durability.hasLost(at))) {
      position = at;
    }
  }

  /** Whether replies never have to wait. */
  public boolean isAlwaysOpen() {
    return !durability.isDurable();
  }

  /** Tells, once, when it is open: null, or why it never will be. */
  public void whenOpen(Consumer<@Nullable KvException> then) {
    durability.whenKnown(position, then);
  }

  public boolean isOpen() {
    return position == 0 || durability.isDurable(position);
  }

  /**
   * Waits until it is open.
   *
   * @throws KvException.NotKept if it never will be
   */
  public void await() {
    durability.await(position);
  }
}
