package dev.ostler.kv.server;

import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.KvException;
import dev.ostler.kv.Sync;
import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Inside;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.journal.FaultyStore;
import dev.ostler.kv.journal.MemoryStore;
import dev.ostler.kv.server.resp.RespClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * A durable store whose disk a test can hold back, make fail, or unplug. Used by the test's thread.
 */
public final class KeptStore implements AutoCloseable {
  private final UnaryOperator<KvConfig> settings;
  private final List<RespPeer> peers = new ArrayList<>();
  private MemoryStore disk = new MemoryStore();
  private FaultyStore store = new FaultyStore(disk);
  private Kv kv;

  /** A store whose replies wait until their changes are synced. */
  public static KeptStore always() {
    return new KeptStore(config -> config.sync(Sync.ALWAYS));
  }

  /** A store whose replies wait for nothing. */
  public static KeptStore everySecond() {
    return new KeptStore(config -> config);
  }

  /** Syncs only when it is closed: until then a loss of power loses all changes, however late. */
  public static KeptStore atTheEnd() {
    return new KeptStore(config -> config.sync(Sync.NO));
  }

  KeptStore(UnaryOperator<KvConfig> settings) {
    this.settings = settings;
    this.kv = open();
  }

  private Kv open() {
    return Kv.open(settings.apply(config(store)).with(LineProtocol.on(0)).with(Resp.on(0)));
  }

  /** The configuration of a store on this engine, whatever the directory. */
  static KvConfig config(BucketStore store) {
    return KvConfig.durable(Path.of("nowhere"), (directory, repair, report) -> store);
  }

  public Kv kv() {
    return kv;
  }

  FaultyStore store() {
    return store;
  }

  public MemoryStore disk() {
    return disk;
  }

  /** A new client. */
  public RespPeer peer() throws IOException {
    RespPeer peer = RespPeer.of(kv);
    peers.add(peer);
    return peer;
  }

  /** The server's side of this client. */
  RespClient client(RespPeer peer) {
    return peer.served(kv);
  }

  LineClient line() throws IOException {
    return new LineClient(kv.port("line"));
  }

  /** Closes the store, and opens what is on disk then. */
  public void reopen() throws IOException {
    close();
    openOn(disk.reopened());
  }

  /** Opens what would be on disk if the power had failed now. */
  public void pullThePlug() throws IOException {
    MemoryStore left = disk.crashed();
    close();
    openOn(left);
  }

  private void openOn(MemoryStore left) {
    disk = left;
    store = new FaultyStore(disk);
    kv = open();
  }

  /** The process of a bucket that is in memory. */
  Pid pid(String name) {
    BucketRef bucket = Store.of(kv).keyspace().table().living(Bytes.of(name));
    return bucket == null ? Store.of(kv).getOrStart(Bytes.of(name)).pid() : bucket.pid();
  }

  boolean isInMemory(String name) {
    return Store.of(kv).keyspace().table().living(Bytes.of(name)) != null;
  }

  /** Ends the bucket's process, as an error in it would. */
  void kill(String name) {
    pid(name).exit(ExitReason.KILL);
  }

  /** Makes the bucket leave memory, and waits until it has. */
  void rest(String name) {
    BucketRef bucket = Store.of(kv).keyspace().table().living(Bytes.of(name));
    if (bucket != null) {
      bucket.evict();
      try {
        Inside.of(bucket, Entries::exists); // runs after that
      } catch (KvException.BucketGone e) {
        // It has left memory.
      }
    }
  }

  /** A call to the engine that a test holds back. */
  public static final class Hold {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    /** Blocks a held-back call until the test releases it. */
    public void pass() {
      reached.countDown();
      await(released);
    }

    /** Waits until a call is held back. */
    public void awaitReached() {
      await(reached);
    }

    public void release() {
      released.countDown();
    }

    private static void await(CountDownLatch latch) {
      boolean interrupted = false;
      while (true) {
        try {
          if (!latch.await(60, TimeUnit.SECONDS)) {
            throw new AssertionError("nobody came in 60 s");
          }
          break;
        } catch (InterruptedException e) {
          interrupted = true; // the thread of a killed process continues without noticing
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Holds back the next call of this kind. */
  Hold hold(FaultyStore.Call call) {
    var hold = new Hold();
    store.before(call, 1, hold::pass);
    return hold;
  }

  @Override
  public void close() throws IOException {
    for (RespPeer peer : peers) {
      peer.close();
    }
    peers.clear();
    kv.close();
  }
}
