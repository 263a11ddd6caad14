package dev.ostler;

import java.util.ArrayList;
import java.util.List;

/** The end of all processes and of the runtime's own threads. See {@link Processes#shutdown}. */
final class RuntimeEnd {
  private final long start = System.nanoTime();
  private final long nanos;
  private final List<Thread> running = new ArrayList<>();

  private RuntimeEnd(long nanos) {
    this.nanos = nanos;
  }

  /** Whether all has ended within the time. Called by a thread that is no process. */
  static boolean within(long nanos) {
    var end = new RuntimeEnd(nanos);
    boolean interrupted = Thread.interrupted();
    boolean ended = false;
    try {
      ended = end.stopApplications();
      end.killAll();
      ended &= end.joinThreads() && Timers.end(Math.max(1, end.left()));
      ended &= Events.end(Math.max(1, end.left()));
      ended &= Scribe.end(Math.max(1, end.left()));
      ended &= Rescuer.end(Math.max(1, end.left()));
    } catch (InterruptedException e) {
      interrupted = true;
    }
    Application.unhook();
    Watchdog.timersEnded();
    Zombies.timersEnded();
    Carriers.timersEnded();
    Fairness.timersEnded();
    Scheduler.end();
    Runner.forgetAll();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return ended;
  }

  private long left() {
    return nanos == Long.MAX_VALUE ? nanos : nanos - (System.nanoTime() - start);
  }

  private boolean stopApplications() throws InterruptedException {
    if (Application.running().isEmpty()) {
      return true;
    }
    Thread stopper = Scheduler.virtual("ostler-shutdown", Application::stopAll);
    stopper.start();
    return join(stopper);
  }

  /**
   * Repeats until no process lives: a supervisor may restart a child before it is killed itself.
   */
  private void killAll() {
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
  }

  private boolean joinThreads() throws InterruptedException {
    boolean all = true;
    for (Thread each : running) {
      all &= join(each);
    }
    return all;
  }

  /** Whether the thread ends within what is left of the time. */
  private boolean join(Thread thread) throws InterruptedException {
    return thread.join(java.time.Duration.ofNanos(Math.max(1, left())));
  }
}
