package dev.ostler;

import org.jspecify.annotations.Nullable;

/**
 * Waits for the end of a process, from within a server's callback, which cannot receive a {@link
 * Down}.
 *
 * <p>It is a request to which only the death of its target replies.
 */
final class DeathWatch extends Request<Object> {
  private DeathWatch(Proc target, @Nullable Proc caller) {
    super("its end", target, caller);
  }

  /** Watches from now on. */
  static DeathWatch on(Pid pid) {
    Proc target = (Proc) pid;
    var watch = new DeathWatch(target, Runner.process());
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
    Request<?> outer = runner.waiting;
    runner.waiting = this;
    try {
      return await(runner, Clock.SYSTEM, nanos) instanceof Failure(ExitReason reason)
          ? reason
          : null;
    } catch (InterruptedException e) {
      Runner.living();
      runner.thread.interrupt();
      throw new CallException.Interrupted(this);
    } finally {
      runner.waiting = outer;
    }
  }

  /** Watches no longer. */
  void cancel() {
    close();
  }

  @Override
  void deliver(ServerProc server) {
    throw new AssertionError("a death watch is in no mailbox");
  }
}
