package dev.ostler.kv;

import dev.ostler.CallException;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.ServerRef;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A named map from text to text, kept by a process of its own.
 *
 * <p>Any thread may use it; process or not. Operations are handled one at a time, in the order in
 * which they come; each sees all that were answered before it began. A bucket that has ended does
 * not come back: every operation then throws {@link KvException.BucketGone}, and {@link Kv#lookup}
 * tells whether there is another one of this name. Each operation waits for five seconds at most,
 * and then throws {@link CallException.Timeout}.
 */
public final class Bucket {
  private static final Duration STOP_TIME = Duration.ofSeconds(5);

  private final String name; // a byte string
  private final ServerRef<BucketServer> server;
  private final Limits limits;

  // Written by the bucket's process, read by any thread.
  private volatile boolean there; // whether there is anything in it: else there is no such bucket
  private volatile long deadline; // when all of it goes, in milliseconds since 1970; 0 for never
  private long bytes; // what its entries take; exact once the process has ended

  Bucket(String name, ServerRef<BucketServer> server, Limits limits) {
    this.name = name;
    this.server = server;
    this.limits = limits;
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
    return ask(new Operation.Get(Bytes.of(Objects.requireNonNull(key, "key")))).map(Bytes::text);
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
    limits.checkKey(key);
    limits.checkValue(value);
    switch (ask(new Operation.Put(Bytes.of(key), Bytes.of(value)))) {
      case YES -> {}
      case FULL ->
          throw new KvException.LimitReached("no new key in the bucket " + name(), limits.keys());
      case NO_MAP -> throw new KvException.NoMap(name());
    }
  }

  /**
   * Takes a key away, and gives the value it had, if it was there.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public Optional<String> delete(String key) {
    return ask(new Operation.Delete(Bytes.of(Objects.requireNonNull(key, "key")))).map(Bytes::text);
  }

  /**
   * A copy of all keys and values, as they are at one moment. Takes time and memory for each.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public Map<String, String> entries() {
    return ask(new Operation.All());
  }

  /**
   * How many keys there are.
   *
   * @throws KvException.BucketGone if the bucket has ended
   */
  public int size() {
    return ask(new Operation.Size());
  }

  /**
   * Ends the bucket and all it holds, once it has done what it was asked before; nothing happens if
   * it has ended. When this returns, {@link Kv#lookup} does not find it any more.
   */
  public void stop() {
    try {
      server.stop(ExitReason.NORMAL, STOP_TIME);
    } catch (CallException.NoProcess | CallException.Exited _) {
      // It has ended, if for another reason, which is what was asked for.
    }
  }

  /** Tells the listener of every change from now on; false if there is nothing in it. */
  boolean subscribe(BucketServer.Listener listener) {
    return ask(new BucketServer.Subscribe(listener));
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

  boolean isAlive() {
    return server.pid().isAlive();
  }

  /** Whether there is such a bucket, to users: it lives, and has something in it. */
  boolean isThere() {
    long until = deadline;
    return there && isAlive() && (until == 0 || until > System.currentTimeMillis());
  }

  /** Called by its process: what others see. */
  void show(Entries entries) {
    boolean exists = entries.exists();
    if (exists != there) {
      there = exists;
    }
    if (entries.deadline() != deadline) {
      deadline = entries.deadline();
    }
    bytes = entries.bytes();
  }

  /** About how many bytes its entries took at the end. Asked once its process has ended. */
  long lastBytes() {
    return bytes;
  }

  private <R> R ask(BucketServer.Request<R> request) {
    try {
      return server.call(request);
    } catch (CallException.NoProcess | CallException.Exited e) {
      throw new KvException.BucketGone(name(), e);
    }
  }

  @Override
  public String toString() {
    return "bucket " + name() + " " + server.pid();
  }
}
