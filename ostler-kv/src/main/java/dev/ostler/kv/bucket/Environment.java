package dev.ostler.kv.bucket;

import dev.ostler.kv.Limits;
import dev.ostler.kv.journal.Archive;
import dev.ostler.kv.journal.Gate;
import dev.ostler.kv.journal.Journal;
import dev.ostler.kv.journal.Numbering;
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
public record Environment(
    Limits limits,
    LongSupplier clock,
    LongAdder memory,
    NoticeBoard notices,
    @Nullable Archive archive,
    Absences absences,
    AtomicLong mostText) {
  /** No value is longer than this, whatever was asked for. */
  static final long MOST_TEXT = 512L * 1024 * 1024;

  /** One that keeps nothing. */
  public Environment(Limits limits, LongSupplier clock, LongAdder memory, Notices notices) {
    this(limits, clock, memory, new NoticeBoard());
    this.notices.add(notices);
  }

  private Environment(Limits limits, LongSupplier clock, LongAdder memory, NoticeBoard notices) {
    this(limits, clock, memory, notices, null, new Absences(), new AtomicLong(MOST_TEXT));
  }

  /** The same, but with buckets that are kept. */
  public Environment with(Archive newArchive) {
    return new Environment(limits, clock, memory, notices, newArchive, absences, mostText);
  }

  public static Environment of(Limits limits) {
    return new Environment(limits, System::currentTimeMillis, new LongAdder(), new NoticeBoard());
  }

  /**
   * How much of the heap buckets may take: the rest is for clients, and for what commands need for
   * a moment. Where buckets are kept they leave memory long before that, unless one of them is
   * larger.
   */
  public static long mostHeap() {
    return Runtime.getRuntime().maxMemory() / 5 * 3;
  }

  /** Where changes become durable; null if buckets are in memory only. */
  public @Nullable Journal journal() {
    return archive == null ? null : archive.journal();
  }

  /** A gate for what is seen of these buckets. */
  public Gate gate() {
    return new Gate(journal());
  }

  /** Where the numbers of changes come from. */
  Numbering numbering() {
    return archive == null ? Numbering.UNKEPT : archive.numbering();
  }

  /** Told of events in buckets, as Redis's keyspace notifications are. */
  public interface Notices {
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
