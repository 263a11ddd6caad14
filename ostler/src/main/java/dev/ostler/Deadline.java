package dev.ostler;

import org.jspecify.annotations.Nullable;

/**
 * When a caller will wait no longer, by its clock. Immutable.
 *
 * @param clock the caller's
 * @param end in nanoseconds of this clock
 */
record Deadline(Clock clock, long end) {

  /** The deadline of a wait that begins now; null if it is without limit. */
  static @Nullable Deadline in(long nanos) {
    if (nanos == Long.MAX_VALUE) {
      return null;
    }
    Clock clock = Clock.current();
    return new Deadline(clock, clock.nanos() + nanos);
  }

  /** Of those for whom the current thread's process works just now; null if there is none. */
  static @Nullable Deadline current() {
    return switch (Runner.process()) {
      case null -> null;
      case ServerProc server ->
          server.handling() instanceof CarryingRequest request ? request.deadline() : null;
      case Proc task -> {
        Aux aux = task.peekAux();
        yield aux == null ? null : aux.deadline;
      }
    };
  }

  /** The nanoseconds that are left; not negative. */
  long left() {
    return Math.max(0, end - clock.nanos());
  }
}
