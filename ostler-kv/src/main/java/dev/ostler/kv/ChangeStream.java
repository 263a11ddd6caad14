package dev.ostler.kv;

import java.util.Spliterator;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * What a watch tells, as a stream. The watch's process puts, one other thread at a time takes.
 *
 * <p>While {@link #AHEAD} changes wait here, the process waits, and further ones wait in its
 * mailbox.
 */
final class ChangeStream<K, V> implements Watch.Sink, Spliterator<BucketEvent<K, V>> {
  private static final int AHEAD = 100;

  /** A change, or the end of the bucket, or the end of the stream. */
  private sealed interface Item {
    record Changed(Change change, long number) implements Item {}

    record Ended(long number, BucketEvent.End why) implements Item {}

    record Over() implements Item {}
  }

  private final BiFunction<Change, Long, BucketEvent<K, V>> decode;
  private final LinkedBlockingQueue<Item> items = new LinkedBlockingQueue<>();
  private final Semaphore room = new Semaphore(AHEAD);
  private boolean over; // used by the thread that takes

  /**
   * An empty one.
   *
   * @param decode makes an event of a change and its number, on the thread that takes
   */
  ChangeStream(BiFunction<Change, Long, BucketEvent<K, V>> decode) {
    this.decode = decode;
  }

  /** The stream, which closes the watch when it is closed. */
  Stream<BucketEvent<K, V>> of(Watch watch) {
    return StreamSupport.stream(this, false).onClose(watch::close);
  }

  // --- In the watch's process

  @Override
  public void changed(Change change, long number) throws InterruptedException {
    room.acquire();
    items.add(new Item.Changed(change, number));
  }

  @Override
  public void ended(long number, BucketEvent.End why) {
    items.add(new Item.Ended(number, why));
  }

  @Override
  public void over() {
    items.add(new Item.Over());
  }

  // --- On the thread that takes

  @Override
  public boolean tryAdvance(Consumer<? super BucketEvent<K, V>> action) {
    if (over) {
      return false;
    }
    switch (take()) {
      case Item.Changed(Change change, long number) -> {
        room.release();
        action.accept(decode.apply(change, number));
      }
      case Item.Ended(long number, BucketEvent.End why) ->
          action.accept(new BucketEvent.Ended<>(number, why));
      case Item.Over() -> over = true;
    }
    return !over;
  }

  private Item take() {
    try {
      return items.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Item.Over();
    }
  }

  @Override
  @SuppressWarnings("NullAway") // null says that it cannot be split
  public Spliterator<BucketEvent<K, V>> trySplit() {
    return null;
  }

  @Override
  public long estimateSize() {
    return Long.MAX_VALUE;
  }

  @Override
  public int characteristics() {
    return ORDERED | NONNULL;
  }
}
