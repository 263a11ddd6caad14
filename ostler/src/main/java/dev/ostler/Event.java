package dev.ostler;

import java.time.Duration;
import java.util.Optional;

/**
 * An event that the runtime reports to subscribers.
 *
 * <p>The events of one process come in this order: it {@linkplain Started started}, what happened
 * while it lived, its {@link CrashReport} if it ended by itself and not cleanly, it {@linkplain
 * Ended ended}, what its supervisor did. The subscriber gets each of them once.
 *
 * @see Events#subscribe
 */
public sealed interface Event
    permits CrashReport,
        SupervisorReport,
        Event.Started,
        Event.Ended,
        Event.Restarted,
        Event.CallTimedOut,
        Event.DeadLetter,
        Event.LongMailbox,
        Event.Unexpected,
        Event.LongCallback,
        Event.Zombie {
  /** The process that the event is about. */
  Pid pid();

  /** The label of that process. */
  String label();

  /**
   * A process began: the body of a raw process, or the {@code init} of a server, which may still
   * refuse to start. A server whose factory threw, or whose name was taken, never began.
   *
   * @param pid the process
   * @param label its label
   * @param parent the process that started it, if any
   */
  record Started(Pid pid, String label, Optional<Pid> parent) implements Event {}

  /**
   * A process that had begun is dead, for whatever reason. All consequences are in place.
   *
   * @param pid the process
   * @param label its label
   * @param reason why it ended
   */
  record Ended(Pid pid, String label, ExitReason reason) implements Event {}

  /**
   * A supervisor has started a child again: after its end, or because another child's end concerned
   * it, too. What a user restarts by hand is not told.
   *
   * @param pid the supervisor
   * @param label its label
   * @param child the child's id
   * @param previous the child's process before
   * @param current the child's process now
   * @param after how long the child had no process, as the supervisor saw it
   * @param left how many more restarts the supervisor tolerates now, before it gives up
   * @param window the time for which a restart counts
   */
  record Restarted(
      Pid pid,
      String label,
      Object child,
      Pid previous,
      Pid current,
      Duration after,
      int left,
      Duration window)
      implements Event {}

  /**
   * A caller got {@link CallException.Timeout}.
   *
   * @param pid the server that did not reply in time
   * @param label its label
   * @param caller the calling process; empty if a thread without a process called
   * @param request the type of the request
   * @param timeout how long the caller waited
   * @param queued how many messages waited in the server's mailbox
   * @param activity what the server did at that time, in words, with its stack if it ran
   */
  record CallTimedOut(
      Pid pid,
      String label,
      Optional<Pid> caller,
      String request,
      Duration timeout,
      int queued,
      String activity)
      implements Event {}

  /**
   * A message or cast was dropped, since its receiver was dead, no process had the name, or its
   * mailbox was full. What waits in the mailbox of a process that ends is not told.
   *
   * @param pid the receiver; {@link Processes#NOBODY} if no process had the name
   * @param label its label, or that name
   * @param message the message; the log and JFR show only its type
   * @param why why it was dropped
   */
  record DeadLetter(Pid pid, String label, Object message, Why why) implements Event {
    /** Why a message was dropped. */
    public enum Why {
      /** Its receiver was dead, or no process had the name. */
      NO_PROCESS,
      /** It was new, and the mailbox was full: {@link Overflow#DROP_NEWEST}, or a timer's. */
      FULL,
      /** It was the oldest of a full mailbox: {@link Overflow#DROP_OLDEST}. */
      MADE_ROOM
    }
  }

  /**
   * Many messages wait for a process: 10,000, or what the system property {@code
   * dev.ostler.longMailbox} says. It is told again once there were fewer than half of that.
   *
   * @param pid the process
   * @param label its label
   * @param queued how many wait
   */
  record LongMailbox(Pid pid, String label, int queued) implements Event {}

  /**
   * A server got a message that it has no callback for, and ignored it.
   *
   * @param pid the server
   * @param label its label
   * @param message the message, as the server's {@link GenServer#formatStatus} shows it
   */
  record Unexpected(Pid pid, String label, Object message) implements Event {}

  /**
   * A callback runs for a long time. Nothing preempts it; a kill ends it only if it waits.
   *
   * @param pid the server
   * @param label its label
   * @param atLeast how long the callback has run
   * @param stack where it is
   */
  record LongCallback(Pid pid, String label, Duration atLeast, String stack) implements Event {}

  /**
   * A process has ended and its thread was interrupted, but its code still runs. It has no effect
   * on other processes.
   *
   * @param pid the process
   * @param label its label
   * @param atLeast how long it has been dead
   * @param stack where its code is
   */
  record Zombie(Pid pid, String label, Duration atLeast, String stack) implements Event {}
}
