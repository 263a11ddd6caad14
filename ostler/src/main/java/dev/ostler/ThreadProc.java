package dev.ostler;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A process with a thread of its own, which runs arbitrary code and receives its messages when it
 * likes: spawned on a virtual thread, or a thread that was attached.
 *
 * <p>Its thread owns its mailbox: busy while it runs, idle while it waits in receive.
 */
final class ThreadProc extends Proc {
  private final String label;
  private volatile @Nullable Thread thread;

  // Touched by the process's own thread.
  private final ArrayDeque<Object> skipped =
      new ArrayDeque<>(0); // received before, wanted by nobody
  private volatile int skippedCount; // for others to read

  /** Waits for the end of the thread that was attached; null if the process was spawned. */
  private @Nullable Thread watcher;

  ThreadProc(String label, @Nullable Ancestors ancestors) {
    super(ancestors);
    this.label = label;
  }

  // --- Its life ---

  /** Starts the process on a virtual thread of its own. */
  void start(Processes.Body body) {
    Runner starter = Runner.get();
    long since = starter.since();
    int spell = starter.spell();
    ProcessTable.add(this);
    thread = Threads.virtual(label, () -> run(body, Runner.adopt(since, spell)));
    thread.start();
  }

  private void run(Processes.Body body, Runner runner) {
    bind(runner);
    Death.of(this, perform(body));
  }

  private ExitReason perform(Processes.Body body) {
    try {
      mustLive(); // it may have been ended before it began
      body.run();
      return ExitReason.NORMAL;
    } catch (ProcessExit exit) {
      return reported(exit.reason());
    } catch (Throwable thrown) {
      Runner.get().unwindTo(0);
      return reported(new ExitReason.Crash(thrown));
    }
  }

  private ExitReason reported(ExitReason reason) {
    if (!isClosed() && !reason.isClean()) {
      Events.publish(CrashReport.of(this, reason));
    }
    return reason;
  }

  /** Makes the current thread this process. */
  void bind(Runner runner) {
    thread = runner.thread;
    runner(runner);
    runner.current(this);
  }

  /** Makes the current thread, which goes on after it, this process. */
  void attach(Runner runner) {
    bind(runner);
    watcher = Threads.virtual("end of " + label, () -> endWith(runner.thread));
    watcher.start();
  }

  boolean isAttached() {
    return watcher != null;
  }

  /** A thread that ends without being detached has returned from the process's body, so to say. */
  private void endWith(Thread attached) {
    try {
      attached.join();
    } catch (InterruptedException e) { // it was detached
      return;
    }
    Death.of(this, ExitReason.NORMAL);
  }

  /** Ends the process, of an attached thread, which goes on as no process. */
  void unbind(Runner runner) {
    if (watcher != null) {
      watcher.interrupt();
    }
    Death.of(this, ExitReason.NORMAL);
    runner.current(null);
    runner.cleared(this);
    runner(null);
  }

  @Override
  void wake() {
    LockSupport.unpark(thread);
  }

  @Override
  boolean hasThread() {
    return true;
  }

  @Override
  String defaultLabel() {
    return label;
  }

  // --- Receive ---

  /** The first message that is wanted; null if none comes within the time. */
  @Nullable Object receive(Predicate<Object> wanted, long nanos) {
    Object found = takeSkipped(wanted);
    if (found != null) {
      return found;
    }
    Runner runner = Runner.get();
    runner.breathe(false);
    Clock clock = clock();
    long start = clock.nanos();
    while (true) {
      found = takeNew(wanted);
      if (found != null) {
        return found;
      }
      mustLive();
      long left = nanos == Long.MAX_VALUE ? nanos : nanos - (clock.nanos() - start);
      if (left <= 0) {
        return null;
      }
      sleep(clock, left);
      runner.rested();
    }
  }

  private @Nullable Object takeSkipped(Predicate<Object> wanted) {
    mustLive();
    for (Iterator<Object> each = skipped.iterator(); each.hasNext(); ) {
      Object message = each.next();
      if (wanted.test(message)) {
        each.remove();
        skippedCount = skipped.size();
        return message;
      }
    }
    return null;
  }

  private @Nullable Object takeNew(Predicate<Object> wanted) {
    for (Message message = take(); message != null; message = take()) {
      Object content = message.payload(this);
      if (content == null) {
        continue;
      }
      boolean match;
      try {
        match = wanted.test(content);
      } catch (Throwable thrown) {
        skip(content); // the predicate failed, the message is not lost
        throw thrown;
      }
      if (match) {
        return content;
      }
      skip(content);
    }
    return null;
  }

  private void skip(Object message) {
    skipped.add(message);
    skippedCount = skipped.size();
  }

  @Override
  int queued() {
    return super.queued() + skippedCount;
  }

  private void sleep(Clock clock, long nanos) {
    if (!release()) {
      return;
    }
    clock.park(this, nanos);
    resume();
    if (Thread.interrupted()) {
      mustLive();
      Thread.currentThread().interrupt();
      throw new ReceiveInterruptedException(this);
    }
  }

  /** All messages there are. */
  List<Object> flush() {
    mustLive();
    var all = new ArrayList<Object>(skipped);
    skipped.clear();
    takeNew(
        message -> {
          all.add(message);
          return false;
        });
    skipped.clear();
    skippedCount = 0;
    return List.copyOf(all);
  }

  /** Drops the messages of a monitor, if they came. */
  void flush(MonitorRef ref) {
    skipped.removeIf(
        message ->
            (message instanceof Down down && down.ref() == ref)
                || (message instanceof TaskReply reply && reply.ref() == ref));
    skippedCount = skipped.size();
  }
}
