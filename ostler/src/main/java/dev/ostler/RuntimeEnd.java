package dev.ostler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The end of all processes and of the runtime's own threads. See {@link Processes#shutdown}. */
final class RuntimeEnd {
  private final long start = System.nanoTime();
  private final long nanos;
  private final List<Thread> running = new ArrayList<>();
  private boolean interrupted = Thread.interrupted();

  private RuntimeEnd(long nanos) {
    this.nanos = nanos;
  }

  /** Whether all has ended within the time. Called by a thread that is no process. */
  static boolean within(long nanos) {
    var end = new RuntimeEnd(nanos);
    boolean ended = end.stopApplications();
    ended &= end.killAll();
    ended &= end.joinThreads();
    ended &= end.step(Timers::end);
    ended &= end.step(Events::end);
    ended &= end.step(Scribe::end);
    ended &= end.step(Rescuer::end);
    Application.unhook();
    Watchdog.timersEnded();
    Zombies.timersEnded();
    LongMailboxes.timersEnded();
    Observation.timersEnded();
    Carriers.timersEnded();
    Fairness.timersEnded();
    Backpressure.timersEnded();
    ended &= end.step(Scheduler::end);
    Runner.forgetAll();
    if (end.interrupted) {
      Thread.currentThread().interrupt();
    }
    return ended;
  }

  /** One step; true if what it ends has ended within the time. */
  private interface Step {
    boolean within(long nanos) throws InterruptedException;
  }

  /**
   * Takes a step, whatever came of the others: one thread that does not end must not keep the rest
   * of the runtime alive. After an interrupt no step waits.
   */
  private boolean step(Step step) {
    try {
      return step.within(interrupted ? 1 : Math.max(1, left()));
    } catch (InterruptedException e) {
      interrupted = true;
      return false;
    }
  }

  private long left() {
    return nanos == Long.MAX_VALUE ? nanos : nanos - (System.nanoTime() - start);
  }

  private boolean stopApplications() {
    if (Application.running().isEmpty()) {
      return true;
    }
    Thread stopper = Scheduler.virtual("ostler-shutdown", Application::stopAll);
    stopper.start();
    return join(stopper);
  }

  /**
   * Repeats until no process lives: a supervisor may restart a child before it is killed itself.
   * False if one lives when the time is over.
   */
  private boolean killAll() {
    List<Proc> alive = ProcessTable.list();
    do {
      for (Proc each : alive) {
        Runner runner = each.runner();
        if (runner != null && runner.isVirtual()) {
          running.add(runner.thread);
        }
        Death.of(each, ExitReason.KILLED);
      }
      alive = ProcessTable.list();
    } while (!alive.isEmpty() && left() > 0);
    running.addAll(ThreadProc.stopWatching());
    return alive.isEmpty();
  }

  private boolean joinThreads() {
    boolean all = true;
    for (Thread each : running) {
      all &= join(each);
    }
    return all;
  }

  /** Whether the thread ends within what is left of the time. */
  private boolean join(Thread thread) {
    return step(left -> thread.join(Duration.ofNanos(left)));
  }
}
