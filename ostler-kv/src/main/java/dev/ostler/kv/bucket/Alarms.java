package dev.ostler.kv.bucket;

import dev.ostler.Pid;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The moments at which something in a bucket of the store is due, the earliest first. A bucket has
 * at most one. Any thread may use it; it outlives the process of the {@link AlarmClock}, which
 * tells the buckets.
 *
 * <p>A timer for each bucket would take ten times the memory, and a thread for each one that rings.
 */
final class Alarms {
  /** Until the clock looks again if there is no alarm. */
  static final long NEVER = Long.MAX_VALUE;

  /**
   * One bucket's alarm, which is set and cancelled by the bucket's process only. A class that
   * others inherit from, so that a bucket with a deadline has one object less.
   */
  static class Alarm {
    // Written under the lock of the alarms.
    private long at; // by the bucket's process, which may read it at any time
    private int place = NOWHERE; // in the heap
    private @Nullable BucketRef bucket; // once it was set

    /** When it rings, or rang, in milliseconds since 1970; 0 if it is not set. The process only. */
    final long at() {
      return at;
    }

    /** Whose it is. */
    final BucketRef bucket() {
      return Objects.requireNonNull(bucket, "bucket");
    }
  }

  /*
   * A binary heap: no alarm is earlier than the one at (place - 1) / 2. Each alarm knows its place,
   * so that it can be removed without a search: buckets come and go long before they are due.
   */
  private static final int NOWHERE = -1;

  // Under this object's lock.
  private @Nullable Alarm[] heap = new Alarm[16];
  private int size;

  private volatile @Nullable Pid clock;

  /**
   * The process that is told, by a {@link AlarmClock.Look}, of each alarm earlier than all others.
   */
  void rungBy(Pid process) {
    clock = process;
  }

  /** Sets a bucket's alarm; it does not ring any more when it was set to ring before. */
  void set(Alarm alarm, long at, BucketRef bucket) {
    if (add(alarm, at, bucket)) {
      Pid ringing = clock;
      if (ringing != null) {
        try {
          ringing.send(AlarmClock.LOOK);
        } catch (Throwable e) { // no memory
          cancel(alarm);
          throw e;
        }
      }
    }
  }

  /** Whether it is the first now. */
  private synchronized boolean add(Alarm alarm, long at, BucketRef bucket) {
    cancel(alarm);
    reserve();
    alarm.at = at;
    alarm.bucket = bucket;
    up(size++, alarm);
    return alarm.place == 0;
  }

  private void reserve() {
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, 2 * size);
    }
  }

  /** Removes an alarm, if it has not rung. It is not set any more. */
  synchronized void cancel(Alarm alarm) {
    if (alarm.place != NOWHERE) {
      remove(alarm.place);
    }
    alarm.at = 0;
  }

  /** Whether an alarm that was set has rung, and was not set again. */
  synchronized boolean hasRung(Alarm alarm) {
    return alarm.at != 0 && alarm.place == NOWHERE;
  }

  /**
   * Lets an alarm ring again whose bucket was not told, unless its process has cancelled or set it.
   */
  synchronized void repeat(Alarm alarm) {
    if (hasRung(alarm)) {
      reserve();
      up(size++, alarm);
    }
  }

  /** When the first one rings; {@link #NEVER} if there is none. */
  synchronized long first() {
    Alarm first = heap[0];
    return first == null ? NEVER : first.at;
  }

  /** Removes the first one, if its moment has come; null otherwise. */
  synchronized @Nullable Alarm due(long now) {
    Alarm first = heap[0];
    if (first == null || first.at > now) {
      return null;
    }
    remove(0);
    return first;
  }

  synchronized int size() {
    return size;
  }

  private void remove(int place) {
    at(place).place = NOWHERE;
    Alarm last = at(--size);
    heap[size] = null;
    if (place < size) {
      down(place, last);
      if (last.place == place) {
        up(place, last);
      }
    }
  }

  /** Puts an alarm there, or further up. */
  private void up(int from, Alarm alarm) {
    int place = from;
    while (place > 0 && at((place - 1) / 2).at > alarm.at) {
      put(place, at((place - 1) / 2));
      place = (place - 1) / 2;
    }
    put(place, alarm);
  }

  /** Puts an alarm there, or further down. */
  private void down(int from, Alarm alarm) {
    int place = from;
    for (int below = 2 * place + 1; below < size; below = 2 * place + 1) {
      int earlier = below + 1 < size && at(below + 1).at < at(below).at ? below + 1 : below;
      if (at(earlier).at >= alarm.at) {
        break;
      }
      put(place, at(earlier));
      place = earlier;
    }
    put(place, alarm);
  }

  private void put(int place, Alarm alarm) {
    heap[place] = alarm;
    alarm.place = place;
  }

  private Alarm at(int place) {
    Alarm alarm = heap[place];
    if (alarm == null) {
      throw new AssertionError("no alarm at " + place + " of " + size);
    }
    return alarm;
  }
}
