package dev.ostler.shell;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What other threads have to say in a shell whose terminal may be slow: crash reports and traces.
 *
 * <p>Any thread may tell something. It never waits: one thread prints, and what is too much for it
 * is left out and counted.
 */
final class Asides implements AutoCloseable {
  private static final int MOST = 1_000;
  private static final int MOST_TEXT = 10_000;

  private final Consumer<String> printed;

  // Under the lock.
  private final Queue<String> waiting = new ArrayDeque<>();
  private boolean printing; // one that does not wait any more
  private long left;
  private boolean closed;

  /**
   * @param printed gets each text, one after another; it may wait
   */
  Asides(String name, Consumer<String> printed) {
    this.printed = printed;
    Thread.ofVirtual().name(name).start(this::run);
  }

  /** Has a text printed soon, unless the shell has ended. */
  void tell(String text) {
    var _ = isTold(text);
  }

  /**
   * Has a text printed soon.
   *
   * @throws IllegalStateException if the shell has ended, which ends a trace
   */
  void tellOrThrow(String text) {
    if (!isTold(text)) {
      throw new IllegalStateException("the shell has ended");
    }
  }

  private synchronized boolean isTold(String text) {
    if (closed) {
      return false;
    }
    if (waiting.size() >= MOST) {
      left++;
    } else {
      waiting.add(text.length() > MOST_TEXT ? text.substring(0, MOST_TEXT) + "…" : text);
      notifyAll();
    }
    return true;
  }

  /** Waits until all that was told is printed; not longer than this. */
  synchronized void flush(Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (!closed && (printing || !waiting.isEmpty())) {
      long millis = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (millis <= 0) {
        return;
      }
      wait(millis);
    }
  }

  private void run() {
    try {
      for (Optional<String> next = next(); next.isPresent(); next = next()) {
        printed.accept(next.get());
      }
    } catch (InterruptedException | RuntimeException e) {
      // Nobody reads any more.
    } finally {
      close();
    }
  }

  private synchronized Optional<String> next() throws InterruptedException {
    printing = false;
    notifyAll();
    while (waiting.isEmpty() && left == 0 && !closed) {
      wait();
    }
    if (closed) {
      return Optional.empty();
    }
    printing = true;
    if (!waiting.isEmpty()) {
      return Optional.of(waiting.remove());
    }
    String text = "(" + left + " more are left out: they came faster than they could be shown)";
    left = 0;
    return Optional.of(text);
  }

  /** What is told from now on is refused. */
  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }
}
