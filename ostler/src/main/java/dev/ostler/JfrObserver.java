package dev.ostler;

import java.util.List;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/**
 * The observer of events that writes them into recordings of JDK Flight Recorder.
 *
 * <p>It subscribes to the kinds that are enabled in a running recording, and to nothing while there
 * is none: the JDK tells it when one begins or ends. Any thread may begin and end it.
 */
final class JfrObserver implements FlightRecorderListener {
  /** A type of JFR's, and the kind of event that it records. */
  private record Recorded(int kind, Class<? extends Event> type) {
    boolean isEnabled() {
      return EventType.getEventType(type).isEnabled();
    }
  }

  private static final List<Recorded> ALL =
      List.of(
          new Recorded(EventKind.STARTED, Start.class),
          new Recorded(EventKind.ENDED, End.class),
          new Recorded(EventKind.CRASH, Crash.class),
          new Recorded(EventKind.SUPERVISOR, Supervision.class),
          new Recorded(EventKind.RESTARTED, Restart.class),
          new Recorded(EventKind.CALL_TIMED_OUT, CallTimeout.class),
          new Recorded(EventKind.DEAD_LETTER, DeadLetter.class),
          new Recorded(EventKind.LONG_MAILBOX, LongMailbox.class),
          new Recorded(EventKind.UNEXPECTED, UnexpectedMessage.class),
          new Recorded(EventKind.LONG_CALLBACK, LongCallback.class),
          new Recorded(EventKind.ZOMBIE, Zombie.class));

  private static @Nullable JfrObserver current; // under the lock of the class

  // Under the lock of the class.
  private int kinds;
  private Events.@Nullable Subscription subscription;

  private JfrObserver() {}

  /** Begins, unless it has. */
  static synchronized void begin() {
    if (current == null) {
      current = new JfrObserver();
      FlightRecorder.addListener(current);
      if (FlightRecorder.isInitialized()) {
        current.adapt();
      }
    }
  }

  /** Ends: the JDK no longer knows of it, nor of its types. */
  static synchronized void end() {
    JfrObserver ended = current;
    if (ended != null) {
      current = null;
      FlightRecorder.removeListener(ended);
      ended.observe(0);
      if (FlightRecorder.isInitialized()) {
        ALL.forEach(each -> FlightRecorder.unregister(each.type()));
      }
    }
  }

  // --- Told by the JDK ---

  @Override
  public void recorderInitialized(FlightRecorder recorder) {
    register(); // so that Mission Control shows them before the first recording
  }

  @Override
  public void recordingStateChanged(Recording recording) {
    if (recording.getState() != RecordingState.NEW) {
      change();
    }
  }

  private static synchronized void register() {
    if (current != null) {
      ALL.forEach(each -> FlightRecorder.register(each.type()));
    }
  }

  private static synchronized void change() {
    if (current != null) {
      current.adapt();
    }
  }

  // --- What it observes ---

  /** Observes what is enabled now. Called under the lock. */
  private void adapt() {
    int wanted = 0;
    for (Recorded each : ALL) {
      FlightRecorder.register(each.type());
      wanted |= each.isEnabled() ? each.kind() : 0;
    }
    observe(wanted);
  }

  private void observe(int wanted) {
    if (wanted != kinds) {
      kinds = wanted;
      Events.Subscription before = subscription;
      subscription = wanted == 0 ? null : Events.subscribe(wanted, JfrObserver::write);
      if (before != null) {
        before.close();
      }
    }
  }

  private static void write(dev.ostler.Event event) {
    OfProcess written = written(event);
    written.process = event.pid().id();
    written.label = event.label();
    written.commit();
  }

  private static OfProcess written(dev.ostler.Event event) {
    return switch (event) {
      case dev.ostler.Event.Started started -> {
        var it = new Start();
        it.parent = started.parent().map(Pid::id).orElse(0L);
        yield it;
      }
      case dev.ostler.Event.Ended ended -> {
        var it = new End();
        it.reason = kind(ended.reason());
        yield it;
      }
      case CrashReport crash -> {
        var it = new Crash();
        it.reason = kind(crash.reason());
        it.report = crash.text();
        yield it;
      }
      case SupervisorReport report -> {
        var it = new Supervision();
        it.what = report.kind().name();
        it.child = Text.bounded(report.child());
        it.childProcess = report.childPid().map(Pid::id).orElse(0L);
        it.reason = kind(report.reason());
        yield it;
      }
      case dev.ostler.Event.Restarted again -> {
        var it = new Restart();
        it.child = Text.bounded(again.child());
        it.before = again.previous().id();
        it.now = again.current().id();
        it.missing = again.after().toNanos();
        it.left = again.left();
        yield it;
      }
      case dev.ostler.Event.CallTimedOut late -> {
        var it = new CallTimeout();
        it.caller = late.caller().map(Pid::id).orElse(0L);
        it.request = late.request();
        it.timeout = late.timeout().toNanos();
        it.queued = late.queued();
        it.activity = late.activity();
        yield it;
      }
      case dev.ostler.Event.DeadLetter letter -> {
        var it = new DeadLetter();
        it.message = Text.kind(letter.message());
        it.why = letter.why().name();
        yield it;
      }
      case dev.ostler.Event.LongMailbox mailbox -> {
        var it = new LongMailbox();
        it.queued = mailbox.queued();
        yield it;
      }
      case dev.ostler.Event.Unexpected odd -> {
        var it = new UnexpectedMessage();
        it.message = Text.bounded(odd.message());
        yield it;
      }
      case dev.ostler.Event.LongCallback slow -> {
        var it = new LongCallback();
        it.atLeast = slow.atLeast().toNanos();
        it.stack = slow.stack();
        yield it;
      }
      case dev.ostler.Event.Zombie zombie -> {
        var it = new Zombie();
        it.atLeast = zombie.atLeast().toNanos();
        it.stack = zombie.stack();
        yield it;
      }
    };
  }

