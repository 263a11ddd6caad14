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
 * The events of the runtime: crashes, unexpected messages, callbacks that run for long.
 *
 * <p>Any thread may subscribe. Besides the subscribers, each event is written to the {@link
 * System.Logger} {@code dev.ostler}, until {@link #logging} turns that off.
 *
 * <p>One thread reports events, one by one, in the order in which they happened. If a subscriber or
 * the logger throws or blocks, the runtime and its processes continue. Only later events are late;
 * if more than 1,000 wait, further ones are dropped, and that is logged. A crash is reported after
 * the process is dead and all linked and monitoring processes were notified; {@link #flush} waits
 * for that. A JVM that ends does not wait, except where an {@link Application} ends it.
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
    /** Ends the subscription. An event that is just being reported may still arrive. */
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
   * Passes every later event to the subscriber.
   *
   * <p>The events' own thread calls it, for one event at a time. It must be quick: while it runs,
   * no other event is reported. An exception that it throws is logged.
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

  /** Sets whether events are logged, which is the default; returns the previous setting. */
  public static boolean logging(boolean on) {
    boolean was = logs;
    logs = on;
    return was;
  }

  /**
   * Waits until all earlier events are reported. If the caller has seen the end of a process, by a
   * {@link Down} or a {@link CallException}, that includes the report of its crash.
   *
   * @param timeout not negative
   * @return false if that takes longer; if the thread is interrupted, whose interrupt status stays
   *     set; or if a subscriber calls this
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

  /** Prepares everything, so that little memory is needed later. */
  static void begin() {
    LastWords.begin();
    QUEUE.wake();
  }

  /** Ends the thread once all events are delivered; false if that takes longer. */
  static boolean end(long nanos) throws InterruptedException {
    return QUEUE.end(nanos);
  }

  /** Publishes an event later. Never throws, never blocks; events that are lost are counted. */
  static void publish(Draft draft) {
    try {
      publishOrThrow(draft);
    } catch (Throwable failed) {
      QUEUE.drop();
    }
  }

  /** As {@link #publish}, but throws if there is no memory for it. */
  static void publishOrThrow(Draft draft) {
    List<Subscriber> audience = subscribers;
    boolean written = logs;
    if (written || !audience.isEmpty()) {
      var _ = QUEUE.put(new EventQueue.Entry(() -> tell(draft, audience, written)));
    }
  }

  /**
   * Reports a crash later for which there is no memory: only who ended and why. Never throws, never
   * blocks.
   */
  static void publishScantily(Proc dying, ExitReason reason) {
    try {
      if (logs || !subscribers.isEmpty()) {
        LastWords words = LastWords.of(dying, reason);
        if (words == null) {
          QUEUE.drop();
        } else if (!QUEUE.put(words.entry())) {
          words.free();
        }
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

  /** Counts an event that was lost. */
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

  /** Tells of a crash of which nothing else is known. */
  static void tell(Proc dead, ExitReason reason) {
    tell(Obituary.scanty(dead, reason), subscribers, logs);
  }

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
