package dev.ostler.observer;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Takes a {@link Sample} every second while somebody looks: reads a stream, or has asked within the
 * last minute. Any thread may ask; one thread takes the samples, and ends when nobody looks.
 *
 * <p>With very many processes a look takes long, so it looks less often: it takes at most a
 * twentieth of its thread's time.
 */
final class Sampler implements AutoCloseable {
  /** How many samples are kept. */
  static final int KEPT = 300;

  private static final long EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final Duration INTEREST = Duration.ofMinutes(1);
  private static final int SHARE = 20;

  private final Happenings happenings;
  private final Duration interest;
  private final CallFigures calls = new CallFigures();
  private final Sample first;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  // Under this object's lock.
  private final ArrayDeque<Sample> samples = new ArrayDeque<>(); // the newest first
  private @Nullable Thread thread;
  private long askedAt;
  private boolean closed;

  Sampler(Happenings happenings) {
    this(happenings, INTEREST);
  }

  /**
   * For tests: one with another patience.
   *
   * @param interest how long after a question it is assumed that another one follows
   */
  Sampler(Happenings happenings, Duration interest) {
    this.happenings = happenings;
    this.interest = interest;
    this.first = Sample.take(happenings, calls);
  }

  CallFigures calls() {
    return calls;
  }

  /** What it was like when the observer began. */
  Sample first() {
    return first;
  }

  /** Somebody asks: samples are taken for the next minute. */
  void ask() {
    boolean fresh;
    synchronized (this) {
      askedAt = System.nanoTime();
      begin();
      Sample newest = samples.peekFirst();
      fresh = newest != null && System.nanoTime() - newest.nanos < 2 * EVERY_NANOS;
    }
    if (!fresh) {
      keep(Sample.take(happenings, calls));
    }
  }

  /** Has the listener called after each sample, on the sampler's thread. It must not wait. */
  void listen(Runnable listener) {
    listeners.add(listener);
    ask();
  }

  void ignore(Runnable listener) {
    listeners.remove(listener);
  }

  /** The samples that are kept, the newest first. */
  synchronized List<Sample> samples() {
    return new ArrayList<>(samples);
  }

  /** For tests: its thread, while somebody looks. */
  synchronized Optional<Thread> thread() {
    return Optional.ofNullable(thread);
  }

  private synchronized void keep(Sample sample) {
    Sample newest = samples.peekFirst();
    if (newest == null || sample.nanos - newest.nanos > EVERY_NANOS / 4) {
      samples.addFirst(sample);
      if (samples.size() > KEPT) {
        samples.removeLast();
      }
    }
  }

  // Under this object's lock.
  private void begin() {
    if (thread == null && !closed) {
      thread = Thread.ofPlatform().daemon().name("ostler observer").start(this::run);
      happenings.watch(true);
      calls.measure(true);
    }
  }

  private void run() {
    long due = System.nanoTime();
    while (isWanted()) {
      due += EVERY_NANOS;
      try {
        Sample sample = Sample.take(happenings, calls);
        keep(sample);
        due = Math.max(due, System.nanoTime() + SHARE * sample.tookNanos);
        listeners.forEach(Runnable::run);
      } catch (RuntimeException | Error e) {
        // Mostly there is no memory just now: the next sample may succeed.
      }
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
        if (Thread.interrupted()) {
          break;
        }
      }
    }
  }

  private synchronized boolean isWanted() {
    boolean wanted =
        !closed && (!listeners.isEmpty() || System.nanoTime() - askedAt < interest.toNanos());
    if (!wanted) {
      thread = null;
      happenings.watch(false);
      calls.measure(false);
    }
    return wanted;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (thread != null) {
      thread.interrupt();
    }
  }
}
