package dev.ostler.kv;

import dev.ostler.CallException;
import dev.ostler.Pid;
import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.bucket.BucketServer;
import dev.ostler.kv.bucket.Operation;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.journal.Gate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A named map. Each bucket is a process; this is a way to use it. {@link Bucket} has text for keys
 * and values; {@link Bucket#with} gives others.
 *
 * <p>Any thread may use it, process or not. The bucket handles operations one at a time, in the
 * order in which they arrive. Each sees the effects of all operations that had replied before it
 * was called. An operation on several keys is one operation: it takes effect at one moment, as a
 * whole or not at all. An operation returns once its effect is as durable as {@link Sync} promises.
 * It waits at most five seconds for the bucket, and then throws {@link CallException.Timeout}.
 *
 * <p>In a store in memory, a bucket that has ended does not come back: every operation then throws
 * {@link KvException.BucketGone}, and {@link Kv#lookup} finds a new bucket of this name, if there
 * is one. In a durable store a bucket comes back with all its entries, unless it was deleted. If
 * its process crashes during an operation, that operation throws {@code BucketGone}, too; its
 * change may or may not have been made. Every operation may also throw {@link KvException.NotKept}
 * if it changes a durable store that accepts no changes, and {@link KvException.Undone} if there
 * was not enough memory for it: then nothing was changed.
 *
 * <p>In a {@link Kv#transact transaction} only the buckets that it passes may be used. These are
 * used like others, but only by the thread that runs the transaction, and only while it runs.
 * Otherwise an operation throws {@link IllegalStateException}.
 *
 * @param <K> what a key is
 * @param <V> what a value is
 */
public sealed class TypedBucket<K, V> permits Bucket {
  private final Store store;
  private final BucketRef ref;
  private final @Nullable Transaction transaction; // null outside of one
  private final @Nullable Later later; // null if operations wait until they are durable
  private final Codec<K> keys;
  private final Codec<V> values;

  TypedBucket(
      Store store,
      BucketRef ref,
      @Nullable Transaction transaction,
      @Nullable Later later,
      Codec<K> keys,
      Codec<V> values) {
    this.store = store;
    this.ref = ref;
    this.transaction = transaction;
    this.later = later;
    this.keys = keys;
    this.values = values;
  }

  final BucketRef ref() {
    return ref;
  }

  /** The name of the bucket. */
  public final String name() {
    return ref.name();
  }

  /** The bucket's process: to monitor it, or to end it. */
  public final Pid pid() {
    return ref.pid();
  }

  /** The same bucket, with other types of keys and values. Costs no more than the object. */
  public final <L, W> TypedBucket<L, W> with(Codec<L> otherKeys, Codec<W> otherValues) {
    Objects.requireNonNull(otherKeys, "otherKeys");
    Objects.requireNonNull(otherValues, "otherValues");
    return new TypedBucket<>(store, ref, transaction, later, otherKeys, otherValues);
  }

  /** The same bucket, with text for keys, and bytes as they are for values. */
  public final TypedBucket<String, byte[]> bytes() {
    return with(Codec.TEXT, Codec.BYTES);
  }

  // --- One key

  /**
   * Returns the value of a key, if there is one.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public final Optional<V> get(K key) {
    return ask(new Operation.Get(any(key))).map(values::decode);
  }

  /**
   * Sets the value of a key. It does not expire, even if it did before.
   *
   * @throws KvException.TooLong if the key or the value is too long
   * @throws KvException.LimitReached if the bucket has as many keys as it may have
   * @throws KvException.NoMap if the bucket is a single value, as Redis's SET creates it
   * @throws KvException.BucketGone if the bucket has ended
   */
  public final void put(K key, V value) {
    var _ = store(new Operation.Put(key(key), value(value)));
  }

  /**
   * Sets the value of a key, which expires after this time: then the key is gone. A bucket that
   * loses its last key in this way stays if {@link Kv#create} has created it.
   *
   * @throws IllegalArgumentException if the time is not positive, or too long for a clock of
   *     milliseconds
   * @throws KvException as {@link #put(Object, Object)}
   */
  public final void put(K key, V value, Duration after) {
    if (!after.isPositive()) {
      throw new IllegalArgumentException(
          "the time until a key expires must be positive, but is " + after);
    }
    var _ = store(new Operation.PutUntil(key(key), value(value), moment("a key", after)));
  }

  /**
   * Sets the value of a key that is not there; false if it is there, and so keeps its value.
   *
   * @throws KvException as {@link #put(Object, Object)}
   */
  public final boolean putIfAbsent(K key, V value) {
    return store(new Operation.PutIfAbsent(key(key), value(value)));
  }

  /**
   * Sets the value of a key if it has the expected one; otherwise changes nothing and returns
   * false. Values are compared as bytes. The key does not expire then, even if it did before.
   *
   * @throws KvException.TooLong if the key or the value is too long
   * @throws KvException.NoMap if the bucket is a single value
   * @throws KvException.BucketGone if the bucket has ended
   */
  public final boolean compareAndSet(K key, V expected, V value) {
    return store(
        new Operation.CompareAndPut(key(key), values.encode(required(expected)), value(value)));
  }

  /**
   * Adds to the number that a key has, in decimal digits, or to 0 if it is not there. Returns the
   * sum, which is the new value. A key that expires does so at the same time as before.
   *
   * @param by may be negative
   * @throws KvException.NoNumber if the value is not a number, or the sum has more than 64 bits
   * @throws KvException as {@link #put(Object, Object)}
   */
  public final long increment(K key, long by) {
    Operation.Sum sum = ask(new Operation.Add(key(key), by));
    var _ = store.expectStored(sum.stored(), ref);
    return sum.value();
  }

  /**
   * Removes a key, and returns the value it had, if there was one.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public final Optional<V> delete(K key) {
    return ask(new Operation.Delete(any(key))).map(values::decode);
  }

  /**
   * Has a key expire after this time, instead of an earlier setting; at once if the time is zero.
   * Returns false if there is no such key.
   *
   * @throws IllegalArgumentException if the time is negative, or too long for a clock of
   *     milliseconds
   * @throws KvException.BucketGone if the bucket has ended
   */
  public final boolean expire(K key, Duration after) {
    return ask(new Operation.ExpireKey(any(key), moment("a key", after)));
  }

  /**
   * Cancels the expiry of a key; false if there was none.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public final boolean persist(K key) {
    return ask(new Operation.PersistKey(any(key)));
  }

  /**
   * The time until a key expires; empty if it does not, or is not there.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public final Optional<Duration> timeToLive(K key) {
    return until(ask(new Operation.KeyUntil(any(key))));
  }

  // --- Many keys

  /**
   * Returns the values of keys as they are at one moment; those that are not there are left out.
   * The map has the objects that were passed for its keys, in their order.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public final Map<K, V> getAll(Collection<? extends K> wanted) {
    var passed = LinkedHashMap.<String, K>newLinkedHashMap(wanted.size());
    wanted.forEach(key -> passed.put(any(key), key));
    var found = ask(new Operation.GetAll(List.copyOf(passed.sequencedKeySet())));
    var result = LinkedHashMap.<K, V>newLinkedHashMap(found.size());
    passed.forEach(
        (bytes, key) -> {
          String value = found.get(bytes);
          if (value != null) {
            result.put(key, values.decode(value));
          }
        });
    return result;
  }

  /**
   * Sets the values of keys at one moment, all or none. They do not expire.
   *
   * @throws KvException as {@link #put(Object, Object)}, for any of them
   */
  public final void putAll(Map<? extends K, ? extends V> entries) {
    var bytes = LinkedHashMap.<String, String>newLinkedHashMap(entries.size());
    entries.forEach((key, value) -> bytes.put(key(key), value(value)));
    var _ = store(new Operation.PutAll(bytes));
  }

  /**
   * Removes keys at one moment; returns how many of them were there.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public final int deleteAll(Collection<? extends K> unwanted) {
    var bytes = new ArrayList<String>(unwanted.size());
    unwanted.forEach(key -> bytes.add(any(key)));
    return ask(new Operation.DeleteAll(bytes));
  }

  /**
   * Copies all keys and values as they are at one moment. The time and memory that this takes grow
   * with their number; meanwhile the bucket does nothing else. See {@link #scan}.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public final Map<K, V> entries() {
    Map<String, String> all = ask(new Operation.All());
    var entries = HashMap.<K, V>newHashMap(all.size());
    all.forEach((key, value) -> entries.put(keys.decode(key), values.decode(value)));
    return entries;
  }

  /**
   * Visits all keys and values, some at a time, so that the bucket serves others in between and no
   * copy of all is made. A key that is there from the first to the last moment is met at least
   * once, with a value it had meanwhile. A key that comes or goes meanwhile may be met or not. If
   * the bucket grows much meanwhile, keys may be met twice.
   *
   * <p>The stream asks the bucket whenever it needs more, and throws what an operation throws. It
   * need not be closed. One thread at a time uses it.
   */
  public final Stream<Map.Entry<K, V>> scan() {
    return Pages.of(cursor -> ask(new Operation.Scan(cursor, Pages.SIZE)))
        .map(each -> Map.entry(keys.decode(each.getKey()), values.decode(each.getValue())));
  }

  /**
   * Returns the number of keys.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public final int size() {
    return ask(new Operation.Size());
  }

  // --- The bucket

  /**
   * Has the bucket expire after this time, instead of an earlier setting. Returns false if the
   * bucket is empty.
   *
   * @throws IllegalArgumentException if the time is negative, or too long for a clock of
   *     milliseconds
   */
  public final boolean expire(Duration after) {
    return ask(new Operation.Expire(moment("a bucket", after)));
  }

  /** Cancels the expiry of the bucket; false if there was none. */
  public final boolean persist() {
    return ask(new Operation.Expire(0));
  }

  /** The time until the bucket expires; empty if it does not. */
  public final Optional<Duration> timeToLive() {
    return until(ask(new Operation.Until()));
  }

  /**
   * Ends the bucket's process after it has handled its earlier operations; does nothing if it has
   * ended. When this returns, {@link Kv#lookup} does not find the bucket any more. In a durable
   * store only the process ends, and the next use loads the bucket again: see {@link Kv#delete}.
   *
   * @throws IllegalStateException in a transaction
   */
  public final void stop() {
    Transaction.expectNone(store);
    ref.stop();
  }

  // --- Without waiting for the disk

  /**
   * Calls a function with this bucket, on this thread. What it does with the bucket there does not
   * wait until it is durable. The future that this returns has the function's result, and is
   * complete once everything that the function did and saw is as durable as {@link Sync} promises.
   * So one thread can have many changes on their way to the disk.
   *
   * <p>In a store in memory, or with another setting than {@link Sync#ALWAYS}, the future is
   * complete when this returns. Otherwise a virtual thread completes it. The future fails with what
   * the function throws, and with {@link KvException.NotKept} if the changes cannot become durable.
   * The function may be called for several operations. These are not a transaction.
   *
   * @param work gets this bucket, which it must not use later
   * @throws IllegalStateException in a transaction
   */
  public final <R> CompletableFuture<R> async(
      Function<? super TypedBucket<K, V>, ? extends R> work) {
    if (transaction != null) {
      throw new IllegalStateException("a transaction waits for all its changes at its end");
    }
    Transaction.expectNone(store);
    return Later.of(
        store.gate(), own -> work.apply(new TypedBucket<>(store, ref, null, own, keys, values)));
  }

  // --- Its changes

  /**
   * The number of the bucket's last change. Numbers of one name increase, but not always by one,
   * also if the bucket is deleted and created again. So a number tells what is newer, and a bucket
   * from its successor. To read it together with entries, use a {@link Kv#transact transaction}.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public final long number() {
    return ask(new Operation.Seq());
  }

  /**
   * Tells a listener of every change from now on, in their order, and of the end. In a durable
   * store it is told of a change once that is as durable as {@link Sync} promises.
   *
   * <p>The listener runs in a process of its own, one event at a time, and may wait. The bucket
   * does not wait for it: if more than {@link Watch#MOST_WAITING} changes or {@link
   * Watch#MOST_WAITING_BYTES} bytes wait, the watch ends with {@link BucketEvent.End.Slow}. If the
   * listener throws, the watch ends at once, and its process with a crash. If a process calls this,
   * the watch ends with that process.
   *
   * @throws KvException.BucketGone if the bucket has ended
   * @throws IllegalStateException in a transaction
   */
  public final Watch watch(Consumer<? super BucketEvent<K, V>> listener) {
    return watchFrom(BucketServer.NOW, listener);
  }

  /**
   * As {@link #watch(Consumer)}, but tells of every change after one that is known, each once. The
   * caller has read the bucket at that number, or has watched it before.
   *
   * @param from the number of the change after which to begin, see {@link BucketEvent#number}
   * @throws KvException.Gap if the store does not know all changes after that number any more, or
   *     the number is not one of this bucket: read the bucket again
   * @throws IllegalArgumentException if the number is negative
   */
  public final Watch watch(long from, Consumer<? super BucketEvent<K, V>> listener) {
    return watchFrom(number(from), listener);
  }

  /**
   * The changes from now on, as a stream. It waits for the next one, and ends after {@link
   * BucketEvent.Ended}; or without that when it is closed, when its thread is interrupted, or when
   * the process that called this ends. It must be closed, because there is a {@link Watch} behind
   * it. If it is read too slowly, it ends as a watch with a slow listener does. One thread at a
   * time may read it, and any thread may close it.
   *
   * @throws KvException.BucketGone if the bucket has ended
   * @throws IllegalStateException in a transaction
   */
  public final Stream<BucketEvent<K, V>> changes() {
    return changesFrom(BucketServer.NOW);
  }

  /**
   * As {@link #changes()}, after a change that is known.
   *
   * @param from as in {@link #watch(long, Consumer)}
   * @throws KvException.Gap as there
   * @throws IllegalArgumentException if the number is negative
   */
  public final Stream<BucketEvent<K, V>> changes(long from) {
    return changesFrom(number(from));
  }

  private static long number(long from) {
    if (from < 0) {
      throw new IllegalArgumentException(
          "the number of a change must not be negative, but is " + from);
    }
    return from;
  }

  private Watch watchFrom(long from, Consumer<? super BucketEvent<K, V>> listener) {
    Objects.requireNonNull(listener, "listener");
    return begin(
        from,
        new Watch.Sink() {
          @Override
          public void changed(Change change, long number) {
            listener.accept(event(change, number));
          }

          @Override
          public void ended(long number, BucketEvent.End why) {
            listener.accept(new BucketEvent.Ended<>(number, why));
          }
        });
  }

  private Stream<BucketEvent<K, V>> changesFrom(long from) {
    var stream = new ChangeStream<K, V>(this::event);
    return stream.of(begin(from, stream));
  }

  private Watch begin(long from, Watch.Sink sink) {
    if (transaction != null) {
      throw new IllegalStateException("a transaction cannot watch the bucket " + name());
    }
    Transaction.expectNone(store);
    return Watch.begin(store, ref, from, sink);
  }

  private BucketEvent<K, V> event(Change change, long number) {
    return switch (change) {
      case Change.Put(String key, String value) ->
          new BucketEvent.Put<>(number, keys.decode(key), values.decode(value));
      case Change.Removed(String key) -> new BucketEvent.Deleted<>(number, keys.decode(key));
      case Change.KeyDeadline(String key, long at) ->
          new BucketEvent.Expires<>(number, keys.decode(key), instant(at));
      case Change.Text(String value) -> new BucketEvent.Text<>(number, values.decode(value));
      case Change.Deadline(long at) -> new BucketEvent.BucketExpires<>(number, instant(at));
      case Change.Kept() -> new BucketEvent.Created<>(number);
      case Change.Dropped() -> new BucketEvent.Dropped<>(number);
    };
  }

  private static Optional<Instant> instant(long at) {
    return at == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(at));
  }

  // --- Encoding, and time

  /** The byte string of a key that need not be there, and so may be as long as it wants. */
  private String any(K key) {
    return keys.encode(Objects.requireNonNull(key, "key"));
  }

  private String key(K key) {
    return keys.encode(
        Objects.requireNonNull(key, "key"), "the key", store.environment().limits().keyBytes());
  }

  private String value(V value) {
    return values.encode(required(value), "the value", store.environment().limits().valueBytes());
  }

  private static <V> V required(V value) {
    return Objects.requireNonNull(value, "value");
  }

  private long now() {
    return transaction == null ? store.now() : transaction.now(ref);
  }

  /** The moment after this time, in milliseconds since 1970. */
  private long moment(String what, Duration after) {
    if (after.isNegative()) {
      throw new IllegalArgumentException(
          "the time until " + what + " expires must not be negative, but is " + after);
    }
    try {
      long millis = after.plusNanos(999_999).toMillis(); // rounded up: it must not expire early
      return Math.addExact(now(), millis);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "the time until %s expires must fit into 64 bits of milliseconds, but is %s"
              .formatted(what, after),
          e);
    }
  }

  private Optional<Duration> until(long at) {
    return at == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(Math.max(0, at - now())));
  }

  // --- The way to the bucket

  private boolean store(Operation<Operation.Stored> operation) {
    return store.expectStored(ask(operation), ref);
  }

  private <R> R ask(Operation<R> operation) {
    if (transaction != null) {
      return transaction.apply(ref, operation);
    }
    Transaction.expectNone(store);
    return later == null
        ? settled(store, seen -> store.operate(ref, operation, seen))
        : later.made(seen -> store.operate(ref, operation, seen));
  }

  /** Waits until the changes that the result depends on are as durable as {@link Sync} promises. */
  static <R> R settled(Store store, Function<Gate, R> operation) {
    Gate seen = store.gate();
    R result = operation.apply(seen);
    seen.await();
    return result;
  }

  @Override
  public String toString() {
    return ref.toString();
  }
}
