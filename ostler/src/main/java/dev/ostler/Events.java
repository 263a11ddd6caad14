package dev.ostler;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the runtime tells what matters: crashes, unexpected messages, callbacks that run long.
 *
 * <p>Any thread may subscribe. Besides the subscribers, each event is written to the {@link
 * System.Logger} {@code dev.ostler}, until {@link #logging} turns that off.
 *
 * <p>Events are told on a thread of their own, one by one, in the order in which they happened. So
 * whatever a subscriber or the logger does, throw or block, the runtime and its processes go on:
 * only later events are told late, or, if more than 1,000 wait, dropped, which is logged. A crash
 * is told once the process is dead and everybody who is concerned has been notified; {@link #flush}
 * waits until it has been told. A JVM that ends does not wait for that, except where an {@link
 * Application} ends it.
 */
public final class Events {
  private static final Logger LOG = System.getLogger("dev.ostler");
  private static final EventQueue QUEUE = new EventQueue("ostler-events", Events::tellDropped);

  /** Replaced, never changed; under the lock of QUEUE. */
  private static volatile List<Subscriber> subscribers = List.of();

  private static volatile boolean logs = true;

  private Events() {}

  /** A subscription, until it is closed. */
  public interface Subscription extends AutoCloseable {
    /** No later event is passed on; the one that is being told may still be. */
    @Override
    void close();
  }

  private static final class Subscriber implements Subscription {
    private final Consumer<? super Event> consumer;
    private volatile boolean closed;

    Subscriber(Consumer<? super Event> consumer) {
      this.consumer = consumer;
    }

    void tell(Event event) {
      if (!closed) {
        try {
          consumer.accept(event);
        } catch (Throwable thrown) {
          log(Level.ERROR, "a subscriber of events threw", thrown);
        }
      }
    }

    @Override
    public void close() {
      closed = true;
      synchronized (QUEUE) {
        var others = new ArrayList<Subscriber>(subscribers);
        others.remove(this);
        subscribers = List.copyOf(others);
      }
    }
  }

  /**
   * Passes every event that happens from now on to the subscriber.
   *
   * <p>It is called on the events' own thread, for one event at a time, and must be quick: while it
   * runs, no other event is told. What it throws is logged.
   */
  public static Subscription subscribe(Consumer<? super Event> subscriber) {
    var added = new Subscriber(Objects.requireNonNull(subscriber, "subscriber"));
    synchronized (QUEUE) {
      var all = new ArrayList<Subscriber>(subscribers);
      all.add(added);
      subscribers = List.copyOf(all);
    }
    return added;
  }

  /** Whether events are written to the logger; they are unless turned off. Gives what it was. */
  public static boolean logging(boolean on) {
    boolean was = logs;
    logs = on;
    return was;
  }

  /**
   * Waits until all events that have happened are told. Who has seen the end of a process, by a
   * {@link Down} or a {@link CallException}, and waits here, finds its crash reported.
   *
   * @param timeout not negative
   * @return false if they are not all told in that time, or the thread is interrupted, which leaves
   *     its interrupt status set, or a subscriber calls this
   */
  public static boolean flush(Duration timeout) {
    Durations.nanos(timeout, "timeout");
    return QUEUE.flush(timeout);
  }

  // --- The runtime's side ---

  /** What an event is made of, later, on the events' thread. */
  interface Draft {
    /** The event; null if there is none after all. */
    @Nullable Event event() throws Exception;
  }

  /** Makes all ready, so that it needs little memory later. */
  static void begin() {
    QUEUE.wake();
  }

  /** Ends the thread once all is told; false if that is not within the time. */
  static boolean end(long nanos) throws InterruptedException {
    return QUEUE.end(nanos);
  }

  /** Tells of something, later. Never throws, never blocks; what cannot be told is counted. */
  static void publish(Draft draft) {
    try {
      List<Subscriber> audience = subscribers;
      boolean written = logs;
      if (written || !audience.isEmpty()) {
        QUEUE.put(() -> tell(draft, audience, written));
      }
    } catch (Throwable failed) {
      QUEUE.drop();
    }
  }

  /** Logs a line, later; as {@link #publish}. */
  static void line(Level level, Supplier<String> text) {
    try {
      QUEUE.put(() -> LOG.log(level, text.get()));
    } catch (Throwable failed) {
      QUEUE.drop();
    }
  }

  /** Something could not be told. */
  static void drop() {
    QUEUE.drop();
  }

  /** The current server got a message it does not know. */
  static void unexpected(Object message) {
    Proc self = Runner.process();
    if (self != null) {
      publish(() -> new Event.Unexpected(self, self.label(), message));
    }
  }

  // --- On the events' thread ---

  private static void tell(Draft draft, List<Subscriber> audience, boolean written) {
    Event event;
    try {
      event = draft.event();
    } catch (Throwable failed) {
      drop();
      return;
    }
    if (event != null) {
      for (Subscriber each : audience) {
        each.tell(event);
      }
      if (written) {
        log(event);
      }
    }
  }

  private static void tellDropped(long count) {
    LOG.log(Level.WARNING, count + (count == 1 ? " event was dropped" : " events were dropped"));
  }

  private static void log(Event event) {
    String who = event.pid() + " (" + event.label() + ")";
    switch (event) {
      case CrashReport crash ->
          log(
              Level.ERROR,
              crash.text(),
              crash.reason() instanceof ExitReason.Crash(Throwable cause) ? cause : null);
      case SupervisorReport report ->
          log(
              report.kind() == SupervisorReport.Kind.GAVE_UP ? Level.ERROR : Level.WARNING,
              who + ": " + report.text(),
              null);
      case Event.Unexpected odd ->
          log(
              Level.ERROR,
              who + " got an unexpected message: " + Text.bounded(odd.message()),
              null);
      case Event.LongCallback slow ->
          log(Level.WARNING, who + " runs one callback for " + slow.atLeast() + slow.stack(), null);
      case Event.Zombie zombie ->
          log(
              Level.WARNING,
              who + " has been dead for " + zombie.atLeast() + " and runs on" + zombie.stack(),
              null);
    }
  }

  /** Writes a line; what the logger throws counts as an event that was dropped. */
  private static void log(Level level, String text, @Nullable Throwable cause) {
    try {
      if (cause == null) {
        LOG.log(level, text);
      } else if (isPrintable(cause)) {
        LOG.log(level, text, cause);
      } else {
        LOG.log(level, text + "\n  of a " + cause.getClass().getName() + " that cannot be printed");
      }
    } catch (Throwable failed) {
      drop();
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

  private static final int MOST_CAUSES = 100;
}
