package dev.ostler;

import java.time.Duration;

/**
 * The handle on a process: others use it to send messages and to ask about the process.
 *
 * <p>Any thread may use a pid. Pids are compared by identity, live on after their process, and do
 * not keep a process alive.
 */
public abstract sealed class Pid permits Mailbox {
  private static final int ID_BITS = 56;
  private static final long ID = (1L << ID_BITS) - 1;

  // The number, and above it the flags, which belong to Proc and its lock. One word for both keeps
  // an idle server small.
  private long word;

  Pid(long id) {
    this.word = id;
  }

  /** The number of this process, unique in this JVM. */
  public final long id() {
    return word & ID;
  }

  final boolean has(int flag) {
    return (word >>> ID_BITS & flag) != 0;
  }

  /** Sets a flag, of eight, or clears it; gives what it was. Under the process's lock. */
  final boolean flag(int flag, boolean on) {
    boolean was = has(flag);
    long bit = (long) flag << ID_BITS;
    word = on ? word | bit : word & ~bit;
    return was;
  }

  /**
   * Puts a message into the mailbox. A message to a dead process is silently dropped.
   *
   * <p>Messages are passed by reference and must be immutable. What the sender did before it sent
   * happens-before what the receiver does with the message.
   *
   * @throws MailboxFullException if the mailbox is bounded with {@link Overflow#FAIL}, and full
   */
  public abstract void send(Object message);

  /**
   * Puts a message into the mailbox before all waiting messages, except earlier priority messages.
   * These are Erlang's priority messages, for requests that must not wait behind a long mailbox,
   * such as to pause or to shed load. The priority messages of one sender keep their order.
   *
   * <p>A server gets it in {@link GenServer#handleInfo}, a raw process with {@code receive}. A
   * bounded mailbox does not count it, and never refuses it.
   */
  public abstract void sendPriority(Object message);

  /**
   * Puts a message into the mailbox once the delay has passed. The timer ends with its process.
   *
   * @param delay not negative
   */
  public final Timer sendAfter(Object message, Duration delay) {
    return Timer.start(this, message, delay);
  }

  /**
   * Sends an exit signal, as {@code Process.exit/2} of Elixir does.
   *
   * <p>{@link ExitReason#KILL} ends the process with {@link ExitReason#KILLED}, whatever it does.
   * Any other reason becomes an {@link Exit} message if the process traps exits. Otherwise it ends
   * the process; but {@link ExitReason#NORMAL} ends only a process that sends it to itself. When
   * this method returns, a process that it ended is dead for all threads.
   */
  public abstract void exit(ExitReason reason);

  /**
   * Whether the process has not ended. Once this is false, its names are free, and the messages for
   * all processes that monitor it or are linked to it are queued.
   */
  public abstract boolean isAlive();

  /** The name of the process in reports: its registered name, its label, or its class. */
  public abstract String label();

  /** Cheaper than that of identity, which the JVM has to make and keep. Equality is identity. */
  @Override
  public final int hashCode() {
    return Long.hashCode(id());
  }

  @Override
  public final boolean equals(Object other) {
    return this == other;
  }

  @Override
  public final String toString() {
    return "<0." + id() + ">";
  }
}
