package dev.ostler.kv.journal;

import dev.ostler.kv.KvException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The position in the journal that a reply depends on. The reply is withheld until that position is
 * durable.
 *
 * <p>Where replies do not wait, it stays 0 and the gate stays open: in a store in memory, and
 * without {@code --sync always}, unless the engine has failed. Used by one thread at a time.
 */
public sealed class Gate permits LeasedGate {
  private final Durability durability;
  private long position;

  Gate(Durability durability) {
    this.durability = durability;
  }

  /** An open gate. */
  public static Gate of(Durability durability) {
    return durability.lease().isEmpty() ? new Gate(durability) : new LeasedGate(durability);
  }

  /**
   * The reply depends on the change at this position, and on all that was read before this call.
   */
  public void need(long at) {
    if (at > position && (durability.repliesWait() || durability.hasLost(at))) {
      position = at;
    }
  }

  /** Whether replies never have to wait. */
  public boolean isAlwaysOpen() {
    return !durability.isDurable();
  }

  /** Tells, once, when the gate is open: null, or why it never will be. */
  public void whenOpen(Consumer<@Nullable KvException> then) {
    durability.durable().whenKnown(position, then);
  }

  /** Whether the reply may be sent. */
  public boolean isOpen() {
    return position == 0 || durability.durable().hasReached(position);
  }

  /**
   * Waits until the gate is open.
   *
   * @throws KvException.NotKept if it never will be
   */
  public void await() {
    durability.durable().await(position);
  }
}
