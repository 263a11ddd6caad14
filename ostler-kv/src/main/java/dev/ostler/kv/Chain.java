package dev.ostler.kv;

import dev.ostler.CallException;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Holds one bucket after the other, looks whether that was all, then works. Used once, by whoever
 * wants that; goes on in the buckets' processes.
 *
 * @param buckets in the order of their names
 * @param check fails if there is something else to hold
 * @param held is given what is held
 */
record Chain<R>(List<Bucket> buckets, Runnable check, Held held, Function<Held, R> work) {
  R hold(int next) {
    if (next == buckets.size()) {
      check.run();
      if (!held.begin()) {
        throw new KvException.BucketGone("nobody waits for it"); // seen by none
      }
      try {
        R result = done();
        held.show();
        return result;
      } finally {
        held.end();
      }
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

  /** Works, and has what that changed kept, all or nothing. */
  private R done() {
    try {
      R result = work.apply(held);
      held.commit();
      return result;
    } catch (RuntimeException | Error e) {
      held.spoil();
      throw e;
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
