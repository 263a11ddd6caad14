package dev.ostler.kv;

import dev.ostler.CallException;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.ServerRef;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A named map from text to text, kept by a process of its own.
 *
 * <p>Any thread may use it; process or not. Operations are handled one at a time, in the order in
 * which they come; each sees all that were answered before it began. A bucket that has ended does
 * not come back: every operation then throws {@link KvException.BucketGone}, and {@link Kv#lookup}
 * tells whether there is another one of this name. In a durable store it does come back, with all
 * it held, unless it was deleted; an operation that was just being done when its process crashed
 * throws the same exception, and may have been done or not. Each operation waits for five seconds
 * at most, and then throws {@link CallException.Timeout}.
 */
public final class Bucket {
  private static final Duration STOP_TIME = Duration.ofSeconds(5);

  private final String name; // a byte string
  private final ServerRef<BucketServer> server;
  private final Environment environment;
  private final Census census;

  // Written by the bucket's process, read by any thread.
  private volatile Entries.Kind kind = Entries.Kind.NONE; // changed under this object's lock
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
  Bucket(String name, ServerRef<BucketServer> server, Environment environment, Census census) {
    this.name = name;
    this.server = server;
    this.environment = environment;
    this.census = census;
  }

  /** The name it was created with. */
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
   * The value of a key, if it is there.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public Optional<String> get(String key) {
    return kept(seen -> getNow(key, seen)).map(Bytes::text);
  }

  // What has Now in its name does not wait until it is kept: who answers others waits at a gate.

  /** The value as a byte string. */
  Optional<String> getNow(String key, Gate seen) {
    return operate(new Operation.Get(Bytes.of(Objects.requireNonNull(key, "key"))), seen);
  }

  /**
   * Gives a key a value, in place of the one it had.
   *
   * @throws KvException.TooLong if the key or the value is longer than it may be
   * @throws KvException.LimitReached if it would be one key too many
   * @throws KvException.NoMap if the bucket is one value, as Redis's SET makes it
   * @throws KvException.BucketGone if the bucket has ended
   */
  public void put(String key, String value) {
    var seen = Gate.of(environment);
    putNow(key, value, seen);
    seen.await();
  }

  void putNow(String key, String value, Gate seen) {
    environment.limits().checkKey(key);
    environment.limits().checkValue(value);
    switch (operate(new Operation.Put(Bytes.of(key), Bytes.of(value)), seen)) {
      case YES -> {}
      case FULL ->
          throw new KvException.LimitReached(
              "no new key in the bucket " + name(), environment.limits().keys());
      case NO_MAP -> throw new KvException.NoMap(name());
    }
  }

  /**
   * Takes a key away, and gives the value it had, if it was there.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public Optional<String> delete(String key) {
    return kept(seen -> deleteNow(key, seen));
  }

  Optional<String> deleteNow(String key, Gate seen) {
    return operate(new Operation.Delete(Bytes.of(Objects.requireNonNull(key, "key"))), seen)
        .map(Bytes::text);
  }

  /**
   * A copy of all keys and values, as they are at one moment. Takes time and memory for each.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public Map<String, String> entries() {
    return kept(seen -> operate(new Operation.All(), seen));
  }

  /**
   * How many keys there are.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public int size() {
    return kept(seen -> operate(new Operation.Size(), seen));
  }

  /**
   * Has the bucket end by itself, with all it holds, once this time has passed, and not as was said
   * before; false if there is nothing in it.
   *
   * @throws IllegalArgumentException if the time is negative
   */
  public boolean expire(Duration after) {
    if (after.isNegative()) {
      throw new IllegalArgumentException("a bucket expires in 0 or more, and not in " + after);
    }
    long millis = after.plusNanos(999_999).toMillis(); // not before its time
    long at = Math.addExact(environment.clock().getAsLong(), millis);
    return kept(seen -> operate(new Operation.Expire(at), seen));
  }

  /** Has it stay after all; false if it was not to expire. */
  public boolean persist() {
    return kept(seen -> operate(new Operation.Expire(0), seen));
  }

  /** How long until it expires, if it is to. */
  public Optional<Duration> timeToLive() {
    long at = kept(seen -> operate(new Operation.Until(), seen));
    long left = Math.max(0, at - environment.clock().getAsLong());
    return at == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(left));
  }

  /**
   * Ends the bucket and all it holds, once it has done what it was asked before; nothing happens if
   * it has ended. When this returns, {@link Kv#lookup} does not find it any more. In a durable
   * store its process ends, and what it holds comes back when it is next used: see {@link
   * Kv#delete}.
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
  boolean subscribe(BucketServer.Listener listener) {
    return ask(new BucketServer.Subscribe(listener));
  }

  /** Tells the listener of every change after one, see {@link BucketServer.Watch}. */
  BucketServer.Watched watch(BucketServer.Listener listener, long from) {
    return ask(new BucketServer.Watch(listener, from));
  }

  /** Does something with the entries, in the bucket's process. */
  <R> R run(BucketServer.Work<R> work) {
    return ask(new BucketServer.Run<>(work));
  }

  /** Makes sure it stays, even without keys; false if it was to stay before. */
  boolean keep() {
    return ask(new Operation.Keep());
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
    return shown() != Entries.Kind.NONE;
  }

  /** What it is, to users, as far as others can see. */
  Entries.Kind shown() {
    Entries.Kind now = kind;
    if (now == Entries.Kind.NONE || !isAlive()) {
      return Entries.Kind.NONE;
    }
    long until = deadline;
    boolean over = until != 0 && until <= environment.clock().getAsLong();
    return over ? Entries.Kind.NONE : now;
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
  synchronized void commit(Unkept changes) {
    if (ended) {
      throw new IllegalStateException("the process of " + this + " has ended");
    }
    position = changes.appendTo(Objects.requireNonNull(journal(), "journal"));
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

  /** Where its changes are kept; null if they are not. */
  @Nullable Journal journal() {
    return environment.archive() == null ? null : environment.archive().journal();
  }

  /** Does something once its last change is as sure to be kept as replies promise. */
  void whenKept(Runnable then) {
    Journal journal = Objects.requireNonNull(journal(), "journal");
    if (journal.promises()) {
      journal.whenDurable(position, then);
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
  long rest() {
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
    Entries.Kind now = entries.kind();
    if (now != kind) {
      turn(now);
    }
  }

  private synchronized void turn(Entries.Kind next) {
    if (!ended) {
      census.add((next == Entries.Kind.NONE ? 0 : 1) - (kind == Entries.Kind.NONE ? 0 : 1));
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
    turn(Entries.Kind.NONE);
    expire(0);
    Journal journal = journal();
    if (journal == null) {
      ended = true;
    } else { // not while changes of several buckets are appended, of which it is one
      journal.alone(() -> ended = true);
    }
    if (counted) {
      counted = false;
      environment.memory().add(-Footprint.bucket(name) - bytes);
    }
  }

  // --- The way to its process

  /** If it is kept, its process may have left memory, or crashed: another one is asked. */
  private <R> R operate(Operation<R> operation, Gate seen) {
    Archive archive = environment.archive();
    return archive == null
        ? ask(operation)
        : new Again<>(operation)
            .doOn(this, archive.keyspace(), seen)
            .orElseThrow(() -> new KvException.BucketGone(name()));
  }

  /** Waits until what the result depends on is as sure to be kept as was promised. */
  private <R> R kept(Function<Gate, R> operation) {
    var seen = Gate.of(environment);
    R result = operation.apply(seen);
    seen.await();
    return result;
  }

  /** Asks this process, and no other that may have taken its place. */
  <R> R ask(BucketServer.Request<R> request) {
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
