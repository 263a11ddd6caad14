package dev.ostler;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The events of the runtime: starts, ends and restarts, crashes, calls that time out, callbacks
 * that run for long.
 *
 * <p>Any thread may subscribe. Besides the subscribers, events that tell of something wrong are
 * written to the {@link System.Logger} {@code dev.ostler}, until {@link #logging} turns that off;
 * of more than 500 within a second, only the number of the rest is written. An event that nobody
 * wants is not made, and costs one read.
 *
 * <p>One thread makes the events, one by one, in the order in which they happened, and passes them
 * on. The log and each subscriber have a queue and a thread of their own. If one of them throws or
 * blocks, the runtime, its processes and the others continue. If more than 1,000 events wait for
 * it, further ones are dropped; their number is logged, and {@link Subscription#dropped} tells it.
 *
 * <p>A crash, or the end of a process, is reported after the process is dead and all linked and
 * monitoring processes were notified; {@link #flush} waits for that. A JVM that ends does not wait,
 * except where an {@link Application} ends it.
 */
public final class Events {
  /*
   *   a thread where something happens -> QUEUE: a Draft, made there, which takes no user code
   *   QUEUE's thread                   -> the event, and with it the queues of those who want it
   *   a Subscriber's thread, EventLog's thread
   *
   * A draft is made only if somebody wants its kind: EventKind is asked, and logs if the kind is one
   * that is logged. What is logged may be a few more in QUEUE than what is not: so
   * starts and ends, which may be very many, leave room for crashes.
   */
  private static final EventQueue QUEUE =
      new EventQueue("ostler-events", count -> EventLog.dropped(count, ""));

  private static final Audience NOBODY = new Audience(List.of());

  /** Replaced, never changed; under the lock of QUEUE. */
  private static volatile Audience audience = NOBODY;

  private static volatile boolean logs = true;

  private Events() {}

  /** A subscription, until it is closed. */
  public interface Subscription extends AutoCloseable {
    /** How many events this subscriber has missed because it was too slow. */
    long dropped();

    /** Ends the subscription. An event that is just being reported may still arrive. */
    @Override
    void close();
  }

  /** Those who subscribed, and the kinds of events that at least one of them wants. */
  private static final class Audience {
    private final List<Subscriber> subscribers;
    private final int kinds;

    Audience(List<Subscriber> subscribers) {
      this.subscribers = List.copyOf(subscribers);
      int wanted = 0;
      for (Subscriber each : subscribers) {
        wanted |= each.kinds;
      }
      this.kinds = wanted;
    }
  }

  /** Passes every later event to the subscriber; as {@link #subscribe(Class, Consumer)}. */
  public static Subscription subscribe(Consumer<? super Event> subscriber) {
    return subscribe(Event.class, subscriber);
  }

  /**
   * Passes every later event of a type to the subscriber. Events of other types cost nothing on its
   * account: starts, ends and dead letters may be very many.
   *
   * <p>A thread of its own calls it, for one event at a time. While it runs, later events wait for
   * it, and are dropped if there are too many. An exception that it throws is logged.
   */
  @SuppressWarnings("unchecked") // it gets only what is of that type
  public static <E extends Event> Subscription subscribe(
      Class<E> type, Consumer<? super E> subscriber) {
    Objects.requireNonNull(subscriber, "subscriber");
    return subscribe(EventKind.of(type), (Consumer<Event>) subscriber);
  }

  /** As {@link #subscribe(Class, Consumer)}, for several types of events, in one order. */
  public static Subscription subscribe(
      Collection<? extends Class<? extends Event>> types, Consumer<? super Event> subscriber) {
    Objects.requireNonNull(subscriber, "subscriber");
    int kinds = 0;
    for (Class<? extends Event> each : types) {
      kinds |= EventKind.of(each);
    }
    return subscribe(kinds, subscriber);
  }

  /** Passes every later event of these kinds to the subscriber. */
  static Subscription subscribe(int kinds, Consumer<? super Event> subscriber) {
    var added = new Subscriber(kinds, subscriber);
    synchronized (QUEUE) {
      var all = new ArrayList<Subscriber>(audience.subscribers);
      all.add(added);
      audience = new Audience(all);
      EventKind.want(audience.kinds);
    }
    LongMailboxes.watch();
    return added;
  }

  static void remove(Subscriber closed) {
    synchronized (QUEUE) {
      var others = new ArrayList<Subscriber>(audience.subscribers);
      others.remove(closed);
      audience = others.isEmpty() ? NOBODY : new Audience(others);
      EventKind.want(audience.kinds);
    }
  }

  /** Sets whether events are logged, which is the default; returns the previous setting. */
  public static boolean logging(boolean on) {
    boolean was = logs;
    logs = on;
    return was;
  }

  /**
   * Waits until all subscribers and the log have been told all earlier events. If the caller has
   * seen the end of a process, by a {@link Down} or a {@link CallException}, that includes the
   * report of its crash, and its end.
   *
   * @param timeout not negative
   * @return false if that takes longer; if the thread is interrupted, whose interrupt status stays
   *     set; or if a subscriber calls this
   */
  public static boolean flush(Duration timeout) {
    long nanos = Durations.nanos(timeout, "timeout");
    long start = System.nanoTime();
    List<EventQueue> queues = queues();
    for (EventQueue each : queues) {
      if (each.isHere()) {
        return false;
      }
    }
    for (EventQueue each : queues) {
      if (!each.flush(Math.max(0, nanos - (System.nanoTime() - start)))) {
        return false;
      }
    }
    return true;
  }

  /** All there are, that of the thread that fills the others first. */
  private static List<EventQueue> queues() {
    var all = new ArrayList<EventQueue>();
    all.add(QUEUE);
    for (Subscriber each : audience.subscribers) {
      all.add(each.queue());
    }
    all.add(EventLog.RUNTIME.queue());
    return all;
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
    EventLog.RUNTIME.queue().wake();
    QUEUE.put(Jfr::begin); // there, since it takes milliseconds
  }

  /** Ends the threads once all events are delivered; false if that takes longer. */
  static boolean end(long nanos) throws InterruptedException {
    long start = System.nanoTime();
    boolean ended = QUEUE.end(nanos);
    Jfr.end();
    for (Subscriber each : audience.subscribers) {
      ended &= each.queue().end(left(nanos, start));
    }
    return EventLog.RUNTIME.end(left(nanos, start)) && ended;
  }

  /** At least 1: a step that has no time left may find that there is nothing to wait for. */
  private static long left(long nanos, long start) {
    return Math.max(1, nanos - (System.nanoTime() - start));
  }

  /** Whether this kind of event is logged now, or a subscriber wants it. */
  static boolean isReported(int kind) {
    return ((kind & EventKind.LOGGED) != 0 && logs) || EventKind.isWanted(kind);
  }

  /** Publishes an event later. Never throws, never blocks; events that are lost are counted. */
  static void publish(int kind, Draft draft) {
    try {
      publishOrThrow(kind, draft);
    } catch (Throwable failed) {
      QUEUE.drop();
    }
  }

  /** As {@link #publish}, but throws if there is no memory for it. */
  static void publishOrThrow(int kind, Draft draft) {
    Audience told = audience;
    boolean logged = (kind & EventKind.LOGGED) != 0;
    boolean written = logged && logs;
    if (written || (told.kinds & kind) != 0) {
      var _ =
          QUEUE.put(
              new EventQueue.Entry(() -> tell(draft, told, written)),
              logged ? EventQueue.MOST_URGENT : EventQueue.MOST);
    }
  }

  /**
   * Reports a crash later for which there is no memory: only who ended and why. Never throws, never
   * blocks.
   */
  static void publishScantily(Proc dying, ExitReason reason) {
    try {
      if (isReported(EventKind.CRASH)) {
        LastWords words = LastWords.of(dying, reason);
        if (words == null) {
          QUEUE.drop();
        } else if (!QUEUE.put(words.entry(), EventQueue.MOST_URGENT)) {
          words.free();
        }
      }
    } catch (Throwable failed) {
      QUEUE.drop();
    }
  }

  /** Logs a line, later; as {@link #publish}. */
  static void line(Level level, Supplier<String> text) {
    QUEUE.put(() -> EventLog.RUNTIME.line(level, text));
  }

  /** Has the events' thread do something; false if too much waits for it. */
  static boolean later(Runnable job) {
    return QUEUE.put(new EventQueue.Entry(job));
  }

  /** Counts an event that was lost. */
  static void drop() {
    QUEUE.drop();
  }

  // --- On the events' thread ---

  /** Tells of a crash of which nothing else is known. */
  static void tell(Proc dead, ExitReason reason) {
    tell(Obituary.scanty(dead, reason), audience, logs);
  }

  private static void tell(Draft draft, Audience told, boolean written) {
    Event event;
    try {
      event = draft.event();
    } catch (Throwable failed) {
      drop();
      return;
    }
    if (event == null) {
      return;
    }
    int kind = EventKind.of(event);
    for (Subscriber each : told.subscribers) {
      if ((each.kinds & kind) != 0) {
        tell(event, each);
      }
    }
    if (written) {
      EventLog.RUNTIME.tell(event);
    }
  }

  private static void tell(Event event, Subscriber to) {
    try {
      to.tell(event);
    } catch (Throwable failed) {
      // No memory. The subscriber has counted it.
    }
  }
}
