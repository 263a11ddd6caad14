package dev.ostler;

import java.time.Duration;

/**
 * What the runtime tells its observers. The runtime itself logs nothing.
 *
 * @see Events#subscribe
 */
public sealed interface Event
    permits CrashReport, SupervisorReport, Event.Unexpected, Event.LongCallback, Event.Zombie {
  /** Whom it is about. */
  Pid pid();

  /** What that process is called. */
  String label();

  /**
   * A server got a message that it has no callback for, and went on.
   *
   * @param pid the server
   * @param label what it is called
   * @param message what it got
   */
  record Unexpected(Pid pid, String label, Object message) implements Event {}

  /**
   * A callback runs for long; nothing can end it but its own end, or a kill if it waits for
   * something.
   *
   * @param pid the server
   * @param label what it is called
   * @param atLeast how long the callback has run
   * @param stack where it is
   */
  record LongCallback(Pid pid, String label, Duration atLeast, String stack) implements Event {}

  /**
   * A process was ended, its thread interrupted, and its code runs on. What it does reaches nobody.
   *
   * @param pid the process
   * @param label what it is called
   * @param atLeast how long it has been dead
   * @param stack where its code is
   */
  record Zombie(Pid pid, String label, Duration atLeast, String stack) implements Event {}
}
