package dev.ostler.kv.bucket;

import dev.ostler.CallException;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.ServerRef;
import dev.ostler.kv.BucketStore;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.journal.Durability;
import java.time.Duration;

/**
 * The handle on one bucket's process, and what any thread may read of the bucket without asking it.
 *
 * <p>Any thread may use it. The process handles requests one at a time, in the order in which they
 * arrive. It does not come back when it has ended: every request then throws {@link
 * KvException.BucketGone}.
 */
public sealed class BucketRef {
  private static final Duration STOP_TIME = Duration.ofSeconds(5);

  /*
   * What readers see of the bucket is one number, which they read as a whole: the kind in its last
   * two bits, above them the deadline in milliseconds since 1970, 0 for never. It is no object
   * because many buckets may get a deadline at once.
   */
  private static final long NOTHING = shown(BucketStore.Kind.NONE, 0);

  private final byte[] name; // the table and the entries have the same array
  private final ServerRef<BucketServer> server;
  private final Environment environment;

  // Written by the bucket's process, read by any thread.
  private volatile long shown =
      NOTHING; // the kind and the deadline; changed under this object's lock
  private volatile boolean used; // since wasUsed was last called

  // Under this object's lock.
  private long bytes; // of heap that its entries take; its process reads this without the lock
  private boolean counted; // the store's memory includes them
  private boolean ended; // written while nobody appends to the journal

  private BucketRef(byte[] name, ServerRef<BucketServer> server, Environment environment) {
    this.name = name;
    this.server = server;
    this.environment = environment;
  }

  /** The handle of a process that has just started. */
  static BucketRef of(byte[] name, ServerRef<BucketServer> server, Environment environment) {
    return environment.isDurable()
        ? new Durable(name, server, environment)
        : new BucketRef(name, server, environment);
  }

  /** The handle of a bucket of a durable store. */
  private static final class Durable extends BucketRef {
    private volatile long position; // in the journal, of its last change; 0 for none
    private volatile boolean removed; // the bucket, by that change

    private Durable(byte[] name, ServerRef<BucketServer> server, Environment environment) {
      super(name, server, environment);
    }

    @Override
    long position() {
      return position;
    }

    @Override
    void append(PendingChanges changes) {
      boolean removes = changes.removeTheBucket();
      removed = false; // if this fails, nobody knows
      appendedAt(changes.appendTo(durability()), removes);
    }

    @Override
    void appendedAt(long newPosition, boolean removes) {
      position = newPosition;
      removed = removes;
    }

    @Override
    public boolean wasRemoved() {
      return removed;
    }
  }

  /** The bucket's name, as text. */
  public String name() {
    return Bytes.text(rawName());
  }

  /** The bucket's name, as a byte string. */
  String rawName() {
    return Bytes.of(name);
  }

  /** The bytes of the bucket's name. They never change. */
  byte[] nameBytes() {
    return name;
  }

  /** The bucket's process: to monitor it, or to end it. */
  public Pid pid() {
    return server.pid();
  }

  /**
   * Ends the process after it has handled its earlier requests; does nothing if it has ended. When
   * this returns, no lookup finds it any more.
   */
  public void stop() {
    try {
      server.stop(ExitReason.NORMAL, STOP_TIME);
    } catch (CallException.NoProcess | CallException.Exited _) {
      // It has ended, if for another reason.
    }
    processEnded();
  }

  /** Tells the listener of every change from now on; false if the bucket does not exist yet. */
  public boolean subscribe(BucketServer.Listener listener) {
    return ask(new BucketServer.Subscribe(listener));
  }

  /** Tells the listener of every change after a number, see {@link BucketServer.Observe}. */
  public BucketServer.Observed observe(BucketServer.Listener listener, long from) {
    return ask(new BucketServer.Observe(listener, from));
  }

  /** Pins the bucket: it stays without keys. */
  BucketRef pin() {
    var _ = ask(new Operation.Pin());
    return this;
  }

  /** As {@link #pin}, without waiting for it. */
  void pinSoon() {
    server.cast(new BucketServer.Pin());
  }

  /** Drops all entries, which ends the process; false if there were none. */
  boolean drop() {
    return ask(new Operation.Drop());
  }

  /** Tells the process that a command that had locked it is over. Does not wait. */
  void unlocked() {
    server.cast(new BucketServer.Unlocked());
  }

  /** Tells the process to end if it is still empty. Does not wait. */
  void endIfEmpty() {
    server.cast(new BucketServer.EndIfEmpty());
  }

  /** The census that says when the process may end. */
  Census census() {
    return environment.census();
  }

  /** Tells the process that its alarm rings. Does not wait. */
  void tellDue() {
    server.cast(BucketServer.DUE);
  }

  /** Tells the process to drop all entries. Does not wait, and causes no event. */
  void dropSoon() {
    server.cast(new BucketServer.DropAll());
  }

  boolean isAlive() {
    return server.pid().isAlive();
  }

  /** Whether the bucket exists, as users see it: its process is alive, and not empty. */
  boolean exists() {
    return kind() != BucketStore.Kind.NONE;
  }

  /** The kind of the bucket as users see it; any thread. */
  BucketStore.Kind kind() {
    long now = shown;
    if (!exists(now) || !isAlive()) {
      return BucketStore.Kind.NONE;
    }
    boolean over = expires(now) && deadline(now) <= environment.clock().getAsLong();
    return over ? BucketStore.Kind.NONE : kind(now);
  }

