package dev.ostler.shell;

import dev.ostler.Event;
import dev.ostler.Events;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The process in which everything that is typed runs, and the next one when it has ended.
 *
 * <p>One thread hands code over and waits for its result. Any thread may interrupt that code.
 */
final class ShellProcess implements AutoCloseable {
  /** The process ended while it ran the code, and because of it or not. */
  static final class Ended extends Exception {
    private Ended(Pid pid) {
      super("the shell's process " + pid + " has ended");
    }
  }

  private final Session session;
  private final Consumer<String> told;
  private final Events.Subscription ends;

  // Under the lock.
  private Life life;
  private boolean closed;

  /**
   * @param session bound while it runs code
   * @param told gets a line when a process of the shell has ended, or is interrupted
   */
  ShellProcess(Session session, Consumer<String> told) {
    this.session = session;
    this.told = told;
    this.life = new Life(session);
    this.ends = Events.subscribe(Event.Ended.class, this::ended);
  }

  private synchronized Life life() {
    return life;
  }

  /** Whether this is the process that runs what is typed now. */
  boolean is(Pid pid) {
    return life().pid == pid;
  }

  /**
   * Runs the code in the process, and waits for its result.
   *
   * @throws Ended if the process ended before the code did
   * @throws Exception what the code throws
   */
  String run(Callable<String> code) throws Exception {
    var job = new Job(code);
    synchronized (this) {
      if (closed) {
        throw new Ended(life.pid);
      }
      if (!life.pid.isAlive()) {
        life = new Life(session);
      }
      life.jobs.add(job);
    }
    Life chosen = life();
    if (chosen.isOver()) { // between the question whether it lives and the job
      job.giveUp(chosen.pid);
    }
    try {
      return job.result.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Exception thrown -> throw thrown;
        case Error thrown -> throw thrown;
        case null, default -> throw e;
      }
    }
  }

  /** Interrupts the code that runs, if any; if that was done before and it still runs, kills it. */
  void interrupt() {
    if (life().interrupt()) {
      told.accept("interrupted; Ctrl-C once more kills the process");
    }
  }

  private void ended(Event.Ended event) {
    Life now = life();
    if (event.pid() == now.pid) {
      told.accept("the shell's process " + event.pid() + " has ended: " + event.reason());
      now.giveUp();
    }
  }

  /** Kills the process, and runs nothing any more. */
  @Override
  public void close() {
    ends.close();
    synchronized (this) {
      closed = true;
      life.pid.exit(ExitReason.KILL);
      life.giveUp();
    }
  }

  /** A piece of code, and the result that somebody waits for. */
  private static final class Job {
    private final Callable<String> code;
    private final CompletableFuture<String> result = new CompletableFuture<>();
    private boolean interrupted; // under the lock of its Life

    Job(Callable<String> code) {
      this.code = code;
    }

    void giveUp(Pid dead) {
      result.completeExceptionally(new Ended(dead));
    }
  }

  /** One process, from its start to its end. */
  private static final class Life {
    private final BlockingQueue<Job> jobs = new LinkedBlockingQueue<>();
    private final Pid pid;

    // Under the lock.
    private @Nullable Thread thread;
    private @Nullable Job running;
    private boolean over;

    Life(Session session) {
      this.pid = Processes.spawn("shell", () -> session.run(this::live));
    }

    private void live() {
      synchronized (this) {
        thread = Thread.currentThread();
      }
      try {
        while (Self.isProcess()) {
          try {
            run(jobs.take());
          } catch (InterruptedException e) {
            // It was killed; or code that has returned left this behind.
          }
        }
      } finally {
        giveUp();
      }
    }

    private void run(Job job) {
      synchronized (this) {
        running = job;
      }
      try {
        Self.pid(); // throws if it was killed meanwhile
        job.result.complete(job.code.call());
      } catch (Throwable thrown) {
        if (thrown instanceof Error end && Unwinding.is(end)) {
          job.giveUp(pid);
          throw end;
        }
        job.result.completeExceptionally(thrown);
      } finally {
        synchronized (this) {
          running = null;
          var _ = Thread.interrupted(); // that was meant for the code, or the process is dead
        }
      }
    }

    /** Returns whether it was the first time. */
    private synchronized boolean interrupt() {
      if (running == null || thread == null) {
        return false;
      }
      if (running.interrupted) {
        pid.exit(ExitReason.KILL);
        running.giveUp(pid);
        return false;
      }
      running.interrupted = true;
      thread.interrupt();
      return true;
    }

    /** Nobody waits any longer for what this process runs, or would run. */
    private synchronized void giveUp() {
      over = true;
      if (running != null) {
        running.giveUp(pid);
      }
      for (Job job = jobs.poll(); job != null; job = jobs.poll()) {
        job.giveUp(pid);
      }
    }

    private synchronized boolean isOver() {
      return over;
    }
  }
}
