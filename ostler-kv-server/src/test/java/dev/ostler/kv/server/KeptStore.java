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
 * A store that keeps its buckets on a disk that a test holds back, lets fail, or pulls out. Used by
 * the test's thread.
 */
public final class KeptStore implements AutoCloseable {
  private final UnaryOperator<KvConfig> settings;
  private final List<RespPeer> peers = new ArrayList<>();
  private MemoryStore disk = new MemoryStore();
  private FaultyStore store = new FaultyStore(disk);
  private Kv kv;

  /** One whose replies wait until what they tell of is synced. */
  public static KeptStore always() {
    return new KeptStore(config -> config.sync(Sync.ALWAYS));
  }

  /** One whose replies wait for nothing. */
  public static KeptStore everySecond() {
    return new KeptStore(config -> config);
  }

  KeptStore(UnaryOperator<KvConfig> settings) {
    this.settings = settings;
    this.kv = open();
  }

  private Kv open() {
    return Kv.open(settings.apply(config(store)).with(LineProtocol.on(0)).with(Resp.on(0)));
  }

  /** Of a store that is opened on this one, whatever the directory. */
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

  /** Closes it, and opens what is on the disk then. */
  public void reopen() throws IOException {
    close();
    openOn(disk.reopened());
  }

  /** Opens what would be on the disk if the power had gone now. */
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
    return bucket == null ? Store.of(kv).obtain(Bytes.of(name)).pid() : bucket.pid();
  }

  boolean isInMemory(String name) {
    return Store.of(kv).keyspace().table().living(Bytes.of(name)) != null;
  }

  /** Ends its process, as an error in it would. */
  void kill(String name) {
    pid(name).exit(ExitReason.KILL);
  }

  /** Has it leave memory, and waits until it has. */
  void rest(String name) {
    BucketRef bucket = Store.of(kv).keyspace().table().living(Bytes.of(name));
    if (bucket != null) {
      bucket.rest();
      try {
        bucket.run(Entries::exists); // after it
      } catch (KvException.BucketGone e) {
        // It has.
      }
    }
  }

  /** Something that a test holds back. */
  public static final class Hold {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    /** Whoever is held back waits here. */
    public void pass() {
      reached.countDown();
      await(released);
    }

    /** Waits until somebody is held back. */
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
          if (!latch.await(20, TimeUnit.SECONDS)) {
            throw new AssertionError("nobody came in 20 s");
          }
          break;
        } catch (InterruptedException e) {
          interrupted = true; // one that was killed goes on as a thread that does not notice
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
