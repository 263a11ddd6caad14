package dev.ostler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who observes calls and callbacks now, and what calls carry. Immutable; there is none while nobody
 * observes, and nothing is carried.
 *
 * <p>Any thread may ask for the current one. Calls, callbacks, starts and ends do: each reads one
 * field, and then goes another way if there is an observation.
 */
final class Observation {
  private static final VarHandle CURRENT;

  static {
    try {
      CURRENT =
          MethodHandles.lookup()
              .findStaticVarHandle(Observation.class, "current", Observation.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Written under the lock of the class, read through CURRENT. */
  private static @Nullable Observation current;

  // Under the lock of the class: how many measure, and how many of them time everything.
  private static int measuring;
  private static int timing;

  private static final List<Carried> CARRIED = new ArrayList<>(); // those that are open

  private final @Nullable Meters meters;
  private final boolean timesAll;
  private final List<CallRecording> recordings;
  private final @Nullable Carrying carrying;

  private Observation(
      @Nullable Meters meters,
      boolean timesAll,
      List<CallRecording> recordings,
      @Nullable Carrying carrying) {
    this.meters = meters;
    this.timesAll = timesAll;
    this.recordings = recordings;
    this.carrying = carrying;
  }

  /** The current one; null if nobody observes. */
  static @Nullable Observation current() {
    return (Observation) CURRENT.getOpaque();
  }

  // --- Who observes ---

  /** Somebody measures from now on. The figures are those of all who do. */
  static synchronized Meters measure(boolean timesAll) {
    Observation before = current;
    Meters meters = before == null || before.meters == null ? new Meters() : before.meters;
    measuring++;
    timing += timesAll ? 1 : 0;
    become(meters, recordings(before));
    return meters;
  }

  /** One of them no longer does. */
  static synchronized void endMeasure(boolean timesAll) {
    Observation before = current;
    measuring--;
    timing -= timesAll ? 1 : 0;
    become(measuring == 0 ? null : meters(before), recordings(before));
  }

  /** Calls are recorded from now on. */
  static synchronized void record(CallRecording added) {
    Observation before = current;
    var all = new ArrayList<CallRecording>(recordings(before));
    all.add(added);
    become(meters(before), all);
  }

  /** They no longer are; or were not. */
  static synchronized void endRecord(CallRecording ended) {
    Observation before = current;
    var others = new ArrayList<CallRecording>(recordings(before));
    if (others.remove(ended)) {
      become(meters(before), others);
    }
  }

  /** Calls carry this from now on. */
  static synchronized void carry(Carried added) {
    CARRIED.add(added);
    become(meters(current), recordings(current));
  }

  /** They no longer do; or did not. */
  static synchronized void endCarry(Carried ended) {
    CARRIED.remove(ended);
    become(meters(current), recordings(current));
  }

  /** The timers were ended, and with them those that end recordings. */
  static void timersEnded() {
    recordings(current()).forEach(CallRecording::close);
  }

  private static @Nullable Meters meters(@Nullable Observation before) {
    return before == null ? null : before.meters;
  }

  private static List<CallRecording> recordings(@Nullable Observation before) {
    return before == null ? List.of() : before.recordings;
  }

  private static void become(@Nullable Meters meters, List<CallRecording> recordings) {
    Observation next = null;
    Carrying carrying = Carrying.of(CARRIED);
    if (meters != null || !recordings.isEmpty() || carrying != null) {
      next = new Observation(meters, timing > 0, List.copyOf(recordings), carrying);
    }
    CURRENT.setVolatile(next);
  }

  // --- What is carried ---

  /** What calls carry now; null for nothing. */
  static @Nullable Carrying carrying() {
    Observation observation = current();
    return observation == null ? null : observation.carrying;
  }

  /** The scoped values that a cast of the current thread carries; null for none. */
  ScopedValue.@Nullable Carrier values() {
    return carrying == null ? null : carrying.values();
  }

  /** Until when the caller waits for whom the current thread works; null if it does not matter. */
  @Nullable Deadline deadline() {
    return carrying == null ? null : carrying.deadline();
  }

  // --- What is observed ---

  /** Makes a call, as {@link Calls#call} does. */
  @Nullable Object call(ServerRef<?> ref, Call<?, ?> call, long nanos) {
    Runner runner = Runner.get();
    Proc caller = Calls.livingCaller(runner);
    Proc target = ref.resolve();
    Tally tally = meters == null ? null : runner.tally();
    Meter meter = meters == null ? null : meter(meters, tally, target == null ? nobody() : target);
    if (meter != null) {
      meter.count(Meter.CALLS);
    }
    boolean timed = meter != null && isTimed(tally);
    ObservedRequest observed = null;
    try {
      ServerProc server = Calls.asked(ref, target, call);
      RecordedCall recorded = recordings.isEmpty() ? null : recorded(call, server, caller);
      ScopedValue.Carrier values = carrying == null ? null : carrying.values(call);
      Deadline deadline = carrying == null ? null : carrying.deadline(nanos);
      Request<Object> request;
      if (timed || recorded != null) {
        observed =
            new ObservedRequest(
                call, server, caller, values, deadline, timed ? meter : null, recorded);
        request = observed;
      } else if (values != null || deadline != null) {
        request = new CarryingRequest(call, server, caller, values, deadline);
      } else {
        request = new Request<>(call, server, caller);
      }
      return Calls.send(request, server, runner, nanos);
    } catch (CallException e) {
      if (meter != null) {
        meter.count(counter(e));
      }
      throw e;
    } finally {
      if (observed != null) {
        observed.returned();
      }
    }
  }

  /** The call as the recordings keep it; null if all of them are full. */
  private @Nullable RecordedCall recorded(Call<?, ?> call, Proc server, @Nullable Proc caller) {
    var made = new RecordedCall(call, server, caller);
    boolean kept = false;
    for (CallRecording each : recordings) {
      kept |= each.keep(made);
    }
    return kept ? made : null;
  }

  private static Proc nobody() {
    return (Proc) Processes.NOBODY;
  }

  /** What counts a call that ended like this. */
  static int counter(CallException e) {
    return switch (e) {
      case CallException.Timeout _ -> Meter.TIMEOUTS;
      case CallException.Cycle _ -> Meter.CYCLES;
      case CallException.Exited _, CallException.NoProcess _, CallException.Interrupted _ ->
          Meter.UNANSWERED;
    };
  }

  /**
   * The server, which the current thread runs, handles a message now. Counts it, and returns the
   * figures to which the time of the callback is to be added, if it is to be timed.
   */
  @Nullable Meter delivers(Message message, ServerProc server, Runner runner) {
    if (meters == null || !message.hasCallback() || message.isUnheard(server)) {
      runner.countCallbacks();
      return null;
    }
    Tally tally = runner.tally();
    Meter meter = meter(meters, tally, server);
    if (message instanceof Request<?>) { // an ObservedRequest times itself
      runner.countCallbacks();
      meter.count(Meter.CALLBACKS);
      return null;
    }
    if (tally == null) {
      meter.count(Meter.CALLBACKS);
    } else {
      tally.callback();
    }
    return isTimed(tally) ? meter : null;
  }

  private static Meter meter(Meters all, @Nullable Tally tally, Proc process) {
    return tally == null ? all.of(process) : tally.meter(all, process);
  }

  private boolean isTimed(@Nullable Tally tally) {
    return timesAll || (tally != null && tally.times());
  }

  /** Counts something that happens to a process. Never throws. */
  static void count(Proc process, int what) {
    Observation observation = current();
    if (observation != null) {
      observation.counts(process, what);
    }
  }

  private void counts(Proc process, int what) {
    try {
      if (meters != null) {
        meters.of(process).count(what);
      }
    } catch (Throwable failed) {
      // There is no memory for it, or no stack: it is not counted.
    }
  }
}
