package dev.ostler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The tasks that wait for one worker of {@link Scheduler}, first in, first out.
 *
 * <p>Only the worker, the owner, may {@link #push} and {@link #take}; any thread may {@link #steal}
 * and ask for the {@link #size}.
 */
final class RunQueue {
  /*
   * A ring. Tasks have increasing numbers: the task with number n is at place n modulo the length.
   *
   *   cleared <= head <= tail <= cleared + length
   *
   *   tail      the owner writes a task, then the new tail, with release
   *   head      a thread takes the task with this number by moving head on, by compare-and-set; a
   *             number never comes again, so a thread that has read a task too late fails
   *   cleared   written by the owner: no place below it holds a task; places from there to head may
   *             hold tasks that others stole. A thief cannot clear the place, because the owner may
   *             have used it again. The owner clears these places before it uses them, and when it
   *             takes. So a stolen task stays in memory only until the owner's next turn.
   *
   * A ring that is full is copied into one of twice the length; a thief that still reads the old one
   * finds the same task under the same number there. The owner makes the larger ring before the old
   * one is full, so a heap that is full for a moment does no harm. The first ring is kept, and the
   * owner returns to it when nothing waits.
   */
  private static final int FIRST = 256; // powers of two
  private static final int MOST = 1 << 28;

  private static final VarHandle RING;
  private static final VarHandle HEAD;
  private static final VarHandle TAIL;

  static {
    try {
      var lookup = MethodHandles.lookup();
      RING = lookup.findVarHandle(RunQueue.class, "ring", Runnable[].class);
      HEAD = lookup.findVarHandle(RunQueue.class, "head", long.class);
      TAIL = lookup.findVarHandle(RunQueue.class, "tail", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final @Nullable Runnable[] first;
  private @Nullable Runnable[] ring; // written by the owner, through RING
  private volatile long head; // written by any, through HEAD
  private long tail; // written by the owner, through TAIL
  private long cleared; // the owner's

  RunQueue() {
    this(FIRST);
  }

  RunQueue(int length) {
    first = new @Nullable Runnable[length];
    ring = first;
  }

  /** Adds a task at the end. If it throws, there was no memory, and the task is not added. */
  void push(Runnable task) {
    if (tail - cleared >= ring.length - (ring.length >> 2)) {
      makeRoom();
    }
    ring[(int) tail & (ring.length - 1)] = task;
    TAIL.setRelease(this, tail + 1);
  }

  private void makeRoom() {
    clear(head);
    long waiting = tail - cleared;
    if (waiting >= ring.length - (ring.length >> 2)) {
      try {
        grow();
      } catch (OutOfMemoryError e) {
        if (waiting == ring.length) {
          throw e;
        } // else there is room, and the next one tries again
      }
    }
  }

  private void grow() {
    if (ring.length == MOST) {
      throw new OutOfMemoryError("too many threads wait for their turn");
    }
    @Nullable Runnable[] larger = new @Nullable Runnable[2 * ring.length];
    for (long i = cleared; i < tail; i++) {
      larger[(int) i & (larger.length - 1)] = ring[(int) i & (ring.length - 1)];
    }
    RING.setRelease(this, larger);
  }

  private void clear(long upTo) {
    while (cleared < upTo) {
      ring[(int) cleared++ & (ring.length - 1)] = null;
    }
  }

  /** The owner takes the task that waits longest; null if there is none. */
  @Nullable Runnable take() {
    Runnable task = steal();
    clear(head);
    if (task == null && ring != first) { // nothing waits
      Arrays.fill(first, null);
      RING.setRelease(this, first);
    }
    return task;
  }

  /** Any thread takes the task that waits longest; null if there is none. */
  @Nullable Runnable steal() {
    while (true) {
      long number = head;
      if (number >= (long) TAIL.getAcquire(this)) {
        return null;
      }
      var seen = (@Nullable Runnable[]) RING.getAcquire(this);
      Runnable task = seen[(int) number & (seen.length - 1)];
      if (HEAD.compareAndSet(this, number, number + 1)) {
        return task;
      }
    }
  }

  /** How many tasks wait; exact while nothing moves. */
  int size() {
    long from = head; // before the tail, so that it is none below zero
    return (int) ((long) TAIL.getAcquire(this) - from);
  }

  /** How many more tasks fit without a larger ring, as the owner sees it. */
  int room() {
    clear(head);
    return (int) (ring.length - (ring.length >> 2) - (tail - cleared));
  }

  /** For tests, by the owner: whether any place holds a task. */
  boolean holdsAny() {
    return Arrays.stream(ring).anyMatch(Objects::nonNull);
  }
}
