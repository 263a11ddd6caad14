package dev.ostler.bench;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A server that counts what it handles where any thread can see it, so that a stress test can wait
 * without sending it anything: a message would wake it, and hide that another had not.
 */
final class Listener implements GenServer<Integer, Listener.Ask, Listener.Note> {
  record Ask() implements Call<Listener, Integer> {}

  enum Note implements Cast<Listener> {
    /** Counted. */
    NOTE,
    /** Sent when the server was known to be dead. */
    LATE
  }

  private static final long PATIENCE_NANOS = 10_000_000_000L;
  private static final int SPINS = 1_000;

  private final AtomicInteger handled = new AtomicInteger();
  private final AtomicInteger late = new AtomicInteger();
  private volatile boolean over;

  @Override
  public Init<Integer> init() {
    return Init.ok(0);
  }

  @Override
  public Next<Integer> handleCall(Ask ask, From<?> from, Integer asked) {
    count();
    return ask.reply(asked + 1, asked + 1);
  }

  @Override
  public Next<Integer> handleCast(Note note, Integer asked) {
    count();
    if (note == Note.LATE) {
      late.incrementAndGet();
    }
    return Next.noReply(asked);
  }

  private void count() {
    if (over) {
      late.incrementAndGet();
    }
    handled.incrementAndGet();
  }

  /** From here on nothing may be handled; what is, is late. */
  void over() {
    over = true;
  }

  int late() {
    return late.get();
  }

  /** Waits until as many messages are handled, or patience ends; returns how many were. */
  int awaitHandled(int expected) {
    return await(handled, expected);
  }

  static int await(AtomicInteger counter, int expected) {
    long until = System.nanoTime() + PATIENCE_NANOS;
    for (int i = 0; counter.get() < expected && System.nanoTime() < until; i++) {
      if (i < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(10_000);
      }
    }
    return counter.get();
  }
}
