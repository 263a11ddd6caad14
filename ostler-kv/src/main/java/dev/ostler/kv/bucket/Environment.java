package dev.ostler.kv.bucket;

import dev.ostler.kv.Limits;
import dev.ostler.kv.journal.Archive;
import dev.ostler.kv.journal.Durability;
import dev.ostler.kv.journal.Gate;
import dev.ostler.kv.journal.InMemory;
import dev.ostler.kv.journal.Numbering;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * What all buckets of a store share. Immutable, and so are its parts or safe for any thread.
 *
 * @param limits how much there may be
 * @param clock the time, in milliseconds since 1970
 * @param memory about how many bytes of heap the buckets take
 * @param notices who is told of what happens to buckets
 * @param durability what becomes of changes
 * @param numbering where the numbers of changes come from
 * @param absences who wants to know of buckets that come
 * @param mostText how many bytes a bucket that is one value may grow to
 */
public record Environment(
    Limits limits,
    LongSupplier clock,
    LongAdder memory,
    NoticeBoard notices,
    Durability durability,
    Numbering numbering,
    Absences absences,
    AtomicLong mostText) {
  /** No value is longer than this, whatever was asked for. */
  static final long MOST_TEXT = 512L * 1024 * 1024;

  /** Of a store in memory. */
  public Environment(Limits limits, LongSupplier clock, LongAdder memory, Notices notices) {
    this(limits, clock, memory, new NoticeBoard());
    this.notices.add(notices);
  }

  private Environment(Limits limits, LongSupplier clock, LongAdder memory, NoticeBoard notices) {
    this(
        limits,
        clock,
        memory,
        notices,
        InMemory.INSTANCE,
        Numbering.IN_MEMORY,
        new Absences(),
        new AtomicLong(MOST_TEXT));
  }

  /** The same, of a durable store. */
  public Environment with(Archive archive) {
    return new Environment(
        limits, clock, memory, notices, archive.journal(), archive.numbering(), absences, mostText);
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

  /** Whether the store is durable; else it is in memory. */
  public boolean isDurable() {
    return durability.isDurable();
  }

  /** A gate for what is seen of these buckets. */
  public Gate gate() {
    return new Gate(durability);
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
