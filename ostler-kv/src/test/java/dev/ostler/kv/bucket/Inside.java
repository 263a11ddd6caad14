package dev.ostler.kv.bucket;

import java.util.function.Function;

/** Runs a test's code with a bucket's entries, in the bucket's process. */
public final class Inside {
  private Inside() {}

  /** Calls the function in the bucket's process, and returns its result, which is not null. */
  public static <R> R of(BucketRef bucket, Function<Entries, R> code) {
    return bucket.ask(
        new BucketTask<R>(true) {
          @Override
          protected R runOn(Entries entries) {
            return code.apply(entries);
          }
        });
  }

  /** How many of the buckets of a store have an alarm set. */
  public static int alarms(Environment environment) {
    return environment.alarms().size();
  }
}
