package dev.ostler;

/**
 * A cast or plain message was refused by a full mailbox whose overflow is {@link Overflow#FAIL}.
 */
public final class MailboxFullException extends RuntimeException {
  private final transient Pid pid;

  MailboxFullException(Pid pid, int capacity) {
    super("the mailbox of " + pid + " (" + pid.label() + ") is full: it holds " + capacity);
    this.pid = pid;
  }

  /** The process whose mailbox is full. */
  public Pid pid() {
    return pid;
  }
}
