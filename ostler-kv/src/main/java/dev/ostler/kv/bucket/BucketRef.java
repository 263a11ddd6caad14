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
 * The way to one bucket's process, and what any thread may know of the bucket without asking it.
 *
 * <p>Any thread may ask. Operations are handled one at a time, in the order in which they come. A
 * bucket that has ended does not come back: every operation then throws {@link
 * KvException.BucketGone}.
 */
public final class BucketRef {
  private static final Duration STOP_TIME = Duration.ofSeconds(5);

  private final String name; // a byte string
  private final ServerRef<BucketServer> server;
  private final Environment environment;
  private final Census census;

  // Written by the bucket's process, read by any thread.
  private volatile BucketStore.Kind kind =
      BucketStore.Kind.NONE; // changed under this object's lock
  private volatile long deadline; // when all of it goes, in milliseconds since 1970; 0 for never
  private volatile long position; // in the journal, of its last change; 0 for none
  private volatile boolean used; // since somebody last looked whether it is

  // Under this object's lock.
  private long bytes; // what its entries take; read by its process without the lock
  private boolean counted; // they are part of what the store takes
  private boolean ended; // of one that is kept, written while the journal is locked, too

  /**
   * The handle of a process that has just started.
   *
   * @param census is told of this one while there is anything in it, and says when it may end
   */
  BucketRef(String name, ServerRef<BucketServer> server, Environment environment, Census census) {
    this.name = name;
    this.server = server;
    this.environment = environment;
    this.census = census;
  }

  /** The name it was created with, as text. */
  public String name() {
    return Bytes.text(name);
  }

  /** Its name as a byte string. */
  String rawName() {
    return name;
  }

  /** Its process: to monitor it, or to end it. */
  public Pid pid() {
    return server.pid();
  }

  /**
   * Ends the process, once it has done what it was asked before; nothing happens if it has ended.
   * When this returns, no lookup finds it any more.
   */
  public void stop() {
    try {
      server.stop(ExitReason.NORMAL, STOP_TIME);
    } catch (CallException.NoProcess | CallException.Exited _) {
      // It has ended, if for another reason, which is what was asked for.
    }
    end();
  }

  /** Tells the listener of every change from now on; false if there is nothing in it. */
  public boolean subscribe(BucketServer.Listener listener) {
    return ask(new BucketServer.Subscribe(listener));
  }

  /** Tells the listener of every change after one, see {@link BucketServer.Watch}. */
  public BucketServer.Watched watch(BucketServer.Listener listener, long from) {
    return ask(new BucketServer.Watch(listener, from));
  }

  /** Does something with the entries, in the bucket's process. */
  public <R> R run(BucketServer.Work<R> work) {
    return ask(new BucketServer.Run<>(work));
  }

  /** Has it stay without keys, too. */
  BucketRef keep() {
    var _ = ask(new Operation.Keep());
    return this;
  }

  /** As {@link #keep}, without waiting for it. */
  void keepSoon() {
    server.cast(new BucketServer.Keep());
  }

  /** Drops all it holds, and ends it; false if there was nothing. */
  boolean drop() {
    return ask(new Operation.Drop());
  }

  /** Has it look whether it is still held, without waiting for it. */
  void goOn() {
    server.cast(new BucketServer.GoOn());
  }

  /** Has it end if there is still nothing in it, without waiting for it. */
  void leave() {
    server.cast(new BucketServer.Leave());
  }

  /** Who says when it may end. */
  Census census() {
    return census;
  }

  /** Has all it holds dropped, without waiting for it, and without a word to anybody else. */
  void flushSoon() {
    server.cast(new BucketServer.Flush());
  }

  boolean isAlive() {
    return server.pid().isAlive();
  }

  /** Whether there is such a bucket, to users: it lives, and has something in it. */
  boolean isThere() {
    return shown() != BucketStore.Kind.NONE;
  }

