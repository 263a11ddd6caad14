package dev.ostler.kv.bucket;

import dev.ostler.kv.Limits;
import dev.ostler.kv.bytes.SharedBytes;
import dev.ostler.kv.journal.Archive;
import dev.ostler.kv.journal.Durability;
import dev.ostler.kv.journal.Gate;
import dev.ostler.kv.journal.InMemory;
import dev.ostler.kv.journal.Numbering;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** What all buckets of a store share. Immutable; its parts are immutable or safe for any thread. */
public final class Environment {
  /** The limit of {@link #mostText}, whatever the configuration says. */
  static final long MOST_TEXT = 512L * 1024 * 1024;

  private final Limits limits;
  private final LongSupplier clock;
  private final LongAdder memory;
  private final EventListeners events;
  private final ChangedNames changedNames;
  private final Durability durability;
  private final Numbering numbering;
  private final MissingBucketWatches missingWatches;
  private final Alarms alarms;
  private final AtomicLong mostText;
  private final Census census;
  private final SharedBytes fieldNames;
  private final NoPendingChanges noPendingChanges = new NoPendingChanges(this);

  /**
   * For a store in memory.
   *
   * @param limits how many buckets and keys there may be, and how long they may be
   * @param clock the time, in milliseconds since 1970
   * @param memory about how many bytes of heap the buckets take
   * @param events a subscriber to what happens in buckets
   */
  public Environment(Limits limits, LongSupplier clock, LongAdder memory, EventListener events) {
    this(limits, clock, memory, new EventListeners());
    this.events.add(events);
  }

  private Environment(Limits limits, LongSupplier clock, LongAdder memory, EventListeners events) {
    this.limits = limits;
    this.clock = clock;
    this.memory = memory;
    this.events = events;
    changedNames = new ChangedNames();
    durability = InMemory.INSTANCE;
    numbering = Numbering.IN_MEMORY;
    missingWatches = new MissingBucketWatches();
    alarms = new Alarms();
    mostText = new AtomicLong(MOST_TEXT);
    census = new Census();
    fieldNames = new SharedBytes();
  }

  private Environment(Environment shared, Archive archive) {
    limits = shared.limits;
    clock = shared.clock;
    memory = shared.memory;
    events = shared.events;
    changedNames = shared.changedNames;
    durability = archive.journal();
    numbering = archive.numbering();
    missingWatches = shared.missingWatches;
    alarms = shared.alarms;
    mostText = shared.mostText;
    census = shared.census;
    fieldNames = shared.fieldNames;
  }

  /** The same, for a durable store. */
  public Environment with(Archive archive) {
    return new Environment(this, archive);
  }

  public static Environment of(Limits limits) {
    return new Environment(
        limits, System::currentTimeMillis, new LongAdder(), new EventListeners());
  }

  /**
   * How many bytes of the heap buckets may take, by default. The rest is for clients, and for what
   * commands need for a moment: a heap that is nearly full serves nobody. Buckets of a durable
   * store leave memory long before that, unless one of them is larger.
   */
  public static long mostHeap() {
    return Runtime.getRuntime().maxMemory() / 2;
  }

  /** Whether the store is durable; else it is in memory. */
  public boolean isDurable() {
    return durability.isDurable();
  }

  /** How many buckets and keys there may be, and how long they may be. */
  public Limits limits() {
    return limits;
  }

  /** The time, in milliseconds since 1970. */
  public LongSupplier clock() {
    return clock;
  }

  /** About how many bytes of heap the buckets take. */
  public LongAdder memory() {
    return memory;
  }

  /** The subscribers to what happens in buckets. */
  public EventListeners events() {
    return events;
  }

  /** Who is told which buckets have changed. */
  public ChangedNames changedNames() {
    return changedNames;
  }

  /** How changes become durable. */
  public Durability durability() {
    return durability;
  }

  /** Where the numbers of changes come from. */
  Numbering numbering() {
    return numbering;
  }

  /** The clients that watch buckets that do not exist. */
  public MissingBucketWatches missingWatches() {
    return missingWatches;
  }

  /** When something in a bucket is due. */
  Alarms alarms() {
    return alarms;
  }

  /** The most bytes that a bucket of one value may grow to. */
  public AtomicLong mostText() {
    return mostText;
  }

  /** Counts the buckets, without processes that are just starting or ending. */
  Census census() {
    return census;
  }

  /** The names of fields that buckets with few fields share. */
  SharedBytes fieldNames() {
    return fieldNames;
  }

  /** The pending changes of every bucket of a store in memory. */
  NoPendingChanges noPendingChanges() {
    return noPendingChanges;
  }

  /** A gate for one reply about these buckets. */
  public Gate gate() {
    return Gate.of(durability);
  }

  /** A subscriber to events in buckets; Redis calls them keyspace notifications. */
  public interface EventListener {
    /**
     * An event. Called by the bucket's process or the journal's thread; must not wait.
     *
     * @param bucket the bucket's name, a byte string
     * @param type Redis's letter for the class of events: {@code g}, {@code $}, {@code h}, {@code
     *     x}, {@code n}
     * @param event as in {@code hset}
     */
    void tell(String bucket, char type, String event);

    /** Whether it wants events of this class now: an event is made only if somebody does. */
    default boolean hears(char type) {
      return true;
    }

    /** So many fields of a bucket have expired. */
    default void fieldsExpired(int count) {}
  }
}
