package dev.ostler;

/**
 * What happens to a cast or plain message sent to a bounded mailbox that is full.
 *
 * <p>Calls and signals are never refused and do not count: calls are bounded by their callers.
 */
public enum Overflow {
  /** The message is dropped. */
  DROP_NEWEST,
  /** The longest waiting cast or plain message is dropped to make room. */
  DROP_OLDEST,
  /**
   * The sender waits for room, or for the process to end. A process that sends to itself never
   * waits: its message is queued over the bound.
   */
  BLOCK,
  /** The sender gets a {@link MailboxFullException}. */
  FAIL
}