  /** The class of a reason: its text may be a secret. */
  private static String kind(ExitReason reason) {
    return switch (reason) {
      case ExitReason.Crash(Throwable cause) -> cause.getClass().getName();
      case ExitReason.Custom(Object value) -> Text.kind(value);
      case ExitReason.ShutdownWith _ -> Text.bounded(ExitReason.SHUTDOWN);
      default -> Text.bounded(reason);
    };
  }

  // --- JFR's types ---

  /** What all of them have. */
  @Category("Ostler")
  @Enabled(false)
  @StackTrace(false)
  @SuppressWarnings("UnusedVariable") // JFR reads them
  private abstract static class OfProcess extends Event {
    @Label("Process")
    long process;

    @Label("Process Label")
    @Nullable String label;
  }

  @Name("dev.ostler.ProcessStart")
  @Label("Process Start")
  private static final class Start extends OfProcess {
    @Label("Parent")
    long parent;
  }

  @Name("dev.ostler.ProcessEnd")
  @Label("Process End")
  private static final class End extends OfProcess {
    @Label("Reason")
    @Nullable String reason;
  }

  @Name("dev.ostler.ProcessCrash")
  @Label("Process Crash")
  private static final class Crash extends OfProcess {
    @Label("Reason")
    @Nullable String reason;

    @Label("Report")
    @Nullable String report;
  }

  @Name("dev.ostler.Supervision")
  @Label("Supervision")
  @Description("A child ended, did not start or did not shut down, or the supervisor gave up")
  private static final class Supervision extends OfProcess {
    @Label("What")
    @Nullable String what;

    @Label("Child")
    @Nullable String child;

    @Label("Child Process")
    long childProcess;

    @Label("Reason")
    @Nullable String reason;
  }

  @Name("dev.ostler.ChildRestart")
  @Label("Child Restart")
  private static final class Restart extends OfProcess {
    @Label("Child")
    @Nullable String child;

    @Label("Process Before")
    long before;

    @Label("Process Now")
    long now;

    @Label("Missing For")
    @Timespan(Timespan.NANOSECONDS)
    long missing;

    @Label("Restarts Left")
    int left;
  }

  @Name("dev.ostler.CallTimeout")
  @Label("Call Timeout")
  private static final class CallTimeout extends OfProcess {
    @Label("Caller")
    long caller;

    @Label("Request")
    @Nullable String request;

    @Label("Timeout")
    @Timespan(Timespan.NANOSECONDS)
    long timeout;

    @Label("Queued")
    int queued;

    @Label("Activity")
    @Nullable String activity;
  }

  @Name("dev.ostler.DeadLetter")
  @Label("Dead Letter")
  private static final class DeadLetter extends OfProcess {
    @Label("Message")
    @Nullable String message;

    @Label("Why")
    @Nullable String why;
  }

  @Name("dev.ostler.LongMailbox")
  @Label("Long Mailbox")
  private static final class LongMailbox extends OfProcess {
    @Label("Queued")
    int queued;
  }

  @Name("dev.ostler.UnexpectedMessage")
  @Label("Unexpected Message")
  private static final class UnexpectedMessage extends OfProcess {
    @Label("Message")
    @Nullable String message;
  }

  @Name("dev.ostler.LongCallback")
  @Label("Long Callback")
  private static final class LongCallback extends OfProcess {
    @Label("At Least")
    @Timespan(Timespan.NANOSECONDS)
    long atLeast;

    @Label("Stack of the Callback")
    @Nullable String stack;
  }

  @Name("dev.ostler.Zombie")
  @Label("Zombie")
  private static final class Zombie extends OfProcess {
    @Label("Dead For")
    @Timespan(Timespan.NANOSECONDS)
    long atLeast;

    @Label("Stack of the Process")
    @Nullable String stack;
  }
}
