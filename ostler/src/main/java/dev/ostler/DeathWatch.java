package dev.ostler;

import org.jspecify.annotations.Nullable;

/**
 * Waits for the end of a process, from within a server's callback, which cannot receive a {@link
 * Down}. It is a slot that only the death of its target answers.
 *
 * <p>Used by the thread that waits.
 */
final class DeathWatch extends Slot {
  private DeathWatch(Proc target) {
    super(target);
  }

  /** Watches from now on. */
  static DeathWatch on(Pid pid) {
    Proc target = (Proc) pid;
    var watch = new DeathWatch(target);
    watch.defer();
    if (target.isClosed()) {
      target.awaitGone();
      watch.fail(target.reason());
    }
    return watch;
  }

  /** Waits on the current thread; why the process ended, null if it did not within the time. */
  @Nullable ExitReason await(long nanos) {
    Runner runner = Runner.get();
    Slot outer = runner.waiting;
    runner.waiting = this;
    try {
      return await(runner, Clock.SYSTEM, nanos) instanceof Failure(ExitReason reason)
          ? reason
          : null;
    } catch (InterruptedException e) {
      Runner.living();
      runner.thread.interrupt();
      throw new CallException.Interrupted(Calls.describe(target), "its end");
    } finally {
      runner.waiting = outer;
    }
  }

  /** Watches no longer. */
  void cancel() {
    close();
  }
}
