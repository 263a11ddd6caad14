package dev.ostler.kv;

import dev.ostler.CallException;
import dev.ostler.Pid;
import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.bucket.Operation;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.journal.Gate;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * A named map from text to text. Each bucket is a process.
 *
 * <p>Any thread may use it, process or not. The bucket handles operations one at a time, in the
 * order in which they arrive. Each sees the effects of all operations that had replied before it
 * was called. An operation waits at most five seconds, and then throws {@link
 * CallException.Timeout}.
 *
 * <p>In a store in memory, a bucket that has ended does not come back: every operation then throws
 * {@link KvException.BucketGone}, and {@link Kv#lookup} finds a new bucket of this name, if there
 * is one. In a durable store a bucket comes back with all its entries, unless it was deleted. If
 * its process crashes during an operation, that operation throws {@code BucketGone}, too; its
 * change may or may not have been made.
 */
public final class Bucket {
  private final Store store;
  private final BucketRef ref;

  Bucket(Store store, BucketRef ref) {
    this.store = store;
    this.ref = ref;
  }

  /** The name of the bucket. */
  public String name() {
    return ref.name();
  }

  /** The bucket's process: to monitor it, or to end it. */
  public Pid pid() {
    return ref.pid();
  }

  /**
   * Returns the value of a key, if there is one.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public Optional<String> get(String key) {
    return settled(seen -> store.get(ref, key, seen)).map(Bytes::text);
  }

  /**
   * Sets the value of a key.
   *
   * @throws KvException.TooLong if the key or the value is too long
   * @throws KvException.LimitReached if the bucket has as many keys as it may have
   * @throws KvException.NoMap if the bucket is a single value, as Redis's SET creates it
   * @throws KvException.BucketGone if the bucket has ended
   */
  public void put(String key, String value) {
    Gate seen = store.gate();
    store.put(ref, key, value, seen);
    seen.await();
  }

  /**
   * Removes a key, and returns the value it had, if there was one.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public Optional<String> delete(String key) {
    return settled(seen -> store.delete(ref, key, seen)).map(Bytes::text);
  }

  /**
   * Copies all keys and values as they are at one moment. The time and memory that this takes grow
   * with their number.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public Map<String, String> entries() {
    return ask(new Operation.All());
  }

  /**
   * Returns the number of keys.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public int size() {
    return ask(new Operation.Size());
  }

  /**
   * Has the bucket expire after this time, instead of an earlier setting. Returns false if the
   * bucket is empty.
   *
   * @throws IllegalArgumentException if the time is negative
   */
  public boolean expire(Duration after) {
    if (after.isNegative()) {
      throw new IllegalArgumentException(
          "the time until a bucket expires must not be negative, but is " + after);
    }
    long millis = after.plusNanos(999_999).toMillis(); // rounded up: it must not expire early
    return ask(new Operation.Expire(Math.addExact(store.now(), millis)));
  }

  /** Cancels the expiry; false if there was none. */
  public boolean persist() {
    return ask(new Operation.Expire(0));
  }

  /** The time until the bucket expires; empty if it does not. */
  public Optional<Duration> timeToLive() {
    long at = ask(new Operation.Until());
    long left = Math.max(0, at - store.now());
    return at == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(left));
  }

  /**
   * Ends the bucket's process after it has handled its earlier operations; does nothing if it has
   * ended. When this returns, {@link Kv#lookup} does not find the bucket any more. In a durable
   * store only the process ends, and the next use loads the bucket again: see {@link Kv#delete}.
   */
  public void stop() {
    ref.stop();
  }

  private <R> R ask(Operation<R> operation) {
    return settled(seen -> store.operate(ref, operation, seen));
  }

  /** Waits until the changes that the result depends on are as durable as {@link Sync} promises. */
  private <R> R settled(Function<Gate, R> operation) {
    Gate seen = store.gate();
    R result = operation.apply(seen);
    seen.await();
    return result;
  }

  /** Two are equal if they refer to the same process. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Bucket bucket && bucket.ref == ref;
  }

  @Override
  public int hashCode() {
    return Objects.hashCode(ref);
  }

  @Override
  public String toString() {
    return ref.toString();
  }
}
