package dev.ostler.kv;

import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.journal.FaultyStore;
import dev.ostler.kv.journal.MemoryStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * A store of a test, in memory or durable, whose clock the test controls. Used by the test's
 * thread.
 */
final class OwnStore implements AutoCloseable {
  /** What a test is run with. */
  enum Kind {
    IN_MEMORY,
    /** Replies wait until their changes are synced. */
    DURABLE
  }

  private final AtomicLong now = new AtomicLong(1_700_000_000_000L);
  private final Kind kind;
  private final Limits limits;
  private MemoryStore disk = new MemoryStore();
  private FaultyStore faulty = new FaultyStore(disk);
  private Kv kv;

  OwnStore(Kind kind) {
    this(kind, Limits.DEFAULT);
  }

  OwnStore(Kind kind, Limits limits) {
    this.kind = kind;
    this.limits = limits;
    kv = open();
  }

  private Kv open() {
    FaultyStore engine = faulty;
    KvConfig config =
        kind == Kind.IN_MEMORY
            ? KvConfig.inMemory()
            : KvConfig.durable(Path.of("nowhere"), (directory, repair, report) -> engine)
                .sync(Sync.ALWAYS);
    config =
        config
            .maxBuckets(limits.buckets())
            .maxKeys(limits.keys())
            .maxKeyBytes(limits.keyBytes())
            .maxValueBytes(limits.valueBytes());
    return TestKv.open(
        config, new Environment(limits, now::get, new LongAdder(), (bucket, type, event) -> {}));
  }

  Kv kv() {
    return kv;
  }

  /** The disk of a durable store. */
  FaultyStore disk() {
    return faulty;
  }

  /** Advances the clock. No timer fires: what is due expires when it is next used. */
  void pass(Duration time) {
    now.addAndGet(time.toMillis());
  }

  /** Opens what would be on the disk of a durable store if the power had failed now. */
  void pullThePlug() {
    MemoryStore left = disk.crashed();
    kv.close();
    disk = left;
    faulty = new FaultyStore(disk);
    kv = open();
  }

  /** Waits, in a function that may throw nothing that is checked. */
  static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    kv.close();
  }
}
