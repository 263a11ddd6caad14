package dev.ostler;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Where the runtime tells what matters: crashes, unexpected messages, callbacks that run long.
 *
 * <p>Any thread may subscribe. One subscriber is there from the start: it writes each event to the
 * {@link System.Logger} {@code dev.ostler}, until {@link #logging} turns it off.
 */
public final class Events {
  private static final CopyOnWriteArrayList<Consumer<? super Event>> SUBSCRIBERS =
      new CopyOnWriteArrayList<>();
  private static final Logger LOG = System.getLogger("dev.ostler");
  private static volatile boolean logs = true;

  private Events() {}

  /** A subscription, until it is closed. */
  public interface Subscription extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Passes every event from now on to the subscriber, on the thread it happens on: it must be
   * quick, must not block, and may be called by several threads at once. What it throws is logged.
   */
  public static Subscription subscribe(Consumer<? super Event> subscriber) {
    Consumer<Event> own = Objects.requireNonNull(subscriber, "subscriber")::accept;
    SUBSCRIBERS.add(own);
    return () -> SUBSCRIBERS.remove(own);
  }

  /** Whether events are written to the logger; they are unless turned off. Gives what it was. */
  public static boolean logging(boolean on) {
    boolean was = logs;
    logs = on;
    return was;
  }

  static void publish(Event event) {
    if (logs) {
      tell(Events::log, event);
    }
    for (Consumer<? super Event> subscriber : SUBSCRIBERS) {
      tell(subscriber, event);
    }
  }

  private static void tell(Consumer<? super Event> subscriber, Event event) {
    try {
      subscriber.accept(event);
    } catch (Throwable thrown) {
      LOG.log(Level.ERROR, "a subscriber of events threw", thrown);
    }
  }

  /** The current server got a message it does not know. */
  static void unexpected(Object message) {
    Proc self = Runner.process();
    if (self != null) {
      publish(new Event.Unexpected(self, self.label(), message));
    }
  }

  private static void log(Event event) {
    String who = event.pid() + " (" + event.label() + ")";
    switch (event) {
      case CrashReport crash ->
          LOG.log(
              Level.ERROR,
              crash.text(),
              crash.reason() instanceof ExitReason.Crash(Throwable cause) ? cause : null);
      case SupervisorReport report ->
          LOG.log(
              report.kind() == SupervisorReport.Kind.GAVE_UP ? Level.ERROR : Level.WARNING,
              who + ": " + report.text());
      case Event.Unexpected odd ->
          LOG.log(Level.ERROR, who + " got an unexpected message: " + Text.bounded(odd.message()));
      case Event.LongCallback slow ->
          LOG.log(Level.WARNING, who + " runs one callback for " + slow.atLeast() + slow.stack());
      case Event.Zombie zombie ->
          LOG.log(
              Level.WARNING,
              who + " has been dead for " + zombie.atLeast() + " and runs on" + zombie.stack());
    }
  }
}
