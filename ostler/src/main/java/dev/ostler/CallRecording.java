package dev.ostler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A recording of calls of servers: who called whom in which callback, and when. It ends by itself.
 *
 * <p>Any thread may start, read and close one, and there may be several at a time. Meanwhile calls
 * cost more. Requests and replies are not kept.
 */
public final class CallRecording implements AutoCloseable {
  private static final int MOST = 100_000;

  private final int most;
  private final long start = System.nanoTime();
  private final CountDownLatch over = new CountDownLatch(1);

  // Under the lock.
  private final List<RecordedCall> calls = new ArrayList<>();
  private @Nullable Future<?> alarm;

  private CallRecording(int most) {
    this.most = most;
  }

  /**
   * One call. The times count from the start of the recording; those that have not come yet are
   * empty.
   *
   * @param id a number of its own
   * @param parent the call in whose callback this one was made; empty if it was made elsewhere, or
   *     that one is not in the recording
   * @param caller the calling process; empty if a thread without a process called
   * @param server the server that was called
   * @param label its label
   * @param request the type of the request
   * @param called when the call was made
   * @param began when the server began with it: until then it waited in the mailbox
   * @param ended when the server was done with its callback; the reply may come before, or later
   * @param replied when the call returned to its caller, with the reply or an exception
   */
  public record Span(
      long id,
      Optional<Long> parent,
      Optional<Pid> caller,
      Pid server,
      String label,
      String request,
      Duration called,
      Optional<Duration> began,
      Optional<Duration> ended,
      Optional<Duration> replied) {}

  /**
   * Records calls from now on.
   *
   * @param most how many at most, up to 100,000: then it ends
   * @param time how long at most: then it ends, too
   */
  public static CallRecording start(int most, Duration time) {
    if (most < 1 || most > MOST) {
      throw new IllegalArgumentException("a recording keeps 1 to " + MOST + " calls, not " + most);
    }
    long nanos = Durations.nanos(time, "time");
    var recording = new CallRecording(most);
    Observation.record(recording);
    try {
      recording.endAfter(nanos);
    } catch (Throwable failed) {
      recording.close();
      throw failed;
    }
    return recording;
  }

  private synchronized void endAfter(long nanos) {
    alarm = Timers.after(nanos, this::close);
  }

  /** Keeps a call; false if it is full. Called by the caller. */
  boolean keep(RecordedCall call) {
    boolean full;
    synchronized (this) {
      if (calls.size() == most) {
        return false;
      }
      calls.add(call);
      full = calls.size() == most;
    }
    if (full) {
      close();
    }
    return true;
  }

  /** The calls so far, in the order in which they were made. */
  public List<Span> spans() {
    List<RecordedCall> kept;
    synchronized (this) {
      kept = List.copyOf(calls);
    }
    var ids = new HashSet<Long>();
    kept.forEach(each -> ids.add(each.id));
    return kept.stream().map(each -> each.span(start, ids)).toList();
  }

  /** Whether it has ended: no further calls are recorded. */
  public boolean isOver() {
    return over.getCount() == 0;
  }

  /**
   * Waits until it has ended. The last calls may not have returned by then.
   *
   * @return false if that takes longer than the time, or if the thread is interrupted, whose
   *     interrupt status stays set
   */
  public boolean awaitEnd(Duration time) {
    try {
      return over.await(Durations.nanos(time, "time"), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Ends it, unless it has ended. What was recorded can still be read. */
  @Override
  public void close() {
    Observation.endRecord(this);
    over.countDown();
    synchronized (this) {
      if (alarm != null) {
        alarm.cancel(false);
        alarm = null;
      }
    }
  }
}
