package dev.ostler.kv;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What all buckets of a store share. Immutable, and so are its parts or safe for any thread.
 *
 * @param limits how much there may be
 * @param clock the time, in milliseconds since 1970
 * @param memory about how many bytes of heap the buckets take
 * @param notices who is told of what happens to buckets
 * @param archive where buckets are kept; null if in memory only
 * @param absences who wants to know of buckets that come
 * @param mostText how many bytes a bucket that is one value may grow to
 */
record Environment(
    Limits limits,
    LongSupplier clock,
    LongAdder memory,
    Notices notices,
    @Nullable Archive archive,
    Absences absences,
    AtomicLong mostText) {
  private static final Notices NOBODY = (bucket, type, event) -> {};

  /** One that keeps nothing. */
  Environment(Limits limits, LongSupplier clock, LongAdder memory, Notices notices) {
    this(limits, clock, memory, notices, null, new Absences(), new AtomicLong(Settings.MOST_BULK));
  }

  /** The same, but with buckets that are kept. */
  Environment with(Archive newArchive) {
    return new Environment(limits, clock, memory, notices, newArchive, absences, mostText);
  }

  /** The same, but these are told besides. */
  Environment telling(Notices others) {
    Notices before = notices;
    Notices all =
        before == NOBODY
            ? others
            : new Notices() {
              @Override
              public void tell(String bucket, char type, String event) {
                before.tell(bucket, type, event);
                others.tell(bucket, type, event);
              }

              @Override
              public void fieldsExpired(int count) {
                before.fieldsExpired(count);
                others.fieldsExpired(count);
              }
            };
    return new Environment(limits, clock, memory, all, archive, absences, mostText);
  }

  static Environment of(Limits limits) {
    return new Environment(limits, System::currentTimeMillis, new LongAdder(), NOBODY);
  }

  /** Where the numbers of changes come from. */
  Numbering numbering() {
    return archive == null ? Numbering.UNKEPT : archive.numbering();
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

    /** The time of so many fields of a bucket was over. */
    default void fieldsExpired(int count) {}
  }
}
