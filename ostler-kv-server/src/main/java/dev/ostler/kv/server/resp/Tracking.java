package dev.ostler.kv.server.resp;

import dev.ostler.kv.bucket.ChangedNames;
import dev.ostler.kv.bucket.FullHeap;
import dev.ostler.kv.bytes.Bytes;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Client-side caching: tells clients that keys which they have read, or which begin as they said,
 * have changed. Any thread may use it; a change never waits for a client.
 *
 * <p>A key is tracked before it is read, and looked for after it was changed. So a change is told
 * unless the reader has seen it, and what is told comes after the reply to the read, because a
 * client's pushes are written between its replies. Too much may be told, and never too little: if a
 * change cannot be told, all clients are told that everything has changed.
 */
final class Tracking implements ChangedNames.Listener {
  /** Who makes the change that this thread makes, if it must not be told to him. */
  private static final ThreadLocal<@Nullable Tracker> WRITER = new ThreadLocal<>();

  private final ChangedNames names;
  private final ConcurrentMap<Long, RespClient> clients;
  private final TrackedKeys keys;
  private final TrackedPrefixes prefixes = new TrackedPrefixes(this::lost);
  private final Set<Tracker> trackers = ConcurrentHashMap.newKeySet();
  private final AtomicInteger dropping = new AtomicInteger(); // so many drop all buckets now
  private volatile boolean lost; // a change was not told

  Tracking(ChangedNames names, ConcurrentMap<Long, RespClient> clients, LongSupplier mostKeys) {
    this.names = names;
    this.clients = clients;
    this.keys = new TrackedKeys(mostKeys, Runtime.getRuntime().maxMemory() / 32);
  }

  // --- Clients

  /** Starts to tell this client. */
  synchronized void add(Tracker tracker) {
    if (trackers.isEmpty()) {
      names.add(this);
    }
    trackers.add(tracker);
  }

  synchronized void remove(Tracker tracker) {
    tracker.end();
    tracker.prefixes().forEach(prefix -> prefixes.remove(prefix, tracker));
    if (trackers.remove(tracker) && trackers.isEmpty()) {
      names.remove(this);
      keys.clear();
      prefixes.clear();
    }
  }

  /** Forgets a client whose process was killed. */
  void forget(RespClient client) {
    for (Tracker tracker : trackers) {
      if (tracker.isOf(client)) {
        remove(tracker);
      }
    }
  }

  /** The client of this number; null if there is none. */
  @Nullable RespClient client(long id) {
    return clients.get(id);
  }

  void add(String prefix, Tracker tracker) {
    prefixes.add(prefix, tracker);
  }

  /** A client is about to read a key. */
  void remember(String key, Tracker reader) {
    keys.add(key, reader);
    keys.shrink(this::tell);
  }

  /** Does this, which may change buckets, for a client that must not be told of that. */
  static void asWriter(Tracker writer, Runnable changing) {
    Tracker before = WRITER.get();
    WRITER.set(writer);
    try {
      changing.run();
    } finally {
      WRITER.set(before);
    }
  }

  // --- Changes

  @Override
  public void changed(byte[] name) {
    if (dropping.get() > 0) {
      return; // all is told at the end
    }
    try {
      String key = Bytes.of(name);
      if (!keys.isEmpty()) {
        tell(key, keys.remove(key));
      }
      prefixes.changed(key, WRITER.get());
    } catch (RuntimeException | Error e) { // the bucket must not fail for it
      lost(e);
    }
  }

  private void lost(Throwable why) {
    lost = true;
    FullHeap.log("a change could not be told to caches of clients", why);
  }

  /** A command that may change buckets begins; false if it need not say when it has ended. */
  boolean begin() {
    return prefixes.begin();
  }

  /** A command has ended: what it changed is told together. */
  void end() {
    prefixes.end();
  }

  private void tell(String key, Set<Tracker> readers) {
    if (!readers.isEmpty()) {
      Tracker writer = WRITER.get();
      var message = Invalidation.of(List.of(key));
      for (Tracker reader : readers) {
        if (reader != writer || !reader.options().noLoop()) {
          reader.tell(message);
        }
      }
    }
  }

  @Override
  public void dropping() {
    dropping.incrementAndGet();
  }

  @Override
  public void dropped() {
    dropping.decrementAndGet();
    lost = true;
    mend();
  }

  /** Forgets keys beyond a limit that was lowered, and mends what was lost. Called now and then. */
  void tend() {
    keys.shrink(this::tell);
    mend();
  }

  /** If a change was not told, tells that everything has changed. */
  private void mend() {
    if (!lost) {
      return;
    }
    try {
      lost = false; // first: what is lost from now on is told the next time
      keys.clear();
      prefixes.clear();
      var all = Invalidation.ofAll();
      trackers.forEach(tracker -> tracker.tell(all));
    } catch (RuntimeException | Error e) {
      lost = true;
      FullHeap.log("clients with caches could not be told that everything has changed", e);
    }
  }

  // --- For INFO

  int clients() {
    return trackers.size();
  }

  int keys() {
    return keys.size();
  }

  long items() {
    return keys.items();
  }

  int prefixes() {
    return prefixes.size();
  }
}