  /**
   * What other threads see of a bucket.
   *
   * @param kind what it is; NONE if it is empty
   * @param deadline in milliseconds since 1970; 0 for never
   * @param bytes about how much of the heap it takes
   */
  public record Summary(BucketStore.Kind kind, long deadline, long bytes) {}

  /** What the bucket is now; nothing is asked of its process. */
  public synchronized Summary summary() {
    long now = shown;
    return new Summary(kind(now), deadline(now), Footprint.bucket(name.length) + bytes);
  }

  // --- The journal

  /** The position in the journal of the last change; 0 if there was none, or in memory. */
  long position() {
    return 0;
  }

  /**
   * Appends changes to the journal. Called by the bucket's process. The thread of a killed process
   * may call this once more: its changes are refused.
   *
   * @throws IllegalStateException if the process has ended
   * @throws KvException.NotKept if the store refuses changes
   */
  synchronized void commit(PendingChanges changes) {
    if (ended) {
      throw new IllegalStateException("the process of " + this + " has ended");
    }
    append(changes);
  }

  /** Whether the process has ended. Called while nobody else appends to the journal. */
  boolean hasEnded() {
    return ended;
  }

  /**
   * The last change has this position in the journal. Called by the thread that has locked the
   * bucket, while nobody else appends to the journal.
   */
  void appendedAt(long newPosition, boolean removes) {}

  /** Appends changes to the journal; in memory there are none. Under this object's lock. */
  void append(PendingChanges changes) {}

  /** Whether the last change that the journal has removed the bucket; false in memory. */
  public boolean wasRemoved() {
    return false;
  }

  /** How the store's changes become durable. */
  Durability durability() {
    return environment.durability();
  }

  /** Runs something once the last change is durable; never if it cannot become so. */
  void whenDurable(Runnable then) {
    environment.durability().durable().whenReached(position(), then);
  }

  /**
   * Runs something once the last change is durable, or cannot become so. It runs after all that
   * {@link #whenDurable} runs. Called after the process has ended.
   */
  public void whenSettled(Runnable then) {
    Durability durability = environment.durability();
    if (durability.repliesWait()) {
      durability.durable().whenKnown(position(), failure -> then.run());
    } else {
      then.run();
    }
  }

  // --- Memory

  /** Whether the bucket was used since this was last called. */
  boolean wasUsed() {
    boolean was = used;
    used = false;
    return was;
  }

  /**
   * Tells the process to leave memory, if that loses nothing; returns about how many bytes it
   * takes.
   */
  public long evict() {
    long takes = Footprint.bucket(name.length) + bytes;
    server.cast(new BucketServer.Evict());
    return takes;
  }

  /** Shows other threads what the bucket is now. Called by the thread that may use the entries. */
  void publish(Entries entries) {
    if (!used) {
      used = true;
    }
    if (entries.takeResized()) {
      count(entries.bytes());
    }
    long now = shown(entries.kind(), entries.deadline());
    if (now != shown) {
      show(now);
    }
  }

  private synchronized void show(long next) {
    if (!ended) {
      long before = shown;
      census().add((exists(next) ? 1 : 0) - (exists(before) ? 1 : 0));
      census().addExpiring((expires(next) ? 1 : 0) - (expires(before) ? 1 : 0));
      shown = next;
    }
  }

  private static long shown(BucketStore.Kind kind, long deadline) {
    int last =
        switch (kind) {
          case NONE -> 0;
          case TEXT -> 1;
          case HASH -> 2;
        };
    return (Math.min(deadline, Long.MAX_VALUE >> 2) << 2) | last;
  }

  private static BucketStore.Kind kind(long shown) {
    return switch ((int) shown & 3) {
      case 0 -> BucketStore.Kind.NONE;
      case 1 -> BucketStore.Kind.TEXT;
      default -> BucketStore.Kind.HASH;
    };
  }

  private static boolean exists(long shown) {
    return kind(shown) != BucketStore.Kind.NONE;
  }

  private static long deadline(long shown) {
    return shown >> 2;
  }

  private static boolean expires(long shown) {
    return deadline(shown) != 0;
  }

  /** Adds what the bucket takes to the store's memory, from now on. */
  synchronized void countMemory() {
    if (!ended) {
      counted = true;
      environment.memory().add(Footprint.bucket(name.length) + bytes);
    }
  }

  private void count(long takes) {
    if (takes != bytes) {
      countNow(takes);
    }
  }

  private synchronized void countNow(long takes) {
    if (counted) {
      environment.memory().add(takes - bytes);
    }
    bytes = takes;
  }

  /** The process has ended. Nothing counts any more, though a killed thread may still run. */
  synchronized void processEnded() {
    show(NOTHING);
    // Not while a command on several buckets appends its changes: this may be one of them.
    environment.durability().exclusively(() -> ended = true);
    if (counted) {
      counted = false;
      environment.memory().add(-Footprint.bucket(name.length) - bytes);
    }
  }

  /** Calls this process, and not another one that may have taken its place. */
  <R> R ask(BucketServer.Request<R> request) {
    try {
      return BucketServer.result(server.call(request), this);
    } catch (CallException.NoProcess | CallException.Exited e) {
      if (e.reason() instanceof ExitReason.Crash(KvException.NotKept why)) {
        throw why;
      }
      throw new KvException.BucketGone(name(), e);
    }
  }

  @Override
  public String toString() {
    return "bucket " + name() + " " + server.pid();
  }
}
