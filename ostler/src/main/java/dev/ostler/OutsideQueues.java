package dev.ostler;

import org.jspecify.annotations.Nullable;

/**
 * The tasks of {@link Scheduler} that no worker has yet, by who brought them. Any thread may use
 * it.
 *
 * <p>Whoever brings very many tasks at once, as the timers' thread does when many timers are due,
 * must not keep others waiting behind all of them. So there are several queues. A thread always
 * adds to the same one, so its tasks stay in order; the timers' thread has one that no other thread
 * adds to. Workers take from the queues in turn.
 */
final class OutsideQueues {
  static final int QUEUES = 8; // a power of two

  private final OutsideQueue[] queues = new OutsideQueue[QUEUES];

  /** Any worker reads and writes it; if one overwrites another's, a queue waits once more. */
  private int turn;

  OutsideQueues() {
    for (int i = 0; i < QUEUES; i++) {
      queues[i] = new OutsideQueue();
    }
  }

  /** Adds a task of the current thread. If it throws, there was no memory, and it is not added. */
  void add(Runnable task) {
    queueOf(Thread.currentThread()).add(task);
  }

  /** Moves up to so many tasks here from a worker's queue. */
  void addFrom(RunQueue queue, int most) {
    queueOf(Thread.currentThread()).addFrom(queue, most);
  }

  private OutsideQueue queueOf(Thread thread) {
    return queues[
        Timers.isRunBy(thread)
            ? 0
            : 1 + (int) Long.remainderUnsigned(thread.threadId(), QUEUES - 1)];
  }

  /** Takes the task that waits longest in the queue whose turn it is; null if none waits in any. */
  @Nullable Runnable poll() {
    int first = turn;
    for (int i = 0; i < QUEUES; i++) {
      Runnable task = queues[(first + i) & (QUEUES - 1)].poll();
      if (task != null) {
        turn = first + i + 1;
        return task;
      }
    }
    return null;
  }

  /** How many tasks wait; exact while nothing moves. */
  int size() {
    int size = 0;
    for (OutsideQueue each : queues) {
      size += each.size();
    }
    return size;
  }

  boolean isEmpty() {
    for (OutsideQueue each : queues) {
      if (!each.isEmpty()) {
        return false;
      }
    }
    return true;
  }
}
