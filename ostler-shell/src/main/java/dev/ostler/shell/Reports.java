package dev.ostler.shell;

import dev.ostler.CrashReport;
import dev.ostler.Event;
import dev.ostler.Events;
import dev.ostler.ExitReason;
import dev.ostler.Inspection;
import dev.ostler.SupervisorReport;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Tells of crashes and restarts, briefly. Any thread may use it. */
final class Reports implements AutoCloseable {
  private static final List<Class<? extends Event>> TOLD =
      List.of(
          CrashReport.class,
          SupervisorReport.class,
          Event.Restarted.class,
          Event.Unexpected.class,
          Event.LongCallback.class,
          Event.Zombie.class);
  private static final int MOST_TEXT = 1_000;
  private static final int MOST_FRAMES = 5;
  private static final Duration PATIENCE = Duration.ofMillis(500);

  private final Events.Subscription subscription;
  private final Runnable atEnd;

  private Reports(Predicate<Event> left, Consumer<String> told, Runnable atEnd) {
    this.atEnd = atEnd;
    this.subscription =
        Events.subscribe(
            TOLD,
            event -> {
              if (!left.test(event)) {
                told.accept(PlainText.of(text(event)));
              }
            });
  }

  /**
   * Reports instead of the log.
   *
   * @param left the events that are not told here
   * @param told gets each report, of one or more lines
   */
  static Reports insteadOfLog(Predicate<Event> left, Consumer<String> told) {
    boolean logged = Events.logging(false);
    return new Reports(left, told, () -> Events.logging(logged));
  }

  /** Reports beside the log, as {@link #insteadOfLog}. */
  static Reports besideLog(Predicate<Event> left, Consumer<String> told) {
    return new Reports(left, told, () -> {});
  }

  /** Waits until what has happened is told; not for long. */
  void flush() {
    var _ = Events.flush(PATIENCE);
  }

  private static String text(Event event) {
    String who = event.pid() + " (" + event.label() + ") ";
    return switch (event) {
      case CrashReport crash -> who + crash(crash);
      case SupervisorReport report -> who + report.text();
      case Event.Restarted again ->
          who + "started its child " + shown(again.child()) + " again: " + again.current();
      case Event.Unexpected odd -> who + "got an unexpected message: " + shown(odd.message());
      case Event.LongCallback slow ->
          who + "runs one callback for " + slow.atLeast().toSeconds() + " s" + slow.stack();
      case Event.Zombie zombie ->
          who + "is dead, and its code still runs after " + zombie.atLeast().toSeconds() + " s";
      default -> event.toString();
    };
  }

  private static String crash(CrashReport crash) {
    var text = new StringBuilder("ended: ").append(crash.reason());
    crash.message().ifPresent(message -> text.append("\n  last message: ").append(shown(message)));
    crash.state().ifPresent(state -> text.append("\n  state: ").append(shown(state)));
    return text.append(stack(crash.reason())).toString();
  }

  private static String shown(Object value) {
    return Inspection.text(value, MOST_TEXT).text();
  }

  /** Where it crashed in the user's classes; what was typed has no file. */
  private static String stack(ExitReason reason) {
    var text = new StringBuilder();
    if (reason instanceof ExitReason.Crash(Throwable cause)) {
      int frames = 0;
      for (StackTraceElement each : cause.getStackTrace()) {
        if (isUsers(each) && frames++ < MOST_FRAMES) {
          text.append("\n  at ").append(each);
        }
      }
    }
    return text.toString();
  }

  private static boolean isUsers(StackTraceElement frame) {
    String type = frame.getClassName();
    return frame.getModuleName() == null
        && !type.startsWith("REPL.")
        && !type.startsWith("dev.ostler.")
        && !type.startsWith("jdk.")
        && !type.startsWith("java.");
  }

  @Override
  public void close() {
    subscription.close();
    atEnd.run();
  }
}
