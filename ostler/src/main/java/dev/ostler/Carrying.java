package dev.ostler;

import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * What messages carry now, by all that is {@link Carried}. Immutable.
 *
 * <p>The sender asks for what its message is to carry; the server's owner binds it.
 */
final class Carrying {
  private final List<ScopedValue<?>> values;
  private final boolean deadlines;

  private Carrying(List<ScopedValue<?>> values, boolean deadlines) {
    this.values = values;
    this.deadlines = deadlines;
  }

  /** What these say together; null for nothing. */
  static @Nullable Carrying of(List<Carried> open) {
    return open.isEmpty()
        ? null
        : new Carrying(
            open.stream().<ScopedValue<?>>flatMap(each -> each.values.stream()).distinct().toList(),
            open.stream().anyMatch(each -> each.deadlines));
  }

  /** A request that supervisors take: it carries no values, so that all starts see the same. */
  interface Nothing {}

  /** Whether values are carried: then some may be bound on the current thread. */
  static boolean hasValues() {
    Carrying now = Observation.carrying();
    return now != null && !now.values.isEmpty();
  }

  // --- The sender's side ---

  /** The values as they are bound on this thread; null if none is. */
  ScopedValue.@Nullable Carrier values() {
    ScopedValue.Carrier all = null;
    for (ScopedValue<?> value : values) {
      if (value.isBound()) {
        all = with(all, value);
      }
    }
    return all;
  }

  private static <T> ScopedValue.Carrier with(
      ScopedValue.@Nullable Carrier others, ScopedValue<T> value) {
    return others == null
        ? ScopedValue.where(value, value.get())
        : others.where(value, value.get());
  }

  /** The same for a request. */
  ScopedValue.@Nullable Carrier values(Object request) {
    return request instanceof Nothing ? null : values();
  }

  /** The deadline of a call with this timeout. */
  @Nullable Deadline deadline(long nanos) {
    return deadlines ? Deadline.in(nanos) : null;
  }

  /** That of a request that is not awaited yet: the sender's own. */
  @Nullable Deadline deadline() {
    return deadlines ? Deadline.current() : null;
  }

  /** The work of a task, with what the current thread has it carry. */
  static <T> Callable<T> onto(Callable<T> work) {
    Carrying carrying = Observation.carrying();
    ScopedValue.Carrier values = carrying == null ? null : carrying.values();
    return values == null ? work : () -> values.<T, Exception>call(work::call);
  }

  /** The deadline of a task that the current process starts and awaits. */
  static @Nullable Deadline ofTask() {
    Carrying carrying = Observation.carrying();
    return carrying == null ? null : carrying.deadline();
  }
}
