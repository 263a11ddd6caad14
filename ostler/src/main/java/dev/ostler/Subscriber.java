package dev.ostler;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Somebody who is told events, with a queue and a thread of its own: if it is slow, or blocks, only
 * its own events wait, and are dropped if there are too many.
 *
 * <p>The thread that makes the events {@linkplain #tell tells} it. Any thread may close it.
 */
final class Subscriber implements Events.Subscription {
  private final EventQueue queue = new EventQueue("ostler-subscriber", Subscriber::sayDropped);
  private final AtomicLong dropped = new AtomicLong();
  private final Consumer<? super Event> consumer;
  private volatile boolean closed;

  /** The kinds of events that it wants; see {@link EventKind}. */
  final int kinds;

  Subscriber(int kinds, Consumer<? super Event> consumer) {
    this.kinds = kinds;
    this.consumer = consumer;
  }

  /** Passes it an event, later. */
  void tell(Event event) {
    boolean put = false;
    try {
      put = closed || queue.put(new EventQueue.Entry(() -> deliver(event)));
    } finally {
      if (!put) {
        dropped.incrementAndGet();
      }
    }
  }

  private void deliver(Event event) {
    if (closed) {
      queue.endSoon(); // the event came when it had just been closed, and may have begun a thread
      return;
    }
    try {
      consumer.accept(event);
    } catch (Throwable thrown) {
      EventLog.thrown(thrown);
    }
  }

  private static void sayDropped(long count) {
    EventLog.dropped(count, ", since a subscriber is slow");
  }

  EventQueue queue() {
    return queue;
  }

  @Override
  public long dropped() {
    return dropped.get();
  }

  @Override
  public void close() {
    closed = true;
    Events.remove(this);
    queue.endSoon();
  }
}
