package dev.ostler;

import java.time.Duration;

/**
 * An event that the runtime reports to subscribers.
 *
 * @see Events#subscribe
 */
public sealed interface Event
    permits CrashReport, SupervisorReport, Event.Unexpected, Event.LongCallback, Event.Zombie {
  /** The process that the event is about. */
  Pid pid();

  /** The label of that process. */
  String label();

  /**
   * A server got a message that it has no callback for, and ignored it.
   *
   * @param pid the server
   * @param label its label
   * @param message the message
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