  /** What it is, to users, as far as others can see. */
  BucketStore.Kind shown() {
    BucketStore.Kind now = kind;
    if (now == BucketStore.Kind.NONE || !isAlive()) {
      return BucketStore.Kind.NONE;
    }
    long until = deadline;
    boolean over = until != 0 && until <= environment.clock().getAsLong();
    return over ? BucketStore.Kind.NONE : now;
  }

  // --- What is kept
  // -------------------------------------------------------------------------------

  /** Where its last change is in the journal; 0 if there was none, or nothing is kept. */
  long position() {
    return position;
  }

  /**
   * Has these changes kept. Called by its process: of one that was killed, what its thread still
   * does is not kept.
   *
   * @throws IllegalStateException if the process has ended
   * @throws KvException.NotKept if they cannot be kept
   */
  synchronized void commit(PendingChanges changes) {
    if (ended) {
      throw new IllegalStateException("the process of " + this + " has ended");
    }
    position = changes.appendTo(environment.durability());
  }

  /** Whether its process has ended. Asked while the journal is locked. */
  boolean hasEnded() {
    return ended;
  }

  /**
   * Its last change is there in the journal. Called by whoever holds it, while the journal is
   * locked.
   */
  void at(long newPosition) {
    position = newPosition;
  }

  /** What becomes of its changes. */
  Durability durability() {
    return environment.durability();
  }

  /** Runs something once its last change is durable; never if it cannot become so. */
  void whenDurable(Runnable then) {
    environment.durability().whenDurable(position, then);
  }

  /**
   * Runs something once it is known what becomes of its last change, after all that {@link
   * #whenDurable} runs. Called when its process has ended.
   */
  public void whenSettled(Runnable then) {
    Durability durability = environment.durability();
    if (durability.promises()) {
      durability.whenKnown(position, failure -> then.run());
    } else {
      then.run();
    }
  }

  /** Whether it was used since this was last asked. */
  boolean wasUsed() {
    boolean was = used;
    used = false;
    return was;
  }

  /** Has it leave memory, if what it holds is kept; about how many bytes that gives back. */
  public long rest() {
    long takes = Footprint.bucket(name) + bytes;
    server.cast(new BucketServer.Rest());
    return takes;
  }

  /** Called by its process: what others see. */
  void show(Entries entries) {
    if (!used) {
      used = true;
    }
    long until = entries.deadline();
    if (until != deadline) {
      expire(until);
    }
    long takes = entries.bytes();
    if (takes != bytes) {
      count(takes);
    }
    BucketStore.Kind now = entries.kind();
    if (now != kind) {
      turn(now);
    }
  }

  private synchronized void turn(BucketStore.Kind next) {
    if (!ended) {
      census.add((next == BucketStore.Kind.NONE ? 0 : 1) - (kind == BucketStore.Kind.NONE ? 0 : 1));
      kind = next;
    }
  }

  private synchronized void expire(long until) {
    if (!ended) {
      census.addExpiring((until == 0 ? 0 : 1) - (deadline == 0 ? 0 : 1));
      deadline = until;
    }
  }

  /** From now on what it takes is part of what the store takes. */
  synchronized void enter() {
    if (!ended) {
      counted = true;
      environment.memory().add(Footprint.bucket(name) + bytes);
    }
  }

  private synchronized void count(long takes) {
    if (counted) {
      environment.memory().add(takes - bytes);
    }
    bytes = takes;
  }

  /** Its process has ended: it counts no more, though a thread that was killed may still run. */
  synchronized void end() {
    turn(BucketStore.Kind.NONE);
    expire(0);
    // Not while changes of several buckets are appended, of which it is one.
    environment.durability().alone(() -> ended = true);
    if (counted) {
      counted = false;
      environment.memory().add(-Footprint.bucket(name) - bytes);
    }
  }

  /** Asks this process, and no other that may have taken its place. */
  public <R> R ask(BucketServer.Request<R> request) {
    try {
      return server.call(request);
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
