package dev.ostler.kv;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * What all buckets of a store share. Immutable, and so are its parts or safe for any thread.
 *
 * @param limits how much there may be
 * @param clock the time, in milliseconds since 1970
 * @param memory about how many bytes of heap the buckets take
 * @param notices who is told of what happens to buckets
 */
record Environment(Limits limits, LongSupplier clock, LongAdder memory, Notices notices) {
  static Environment of(Limits limits) {
    return of(limits, (bucket, type, event) -> {});
  }

  static Environment of(Limits limits, Notices notices) {
    return new Environment(limits, System::currentTimeMillis, new LongAdder(), notices);
  }

  /** Told of events in buckets, as Redis's keyspace notifications are. */
  interface Notices {
    /**
     * Something happened. Called by the bucket's process; must not wait.
     *
     * @param bucket its name, a byte string
     * @param type Redis's letter for the class of events: {@code g}, {@code $}, {@code h}, {@code
     *     x}, {@code n}
     * @param event as in {@code hset}
     */
    void tell(String bucket, char type, String event);
  }
}
