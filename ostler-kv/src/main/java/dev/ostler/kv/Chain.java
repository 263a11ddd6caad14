package dev.ostler.kv;

import dev.ostler.CallException;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Holds one bucket after the other, each within the callback of the one before, then works on all
 * of them. Begun by one thread, and carried on by those that run the buckets.
 */
final class Chain<R> {
  private final List<Bucket> buckets;
  private final Held held;
  private final BooleanSupplier othersAreAbsent;
  private final Function<Held, R> work;

  /**
   * Of one work.
   *
   * @param buckets in the order in which everybody holds them
   * @param othersAreAbsent whether the buckets that the work takes for absent are so, now that the
   *     others are held: that is the moment at which all of it is done
   */
  Chain(List<Bucket> buckets, Held held, BooleanSupplier othersAreAbsent, Function<Held, R> work) {
    this.buckets = buckets;
    this.held = held;
    this.othersAreAbsent = othersAreAbsent;
    this.work = work;
  }

  /**
   * A bucket that was absent is no longer: nothing was done, look again. Has no stack: it is an
   * answer, and no failure.
   */
  static final class Changed extends RuntimeException {
    Changed() {
      super("a bucket has come to be meanwhile", null, false, false);
    }
  }

  /**
   * Holds the buckets from this one on, and works; what the work gives.
   *
   * @throws Changed if nothing was done, since there are other buckets now
   */
  R hold(int next) {
    if (next == buckets.size()) {
      return work();
    }
    Bucket bucket = buckets.get(next);
    Outcome<R> outcome;
    try {
      outcome =
          bucket.run(
              entries -> {
                held.add(bucket, entries);
                return Outcome.of(() -> hold(next + 1));
              });
    } catch (KvException | CallException e) {
      // This bucket was killed, and its thread may be at work on those before it: they stay held.
      var _ = held.callOff();
      throw e;
    }
    return outcome.get();
  }

  private R work() {
    if (!othersAreAbsent.getAsBoolean()) {
      throw new Changed();
    }
    if (!held.begin()) {
      throw new KvException.BucketGone("nobody waits for it"); // seen by none
    }
    try {
      R result = work.apply(held);
      held.commit();
      held.show();
      return result;
    } catch (RuntimeException | Error e) {
      held.spoil();
      throw e;
    } finally {
      held.end();
    }
  }

  /** What came of it: a failure to hold a later bucket, too, must not harm an earlier one. */
  private record Outcome<R>(@Nullable R result, @Nullable RuntimeException failure) {
    static <R> Outcome<R> of(Supplier<R> work) {
      try {
        return new Outcome<>(work.get(), null);
      } catch (KvException | CallException | CommandError | Changed e) {
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
