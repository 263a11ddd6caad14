package dev.ostler;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What calls carry besides their request: scoped values that the application names, or the caller's
 * deadline. An application opens one when it starts, and may close it when it ends.
 *
 * <p>Any thread may open and close one, and there may be several. They concern all calls, casts and
 * tasks of the runtime, from then on; while none is open, a call costs no more than without them.
 */
public final class Carried implements AutoCloseable {
  final List<ScopedValue<?>> values;
  final boolean deadlines;

  private Carried(List<ScopedValue<?>> values, boolean deadlines) {
    this.values = values;
    this.deadlines = deadlines;
  }

  /**
   * Carries scoped values: in the callback that handles a call or a cast, each is bound to what it
   * was for the caller, and unbound if it was unbound there. So it is in the work of a {@link Task}
   * or of a {@link TaskSupervisor}, and in what these call in turn.
   *
   * <p>Plain messages and raw processes carry nothing, nor do supervisors: {@code init} of a child
   * sees the same at its first start as at a restart. A {@linkplain ServerChild#direct direct}
   * server that gets a plain message sees what is bound on the sender's thread.
   */
  public static Carried values(ScopedValue<?>... values) {
    return open(new Carried(List.of(values), false));
  }

  /**
   * Carries deadlines: where a callback makes a call, or awaits a reply or a task, without saying
   * how long, it waits as long as is left to the caller for whom it works, instead of five seconds.
   * If the caller waits without limit, has been answered, or sent a cast, it is five seconds again.
   * A timeout that is given counts, even if it is longer.
   *
   * <p>A caller with little time then makes the calls of others fail early, and a server that does
   * not catch {@link CallException.Timeout} crashes.
   */
  public static Carried deadlines() {
    return open(new Carried(List.of(), true));
  }

  private static Carried open(Carried made) {
    Observation.carry(made);
    return made;
  }

  /**
   * How long the caller will wait that the callback, or the task, works for; zero if it has given
   * up. Empty if that is not known: deadlines are not carried, or there is none. For what waits for
   * something other than a process.
   */
  public static Optional<Duration> timeLeft() {
    Deadline deadline = Deadline.current();
    return deadline == null ? Optional.empty() : Optional.of(Duration.ofNanos(deadline.left()));
  }

  /** Calls carry this no longer. What was sent before still does. */
  @Override
  public void close() {
    Observation.endCarry(this);
  }
}
