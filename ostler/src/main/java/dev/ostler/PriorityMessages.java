package dev.ostler;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The priority messages that wait for a process, in the order in which they were sent. Under the
 * process's lock.
 */
final class PriorityMessages {
  /*
   * They do not wait in the mailbox. The owner takes them before each message from there, so
   * processes without priority messages pay nothing. One nudge in the mailbox, for any number of
   * them, wakes an idle owner and keeps a busy one from becoming idle. After the owner has taken
   * the nudge, it looks here again, and the next priority message adds a new nudge.
   */
  private final ArrayDeque<Message> waiting = new ArrayDeque<>(1);
  private boolean nudge;

  /** Adds a message; whether the sender must put a nudge into the mailbox. */
  boolean add(Message message) {
    waiting.add(message);
    boolean missing = !nudge;
    nudge = true;
    return missing;
  }

  /** The sender could not put the nudge into the mailbox: its message is not sent. */
  void takeBack(Message message) {
    waiting.removeFirstOccurrence(message);
    nudge = false;
  }

  /** The oldest, by the owner; null if there is none. */
  @Nullable Message poll() {
    return waiting.poll();
  }

  /** The owner has taken the nudge; whether nothing waits any more. */
  boolean nudgeTaken() {
    nudge = false;
    return waiting.isEmpty();
  }

  /** By how many more messages wait than are in the mailbox, where the nudge is one. */
  int surplus() {
    return waiting.size() - (nudge ? 1 : 0);
  }
}
