package dev.ostler;

import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Waits for tasks of one owner. Used by the owner's thread. Single use.
 *
 * <p>A task whose value was taken before is never ready again: to wait for it takes the whole
 * timeout.
 */
final class TaskWait {
  static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

  private final List<TaskSlot> slots;
  private final long nanos;
  private final Clock clock = Clock.current();
  private final long start = clock.nanos();

  TaskWait(List<TaskSlot> slots, Duration timeout) {
    this.slots = slots;
    this.nanos = Durations.nanos(timeout, "timeout");
  }

  /** Until all have ended; false if time ran out first. */
  boolean forAll() {
    return until(() -> slots.stream().allMatch(TaskSlot::isReady));
  }

  /** Until all have ended, or one has failed; false if time ran out first. */
  boolean forAllOrFailure() {
    return until(
        () ->
            slots.stream().anyMatch(TaskSlot::hasFailed)
                || slots.stream().allMatch(TaskSlot::isReady));
  }

  /** Until so many have ended; false if time ran out first. */
  boolean forSome(int count) {
    return until(() -> slots.stream().filter(TaskSlot::isReady).limit(count).count() >= count);
  }

  private boolean until(BooleanSupplier done) {
    Runner runner = Runner.get();
    Runner.living();
    runner.breathe(false);
    slots.forEach(slot -> slot.waiter(runner.thread));
    try {
      while (!done.getAsBoolean()) {
        long left = nanos == Long.MAX_VALUE ? nanos : nanos - (clock.nanos() - start);
        if (left <= 0) {
          return false;
        }
        clock.park(this, left);
        if (Thread.interrupted() && !runner.waitsOn()) {
          Runner.living();
          runner.thread.interrupt();
          throw new CallException.Interrupted("tasks", "await");
        }
      }
      return true;
    } finally {
      Runner.living();
    }
  }
}
