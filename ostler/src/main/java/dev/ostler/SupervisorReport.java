package dev.ostler;

import java.util.Optional;

/**
 * What a supervisor did about a child.
 *
 * @param pid the supervisor
 * @param label what the supervisor is called
 * @param kind what happened
 * @param child the child's id
 * @param childPid the child's process, if it had one
 * @param reason why
 */
public record SupervisorReport(
    Pid pid, String label, Kind kind, Object child, Optional<Pid> childPid, ExitReason reason)
    implements Event {

  /** What can happen. */
  public enum Kind {
    /** A child ended, other than its restart type expects. */
    CHILD_ENDED,
    /** A child did not start, or not again. */
    START_FAILED,
    /** A child that was told to shut down ended otherwise. */
    SHUTDOWN_FAILED,
    /** There were more restarts than the supervisor tolerates: it ends. */
    GAVE_UP
  }

  /** What happened, in a line. */
  String text() {
    return switch (kind) {
      case CHILD_ENDED -> "its child " + child + at() + " ended: " + reason;
      case START_FAILED -> "its child " + child + " did not start: " + reason;
      case SHUTDOWN_FAILED -> "its child " + child + at() + " did not shut down: " + reason;
      case GAVE_UP -> "gave up: its child " + child + " fails too often";
    };
  }

  private String at() {
    return childPid.map(pid -> " " + pid).orElse("");
  }
}
