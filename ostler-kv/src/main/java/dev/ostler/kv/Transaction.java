package dev.ostler.kv;

import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.LockedBuckets;
import dev.ostler.kv.bucket.Operation;
import dev.ostler.kv.bucket.Refusal;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.journal.Gate;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The buckets that one transaction has locked. {@link Kv#transact} passes it to a function, which
 * finds, creates and deletes buckets with it, as with a {@link Kv}.
 *
 * <p>Used by the thread that runs the function, and only until the function returns; otherwise
 * every method throws {@link IllegalStateException}.
 */
public final class Transaction {
  /** The store whose transaction this thread runs. */
  private static final ScopedValue<Store> RUNNING = ScopedValue.newInstance();

  private final Store store;
  private final LockedBuckets locked;
  private final Set<String> names; // byte strings
  private final Thread owner = Thread.currentThread();
  private @Nullable Throwable failure; // of an operation, which may have made a part of its changes
  private boolean over;

  private Transaction(Store store, LockedBuckets locked, Set<String> names) {
    this.store = store;
    this.locked = locked;
    this.names = names;
  }

  // --- What the function does with it

  /**
   * Returns the bucket of this name; creates it if there is none.
   *
   * @throws IllegalArgumentException if the transaction was not given this name
   */
  public Bucket create(String name) {
    String raw = expectLocked(name);
    var _ = apply(locked.get(raw), new Operation.Pin());
    return bucket(raw);
  }

  /**
   * Returns the bucket of this name, if there is one.
   *
   * @throws IllegalArgumentException if the transaction was not given this name
   */
  public Optional<Bucket> lookup(String name) {
    String raw = expectLocked(name);
    return locked.get(raw).exists() ? Optional.of(bucket(raw)) : Optional.empty();
  }

  /**
   * Deletes the bucket of this name with all its entries; false if there is none.
   *
   * @throws IllegalArgumentException if the transaction was not given this name
   */
  public boolean delete(String name) {
    String raw = expectLocked(name);
    return apply(locked.get(raw), new Operation.Drop());
  }

  private String expectLocked(String name) {
    expectRunning();
    String raw = Bytes.of(Objects.requireNonNull(name, "name"));
    if (!names.contains(raw)) {
      throw new IllegalArgumentException(
          "the bucket " + name + " is not one of those that the transaction was given");
    }
    return raw;
  }

  private Bucket bucket(String raw) {
    BucketRef ref = Objects.requireNonNull(locked.bucket(raw), "locked");
    return new Bucket(store, ref, this);
  }

  // --- What its buckets do with it

  /**
   * Applies an operation to a locked bucket.
   *
   * @throws KvException.BucketGone if the bucket does not exist
   */
  <R> R apply(BucketRef ref, Operation<R> operation) {
    Entries entries = entries(ref);
    if (!entries.exists()) {
      throw new KvException.BucketGone(ref.name());
    }
    return apply(entries, operation);
  }

  private <R> R apply(Entries entries, Operation<R> operation) {
    if (operation.changes()) {
      store.keyspace().admitChange(true);
    }
    try {
      return operation.on(entries);
    } catch (RuntimeException | Error e) {
      failure = e;
      throw e;
    }
  }

  /** The moment of the transaction, in milliseconds since 1970. */
  long now(BucketRef ref) {
    return entries(ref).now();
  }

  private Entries entries(BucketRef ref) {
    expectRunning();
    return locked.get(Bytes.of(ref.name()));
  }

  private void expectRunning() {
    if (Thread.currentThread() != owner) {
      throw new IllegalStateException(
          "a transaction is used by the thread that runs it, "
              + owner
              + ", and not by "
              + Thread.currentThread());
    }
    if (over) {
      throw new IllegalStateException(
          "the transaction is over, and its buckets with it: look them up in the store");
    }
  }

  // --- How it runs

  /**
   * Runs a function at one moment, see {@link Kv#transact}.
   *
   * @throws IllegalStateException if this thread runs a transaction already
   */
  static <R> R run(
      Store store, Collection<String> names, Function<? super Transaction, ? extends R> work) {
    if (RUNNING.isBound()) {
      throw new IllegalStateException("a transaction must not begin another one");
    }
    Objects.requireNonNull(work, "work");
    var raw = new LinkedHashSet<String>();
    for (String name : names) {
      store.environment().limits().checkName(name);
      raw.add(Bytes.of(name));
    }
    Gate seen = store.gate();
    try {
      Result<R> result =
          store
              .keyspace()
              .withAll(
                  raw, raw, true, seen, locked -> new Transaction(store, locked, raw).run(work));
      seen.await();
      return result.value();
    } catch (Thrown e) {
      throw e.rethrown();
    }
  }

  /** What the function has returned. */
  private record Result<R>(R value) {}

  /** The function has thrown something, so nothing is changed. */
  private static final class Thrown extends Refusal {
    private final Throwable why;

    Thrown(Throwable why) {
      super("the function of a transaction has failed");
      this.why = why;
    }

    RuntimeException rethrown() {
      return Transaction.<RuntimeException>unchecked(why);
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as it was thrown
  private static <T extends Throwable> RuntimeException unchecked(Throwable why) throws T {
    throw (T) why;
  }

  private <R> Result<R> run(Function<? super Transaction, ? extends R> work) {
    try {
      R result =
          ScopedValue.where(RUNNING, store).<R, RuntimeException>call(() -> work.apply(this));
      if (failure != null) { // the function has caught it
        throw new KvException.Undone(failure);
      }
      return new Result<>(result);
    } catch (Throwable e) { // a function of another language may throw anything
      throw new Thrown(e);
    } finally {
      over = true;
    }
  }

  /**
   * Called before a thread asks the store in a way that would wait for the buckets that it has
   * locked itself.
   *
   * @throws IllegalStateException if this thread runs a transaction of the store
   */
  static void expectNone(Store store) {
    if (RUNNING.isBound() && RUNNING.get() == store) {
      throw new IllegalStateException(
          "this thread runs a transaction: it must use the buckets that the transaction passes");
    }
  }
}
