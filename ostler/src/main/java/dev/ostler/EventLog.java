package dev.ostler;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The observer of events that writes them to a {@link System.Logger}: those that tell of something
 * wrong, and not too many at a time.
 *
 * <p>Any thread may hand it something; its own thread writes.
 */
final class EventLog {
  private static final int MOST_CAUSES = 100;

  /** That of the runtime. */
  static final EventLog RUNTIME = new EventLog(System.getLogger("dev.ostler"), Clock.SYSTEM);

  private final EventQueue queue = new EventQueue("ostler-log", this::writeDropped);
  private final Logger logger;
  private final Clock clock;

  // Touched by its thread.
  private final LogLimit limit = new LogLimit();

  EventLog(Logger logger, Clock clock) {
    this.logger = logger;
    this.clock = clock;
  }

  EventQueue queue() {
    return queue;
  }

  /** Logs an event, later. */
  void tell(Event event) {
    queue.put(() -> log(event));
  }

  /** Logs a line, later, whatever the limit. Never throws, never blocks. */
  void line(Level level, Supplier<String> text) {
    queue.put(() -> logger.log(level, text.get()));
  }

  /** Events were lost. */
  static void dropped(long count, String why) {
    RUNTIME.line(Level.WARNING, () -> dropped(count) + why);
  }

  private static String dropped(long count) {
    return count + (count == 1 ? " event was dropped" : " events were dropped");
  }

  /** A subscriber threw. */
  static void thrown(Throwable thrown) {
    RUNTIME.queue.put(() -> RUNTIME.write(Level.ERROR, "a subscriber of events threw", thrown));
  }

  /** Ends the thread once all is written; false if that takes longer. */
  boolean end(long nanos) throws InterruptedException {
    queue.put(this::writeLeftOut); // the timer that would do it may have been ended
    return queue.end(nanos);
  }

  // --- On its thread ---

  private void writeDropped(long count) {
    logger.log(Level.WARNING, dropped(count) + " before they were logged");
  }

  private void log(Event event) {
    long now = clock.nanos();
    if (isLast(event) || limit.admits(now)) {
      if (limit.leftOut() > 0 && !isLast(event)) {
        writeLeftOut();
      }
      write(event);
    } else if (limit.leftOut() == 1) {
      later(limit.left(now));
    }
  }

  /** Whether it is logged whatever the limit: the tree above is what the flood comes from. */
  private static boolean isLast(Event event) {
    return event instanceof SupervisorReport report
        && report.kind() == SupervisorReport.Kind.GAVE_UP;
  }

  /** Tells at the end of the window what was left out, though nothing else is logged then. */
  private void later(long nanos) {
    Runnable told = () -> queue.put(this::writeLeftOut);
    if (clock == Clock.SYSTEM) {
      var _ = Timers.whileAlive(nanos, told);
    } else {
      var _ = clock.after(nanos, told);
    }
  }

  private void writeLeftOut() {
    long count = limit.leftOut();
    if (count > 0) {
      limit.told();
      logger.log(
          Level.WARNING,
          count
              + (count == 1 ? " event was" : " events were")
              + " left out of the log: more than "
              + LogLimit.MOST
              + " came within a second");
    }
  }

  private void write(Event event) {
    String who = event.pid() + " (" + event.label() + ")";
    switch (event) {
      case CrashReport crash ->
          write(
              Level.ERROR,
              crash.text(),
              crash.reason() instanceof ExitReason.Crash(Throwable cause) ? cause : null);
      case SupervisorReport report ->
          write(
              report.kind() == SupervisorReport.Kind.GAVE_UP ? Level.ERROR : Level.WARNING,
              who + ": " + report.text(),
              null);
      case Event.Restarted again -> write(Level.INFO, who + ": " + text(again), null);
      case Event.Unexpected odd ->
          write(
              Level.ERROR,
              who + " got an unexpected message: " + Text.bounded(odd.message()),
              null);
      case Event.LongCallback slow ->
          write(
              Level.WARNING, who + " runs one callback for " + slow.atLeast() + slow.stack(), null);
      case Event.Zombie zombie ->
          write(
              Level.WARNING,
              who + " has been dead for " + zombie.atLeast() + " and runs on" + zombie.stack(),
              null);
      case Event.Started _, Event.Ended _, Event.CallTimedOut _ -> {}
      case Event.DeadLetter _, Event.LongMailbox _ -> {}
    }
  }

  private static String text(Event.Restarted again) {
    return "its child "
        + Text.bounded(again.child())
        + " "
        + again.previous()
        + " was started again as "
        + again.current()
        + " after "
        + again.after().toMillis()
        + " ms; "
        + again.left()
        + " more restarts are tolerated within "
        + again.window().toSeconds()
        + " s";
  }

  /** Writes a line; what the logger throws counts as an event that was dropped. */
  private void write(Level level, String text, @Nullable Throwable cause) {
    try {
      if (cause == null) {
        logger.log(level, text);
      } else if (isPrintable(cause)) {
        logger.log(level, text, cause);
      } else {
        logger.log(
            level, text + "\n  of a " + cause.getClass().getName() + " that cannot be printed");
      }
    } catch (Throwable failed) {
      queue.drop();
    }
  }

  /** Whether the user's part in printing an exception and its causes comes to an end. */
  private static boolean isPrintable(Throwable cause) {
    Boolean printable =
        Scribe.ask(
            () -> {
              Throwable each = cause;
              for (int i = 0; each != null && i < MOST_CAUSES; i++) {
                var _ = each.toString();
                each = each.getCause();
              }
              return true;
            });
    return printable != null;
  }
}
