package dev.ostler.kv;

import dev.ostler.CallException;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way commands get at buckets, one at a time or several at once.
 *
 * <p>Any thread may use it. Buckets are held in the order of their names, and whoever holds one
 * waits for no bucket before it and for nothing else, so nobody waits in a circle.
 */
final class Keyspace {
  /** How often a bucket is looked up again that ended before it was used. */
  private static final int ATTEMPTS = 10;

  private final Kv kv;
  private final BucketTable table;
  private final Environment environment;

  Keyspace(Kv kv, BucketTable table, Environment environment) {
    this.kv = kv;
    this.table = table;
    this.environment = environment;
  }

  /**
   * The command has to wait for something, on a thread that must not wait. Nothing was done: do it
   * again where it may wait. Has no stack: it is an answer, and no failure.
   */
  static final class WouldWait extends RuntimeException {
    WouldWait() {
      super("this has to wait", null, false, false);
    }
  }

  BucketTable table() {
    return table;
  }

  Environment environment() {
    return environment;
  }

  Kv kv() {
    return kv;
  }

  /**
   * Does something with a bucket's entries, in its process.
   *
   * @param creates whether the bucket is to be started if it is not there; else the work gets
   *     entries that are not to be changed
   * @param mayWait whether this thread may wait for that
   * @throws WouldWait if it may not, and would have to
   */
  <R> R with(String name, boolean creates, boolean mayWait, Job<R> work) {
    for (int attempt = 1; ; attempt++) {
      Bucket bucket = table.living(name);
      if (bucket == null) {
        if (!creates) {
          return work.on(Entries.absent(name, environment));
        }
        bucket = obtain(name, mayWait);
      }
      try {
        return bucket.run(work);
      } catch (KvException.BucketGone e) { // mostly between the lookup and its use
        if (attempt == ATTEMPTS || work.begun) {
          throw e;
        }
      }
    }
  }

  /** Work that knows whether it has begun: then it must not be done again. Used once. */
  abstract static class Job<R> implements BucketServer.Work<R> {
    private volatile boolean begun;

    @Override
    public final R on(Entries entries) {
      begun = true;
      return doOn(entries);
    }

    abstract R doOn(Entries entries);
  }

  private Bucket obtain(String name, boolean mayWait) {
    if (!mayWait) {
      throw new WouldWait();
    }
    return kv.obtain(name);
  }

  /**
   * Does something while it holds all buckets of these names that there are.
   *
   * @param created those that are started if they are not there
   * @param mayWait whether this thread may wait for that
   * @throws WouldWait if it may not, and would have to
   */
  <R> R withAll(
      Collection<String> names,
      Collection<String> created,
      boolean mayWait,
      Function<Held, R> work) {
    for (int attempt = 1; ; attempt++) {
      var buckets = new TreeMap<String, Bucket>();
      for (String name : names) {
        Bucket bucket = table.living(name);
        if (bucket != null) {
          buckets.put(name, bucket);
        }
      }
      for (String name : created) {
        if (!buckets.containsKey(name)) {
          buckets.put(name, obtain(name, mayWait));
        }
      }
      var held = new Held(environment);
      try {
        return new Chain<>(List.copyOf(buckets.values()), held, work).hold(0);
      } catch (KvException.BucketGone e) {
        if (attempt == ATTEMPTS || held.isBegun()) {
          throw e;
        }
      }
    }
  }

  /** Holds one bucket after the other, then works. */
  private record Chain<R>(List<Bucket> buckets, Held held, Function<Held, R> work) {
    R hold(int next) {
      if (next == buckets.size()) {
        held.begin();
        R result = work.apply(held);
        held.show();
        return result;
      }
      Bucket bucket = buckets.get(next);
      Outcome<R> outcome =
          bucket.run(
              entries -> {
                held.add(bucket, entries);
                return Outcome.of(() -> hold(next + 1));
              });
      return outcome.get();
    }
  }

  /** What came of it: a failure to hold a later bucket, too, must not harm an earlier one. */
  private record Outcome<R>(@Nullable R result, @Nullable RuntimeException failure) {
    static <R> Outcome<R> of(Supplier<R> work) {
      try {
        return new Outcome<>(work.get(), null);
      } catch (KvException | CallException | CommandError e) {
        return new Outcome<>(null, e);
      }
    }

    @SuppressWarnings("NullAway") // the result may be null if R says so
    R get() {
      if (failure != null) {
        throw failure;
      }
      return result;
    }
  }
}
