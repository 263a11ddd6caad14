package dev.ostler.kv.server.admin;

import dev.ostler.CrashReport;
import dev.ostler.Event;
import dev.ostler.Events;
import dev.ostler.SupervisorReport;
import dev.ostler.kv.figures.Figures;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the events of the runtime while the endpoint is open, those of other stores in the JVM
 * included. One thread counts; any thread may ask.
 */
final class EventFigures implements Figures.Source, AutoCloseable {
  /** The events that are told apart. */
  private enum Type {
    CRASH,
    UNEXPECTED_MESSAGE,
    LONG_CALLBACK,
    ZOMBIE,
    CHILD_ENDED,
    START_FAILED,
    SHUTDOWN_FAILED,
    GAVE_UP;

    static final List<Class<? extends Event>> COUNTED =
        List.of(
            CrashReport.class,
            SupervisorReport.class,
            Event.Unexpected.class,
            Event.LongCallback.class,
            Event.Zombie.class);

    static Type of(Event event) {
      return switch (event) {
        case CrashReport _ -> CRASH;
        case Event.Unexpected _ -> UNEXPECTED_MESSAGE;
        case Event.LongCallback _ -> LONG_CALLBACK;
        case Event.Zombie _ -> ZOMBIE;
        case SupervisorReport report ->
            switch (report.kind()) {
              case CHILD_ENDED -> CHILD_ENDED;
              case START_FAILED -> START_FAILED;
              case SHUTDOWN_FAILED -> SHUTDOWN_FAILED;
              case GAVE_UP -> GAVE_UP;
            };
        default -> throw new IllegalArgumentException("not counted: " + event);
      };
    }
  }

  private final Map<Type, LongAdder> counts = new EnumMap<>(Type.class);
  private final Events.Subscription subscription;

  EventFigures() {
    for (Type type : Type.values()) {
      counts.put(type, new LongAdder());
    }
    subscription = Events.subscribe(Type.COUNTED, event -> count(Type.of(event)).increment());
  }

  private LongAdder count(Type type) {
    return Objects.requireNonNull(counts.get(type));
  }

  @Override
  public void tell(Figures to) {
    Figures.Family events =
        to.counters(
            "ostler_events_total",
            "What the runtime reported: crashes, restarts that failed, callbacks that take long.",
            "event");
    for (Type type : Type.values()) {
      events.add(count(type).sum(), type.name().toLowerCase(Locale.ROOT));
    }
  }

  @Override
  public void close() {
    subscription.close();
  }
}
