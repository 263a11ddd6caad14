package dev.ostler;

/**
 * The thread of a living process was interrupted while it waited in receive. Its interrupt status
 * is set again; no message is lost.
 */
public final class ReceiveInterruptedException extends RuntimeException {
  ReceiveInterruptedException(Pid pid) {
    super(pid + " (" + pid.label() + ") was interrupted while it waited for a message");
  }
}
