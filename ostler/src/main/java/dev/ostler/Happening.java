package dev.ostler;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the runtime reports of processes as it happens. Any thread calls it, in the middle of a
 * start, a send or a death.
 *
 * <p>If nobody measures and nobody wants the event, a method reads two fields and returns. It never
 * throws, never blocks, and runs no code of a user's, which the events' thread does.
 */
final class Happening {
  private Happening() {}

  /** The process begins to run. Called before any thread can end it, or under its lock. */
  static void started(Proc process) {
    Observation.count(process, Meter.STARTED);
    if (EventKind.isWanted(EventKind.STARTED)) {
      try {
        Object called = process.called();
        Events.publish(
            EventKind.STARTED,
            () -> new Event.Started(process, Text.bounded(called), parent(process)));
      } catch (Throwable failed) {
        Events.drop();
      }
    }
  }

  /** Whether somebody wants to know of starts. */
  static boolean isStartWanted() {
    return EventKind.isWanted(EventKind.STARTED) || Observation.current() != null;
  }

  private static Optional<Pid> parent(Proc process) {
    return Optional.ofNullable(process.ancestors).map(ancestors -> ancestors.parent);
  }

  /** A step of a death: the process is closed, and nobody has been told so far. */
  static void ended(Proc dead, ExitReason reason) {
    if (Observation.current() != null && dead.hasBegun()) {
      Observation.count(dead, ProcessMetrics.Ending.of(reason).counter);
    }
    if (EventKind.isWanted(EventKind.ENDED) && dead.hasBegun()) {
      try {
        Object called = dead.called();
        Events.publish(
            EventKind.ENDED,
            () -> {
              var _ = dead.awaitGone(Obituary.DEATH_NANOS);
              return new Event.Ended(dead, Text.bounded(called), reason);
            });
      } catch (Throwable failed) {
        Events.drop();
      }
    }
  }

  /** A message of a user's was dropped. */
  static void lost(Proc receiver, @Nullable Object message, Event.DeadLetter.Why why) {
    if (message != null) {
      Observation.count(receiver, Meter.DEAD_LETTERS);
    }
    if (message != null && EventKind.isWanted(EventKind.DEAD_LETTER)) {
      try {
        Object called = receiver.called();
        Events.publish(
            EventKind.DEAD_LETTER,
            () -> new Event.DeadLetter(receiver, Text.bounded(called), message, why));
      } catch (Throwable failed) {
        Events.drop();
      }
    }
  }

  /** A cast was dropped, since no process has this name. */
  static void lost(ServerRef<?> name, Object message) {
    Observation.count((Proc) Processes.NOBODY, Meter.DEAD_LETTERS);
    if (EventKind.isWanted(EventKind.DEAD_LETTER)) {
      Events.publish(
          EventKind.DEAD_LETTER,
          () ->
              new Event.DeadLetter(
                  Processes.NOBODY, Text.bounded(name), message, Event.DeadLetter.Why.NO_PROCESS));
    }
  }

  /** The current server got a message it does not know. */
  static void unexpected(Object message) {
    if (Events.isReported(EventKind.UNEXPECTED)
        && Runner.process() instanceof CallbackProc server) {
      try {
        Object shown = server.shown(message);
        Object called = server.called();
        Events.publish(
            EventKind.UNEXPECTED, () -> new Event.Unexpected(server, Text.bounded(called), shown));
      } catch (Throwable failed) {
        Events.drop();
      }
    }
  }

  /** A caller gives up, because the server did not reply in time. */
  static void timedOut(Request<?> request, long nanos, int queued, Supplier<String> activity) {
    if (EventKind.isWanted(EventKind.CALL_TIMED_OUT)) {
      try {
        Object called = request.target.called();
        Events.publish(
            EventKind.CALL_TIMED_OUT,
            () ->
                new Event.CallTimedOut(
                    request.target,
                    Text.bounded(called),
                    request.pid(),
                    request.describeToOthers(),
                    Duration.ofNanos(nanos),
                    queued,
                    activity.get()));
      } catch (Throwable failed) {
        Events.drop();
      }
    }
  }

  /** Many messages wait for the process. */
  static void longMailbox(Proc process, int queued) {
    try {
      Object called = process.called();
      Events.publish(
          EventKind.LONG_MAILBOX,
          () -> new Event.LongMailbox(process, Text.bounded(called), queued));
    } catch (Throwable failed) {
      Events.drop();
    }
  }

  /** The supervisor that runs here has started a child again. */
  static void restarted(
      Object child, Pid previous, Pid current, long afterNanos, int left, Duration window) {
    Observation.count((Proc) current, Meter.RESTARTS);
    try {
      Proc self = Objects.requireNonNull(Runner.process());
      Object called = self.called();
      Events.publish(
          EventKind.RESTARTED,
          () ->
              new Event.Restarted(
                  self,
                  Text.bounded(called),
                  child,
                  previous,
                  current,
                  Duration.ofNanos(afterNanos),
                  left,
                  window));
    } catch (Throwable failed) {
      Events.drop();
    }
  }

  /** The supervisor that runs here ends, because there were too many restarts. */
  static void gaveUp() {
    Proc self = Runner.process();
    if (self != null) {
      Observation.count(self, Meter.GAVE_UP);
    }
  }
}
