package dev.ostler.kv;

import dev.ostler.kv.bucket.Operation;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The pages of a scan, which are got when they are needed. Used by one thread at a time. */
final class Pages<T> extends Spliterators.AbstractSpliterator<List<T>> {
  /** How many items a page has, more or less. */
  static final int SIZE = 100;

  private final LongFunction<Operation.Page<T>> page;
  private long cursor;
  private boolean begun;

  private Pages(LongFunction<Operation.Page<T>> page) {
    super(Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.NONNULL);
    this.page = page;
  }

  /**
   * All items.
   *
   * @param page gets the items at a cursor, 0 for the first ones
   */
  static <T> Stream<T> of(LongFunction<Operation.Page<T>> page) {
    return StreamSupport.stream(new Pages<>(page), false).flatMap(List::stream);
  }

  @Override
  public boolean tryAdvance(Consumer<? super List<T>> action) {
    if (begun && cursor == 0) {
      return false;
    }
    Operation.Page<T> next = page.apply(cursor);
    begun = true;
    cursor = next.next();
    action.accept(next.items());
    return true;
  }
}
