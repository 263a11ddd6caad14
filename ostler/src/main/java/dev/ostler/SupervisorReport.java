package dev.ostler;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

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

  /** The supervisor that runs here tells what it did, later. Throws only if it is dead. */
  static void publish(Kind kind, Object child, @Nullable Pid childPid, ExitReason reason) {
    Pid self = Self.pid();
    try {
      Events.publish(
          EventKind.SUPERVISOR,
          () ->
              new SupervisorReport(
                  self, self.label(), kind, child, Optional.ofNullable(childPid), reason));
    } catch (Throwable failed) {
      Events.drop();
    }
  }

  /** The report in a line of text, without the supervisor. */
  public String text() {
    String id = Text.bounded(child);
    return switch (kind) {
      case CHILD_ENDED -> "its child " + id + at() + " ended: " + reason;
      case START_FAILED -> "its child " + id + " did not start: " + reason;
      case SHUTDOWN_FAILED -> "its child " + id + at() + " did not shut down: " + reason;
      case GAVE_UP -> "gave up: its child " + id + " fails too often";
    };
  }

  private String at() {
    return childPid.map(pid -> " " + pid).orElse("");
  }
}
