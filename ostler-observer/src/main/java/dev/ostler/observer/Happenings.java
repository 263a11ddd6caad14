package dev.ostler.observer;

import dev.ostler.CrashReport;
import dev.ostler.Event;
import dev.ostler.Events;
import dev.ostler.ExitReason;
import dev.ostler.Inspection;
import dev.ostler.Pid;
import dev.ostler.SupervisorReport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong since the observer began: counts, the last crashes, and whoever wants to hear of
 * each. Any thread may ask.
 *
 * <p>Events of what goes wrong are rare, and are always counted. Dead letters and long mailboxes
 * cost something to notice, so they are counted {@linkplain #watch while somebody looks}.
 */
final class Happenings implements AutoCloseable {
  /** How many crashes are kept. */
  static final int CRASHES = 200;

  private static final int LABELS = 1000;
  private static final int RESTARTS = 10_000;
  private static final int LONGEST_TEXT = 16 * 1024;
  private static final int LONGEST_LINE = 300;
  private static final int MOST_FRAMES = 20;
  private static final Duration LATELY = Duration.ofMinutes(10);

  /** The events that are told apart. */
  enum Kind {
    CRASHED,
    RESTARTED,
    GAVE_UP,
    CALL_TIMED_OUT,
    LONG_CALLBACK,
    LONG_MAILBOX,
    ZOMBIE,
    DEAD_LETTER,
    UNEXPECTED,
    CHILD_ENDED,
    START_FAILED,
    SHUTDOWN_FAILED;

    String shown() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A crash, as it is told. */
  private record Crash(Instant time, long pid, String label, String reason, String text) {
    Map<String, Object> told() {
      return Json.object(
          "time", time.toString(), "pid", pid, "label", label, "reason", reason, "text", text);
    }
  }

  /** How often processes of a label crashed, and the last time. */
  record Crashed(String label, long count, Instant last, String reason) {}

  /** Something that happened. */
  record Happened(Instant time, Kind kind, Pid pid, String label, String text) {
    Map<String, Object> told() {
      return Json.object(
          "time",
          time.toString(),
          "kind",
          kind.shown(),
          "pid",
          pid.id(),
          "label",
          label,
          "text",
          text);
    }
  }

  private final Map<Kind, AtomicLong> counts = new EnumMap<>(Kind.class);
  private final List<Consumer<Happened>> listeners = new CopyOnWriteArrayList<>();
  private final Events.Subscription always;

  // Under this object's lock.
  private Events.@Nullable Subscription watching;
  private final ArrayDeque<Crash> crashes = new ArrayDeque<>(); // the newest first
  private final LinkedHashMap<String, Crashed> byLabel = new LinkedHashMap<>(16, 0.75f, true);
  private final LinkedHashMap<Long, Instant> restarted = new LinkedHashMap<>();
  private boolean closed;

  Happenings() {
    for (Kind kind : Kind.values()) {
      counts.put(kind, new AtomicLong());
    }
    always =
        Events.subscribe(
            List.of(
                CrashReport.class,
                SupervisorReport.class,
                Event.Restarted.class,
                Event.CallTimedOut.class,
                Event.Unexpected.class,
                Event.LongCallback.class,
                Event.Zombie.class),
            this::happened);
  }

  /** Counts also what costs something to notice, or no longer. */
  synchronized void watch(boolean on) {
    if (on && watching == null && !closed) {
      watching =
          Events.subscribe(
              List.of(Event.DeadLetter.class, Event.LongMailbox.class), this::happened);
    } else if (!on && watching != null) {
      watching.close();
      watching = null;
    }
  }

  /** Has the listener told of everything from now on. It must not wait. */
  void listen(Consumer<Happened> listener) {
    listeners.add(listener);
  }

  void ignore(Consumer<Happened> listener) {
    listeners.remove(listener);
  }

  long count(Kind kind) {
    return Objects.requireNonNull(counts.get(kind)).get();
  }

  // --- On the threads of the subscriptions

  private void happened(Event event) {
    Kind kind = kind(event);
    if (kind == null) {
      return;
    }
    Objects.requireNonNull(counts.get(kind)).incrementAndGet();
    Instant now = Instant.now();
    if (event instanceof CrashReport report) {
      crashed(report, now);
    }
    if (event instanceof Event.Restarted restart) {
      restarted(restart.current(), now);
    }
    if (!listeners.isEmpty()) {
      var told = new Happened(now, kind, event.pid(), event.label(), line(event));
      listeners.forEach(each -> each.accept(told));
    }
  }

  private static @Nullable Kind kind(Event event) {
    return switch (event) {
      case CrashReport _ -> Kind.CRASHED;
      case Event.Restarted _ -> Kind.RESTARTED;
      case Event.CallTimedOut _ -> Kind.CALL_TIMED_OUT;
      case Event.LongCallback _ -> Kind.LONG_CALLBACK;
      case Event.LongMailbox _ -> Kind.LONG_MAILBOX;
      case Event.Zombie _ -> Kind.ZOMBIE;
      case Event.DeadLetter _ -> Kind.DEAD_LETTER;
      case Event.Unexpected _ -> Kind.UNEXPECTED;
      case SupervisorReport report ->
          switch (report.kind()) {
            case CHILD_ENDED -> Kind.CHILD_ENDED;
            case START_FAILED -> Kind.START_FAILED;
            case SHUTDOWN_FAILED -> Kind.SHUTDOWN_FAILED;
            case GAVE_UP -> Kind.GAVE_UP;
          };
      default -> null;
    };
  }

  private static String line(Event event) {
    return switch (event) {
      case CrashReport report -> text(report.reason());
      case Event.Restarted restart ->
          "started its child %s again as %s, after %d ms; %d restarts are left"
              .formatted(
                  text(restart.child()),
                  restart.current(),
                  restart.after().toMillis(),
                  restart.left());
      case Event.CallTimedOut late ->
          "did not reply to a %s within %d ms; %d messages waited"
              .formatted(late.request(), late.timeout().toMillis(), late.queued());
      case Event.LongCallback slow ->
          "runs a callback for %d ms at least".formatted(slow.atLeast().toMillis());
      case Event.LongMailbox slow -> slow.queued() + " messages wait";
      case Event.Zombie zombie ->
          "is dead, but its code runs for %d ms at least".formatted(zombie.atLeast().toMillis());
      case Event.DeadLetter letter ->
          "a %s was dropped: %s"
              .formatted(
                  letter.message().getClass().getName(),
                  letter.why().name().toLowerCase(Locale.ROOT).replace('_', ' '));
      case Event.Unexpected unexpected -> "did not expect " + text(unexpected.message());
      case SupervisorReport report -> "its child " + text(report.child()) + ": " + report.reason();
      default -> "";
    };
  }

  private static String text(Object value) {
    return Inspection.text(value, LONGEST_LINE).text();
  }

  private void crashed(CrashReport report, Instant now) {
    String reason = text(report.reason());
    String text = report.text() + stack(report.reason());
    var crash =
        new Crash(
            now,
            report.pid().id(),
            report.label(),
            reason,
            text.substring(0, Math.min(LONGEST_TEXT, text.length())));
    synchronized (this) {
      crashes.addFirst(crash);
      if (crashes.size() > CRASHES) {
        crashes.removeLast();
      }
      Crashed before = byLabel.get(report.label());
      long count = before == null ? 1 : before.count + 1;
      byLabel.put(report.label(), new Crashed(report.label(), count, now, reason));
      if (byLabel.size() > LABELS) {
        removeFirst(byLabel.keySet().iterator());
      }
    }
  }

  private static String stack(ExitReason reason) {
    if (!(reason instanceof ExitReason.Crash crash)) {
      return "";
    }
    var text = new StringBuilder("\n  stack:");
    StackTraceElement[] frames = crash.cause().getStackTrace();
    for (int i = 0; i < Math.min(MOST_FRAMES, frames.length); i++) {
      text.append("\n    at ").append(frames[i]);
    }
    return text.toString();
  }

  private synchronized void restarted(Pid current, Instant now) {
    restarted.put(current.id(), now);
    if (restarted.size() > RESTARTS) {
      removeFirst(restarted.keySet().iterator());
    }
  }

  private static void removeFirst(Iterator<?> all) {
    all.next();
    all.remove();
  }

  // --- What is asked

  /** Whether its supervisor has started this process again within the last ten minutes. */
  synchronized boolean restartedLately(Pid pid) {
    Instant at = restarted.get(pid.id());
    return at != null && at.isAfter(Instant.now().minus(LATELY));
  }

  /** The last crashes, the newest first. */
  synchronized List<Object> crashes(int limit) {
    return crashes.stream().limit(limit).<Object>map(Crash::told).toList();
  }

  /** The last crashes of the process of this number, and of others with its label. */
  synchronized List<Object> crashesOf(long pid, String label) {
    return crashes.stream()
        .filter(crash -> crash.pid == pid || crash.label.equals(label))
        .limit(20)
        .<Object>map(Crash::told)
        .toList();
  }

  /** The labels with the most crashes. */
  synchronized List<Crashed> mostCrashes(int limit) {
    var all = new ArrayList<Crashed>(byLabel.values());
    all.sort((one, other) -> Long.compare(other.count, one.count));
    return all.subList(0, Math.min(limit, all.size()));
  }

  @Override
  public void close() {
    always.close();
    synchronized (this) {
      closed = true;
    }
    watch(false);
  }
}
