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
 * A named map from text to text, kept by a process of its own.
 *
 * <p>Any thread may use it; process or not. Operations are handled one at a time, in the order in
 * which they come; each sees all that were answered before it began. A bucket that has ended does
 * not come back: every operation then throws {@link KvException.BucketGone}, and {@link Kv#lookup}
 * tells whether there is another one of this name. In a durable store it does come back, with all
 * it held, unless it was deleted; an operation that was just being done when its process crashed
 * throws the same exception, and may have been done or not. Each operation waits for five seconds
 * at most, and then throws {@link CallException.Timeout}.
 */
public final class Bucket {
  private final Store store;
  private final BucketRef ref;

  Bucket(Store store, BucketRef ref) {
    this.store = store;
    this.ref = ref;
  }

  /** The name it was created with. */
  public String name() {
    return ref.name();
  }

  /** Its process: to monitor it, or to end it. */
  public Pid pid() {
    return ref.pid();
  }

  /**
   * The value of a key, if it is there.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public Optional<String> get(String key) {
    return settled(seen -> store.get(ref, key, seen)).map(Bytes::text);
  }

  /**
   * Gives a key a value, in place of the one it had.
   *
   * @throws KvException.TooLong if the key or the value is longer than it may be
   * @throws KvException.LimitReached if it would be one key too many
   * @throws KvException.NoMap if the bucket is one value, as Redis's SET makes it
   * @throws KvException.BucketGone if the bucket has ended
   */
  public void put(String key, String value) {
    Gate seen = store.gate();
    store.put(ref, key, value, seen);
    seen.await();
  }

  /**
   * Takes a key away, and gives the value it had, if it was there.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public Optional<String> delete(String key) {
    return settled(seen -> store.delete(ref, key, seen)).map(Bytes::text);
  }

  /**
   * A copy of all keys and values, as they are at one moment. Takes time and memory for each.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public Map<String, String> entries() {
    return ask(new Operation.All());
  }

  /**
   * How many keys there are.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public int size() {
    return ask(new Operation.Size());
  }

  /**
   * Has the bucket end by itself, with all it holds, once this time has passed, and not as was said
   * before; false if there is nothing in it.
   *
   * @throws IllegalArgumentException if the time is negative
   */
  public boolean expire(Duration after) {
    if (after.isNegative()) {
      throw new IllegalArgumentException("a bucket expires in 0 or more, and not in " + after);
    }
    long millis = after.plusNanos(999_999).toMillis(); // not before its time
    return ask(new Operation.Expire(Math.addExact(store.now(), millis)));
  }

  /** Has it stay after all; false if it was not to expire. */
  public boolean persist() {
    return ask(new Operation.Expire(0));
  }

  /** How long until it expires, if it is to. */
  public Optional<Duration> timeToLive() {
    long at = ask(new Operation.Until());
    long left = Math.max(0, at - store.now());
    return at == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(left));
  }

  /**
   * Ends the bucket and all it holds, once it has done what it was asked before; nothing happens if
   * it has ended. When this returns, {@link Kv#lookup} does not find it any more. In a durable
   * store its process ends, and what it holds comes back when it is next used: see {@link
   * Kv#delete}.
   */
  public void stop() {
    ref.stop();
  }

  private <R> R ask(Operation<R> operation) {
    return settled(seen -> store.operate(ref, operation, seen));
  }

  /** Waits until what the result depends on is as sure to be kept as was promised. */
  private <R> R settled(Function<Gate, R> operation) {
    Gate seen = store.gate();
    R result = operation.apply(seen);
    seen.await();
    return result;
  }

  /** Two are equal if they lead to the same process. */
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
