package dev.ostler.kv.raft;

import dev.ostler.kv.Bucket;
import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.KvException;
import dev.ostler.kv.Sync;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/**
 * Does what a leader does, without effect. A JVM takes much longer for its first store than for its
 * second one, because it loads and compiles the code; for a node that has to lead at once, this is
 * to be over. Used before the log is open.
 */
final class Rehearsal {
  private static final String BUCKET = "rehearsal";
  private static final int ROUNDS = 100;

  private Rehearsal() {}

  /**
   * Opens a store as a leader does, writes, reads, and closes it. What it writes is proposed to
   * nobody, and so it is never applied.
   *
   * @param directory as for a leader's store
   */
  static void play(Path directory, StoreReplica replica) {
    var leadership =
        new Leadership(0, _ -> CompletableFuture.completedFuture(0L), System::nanoTime);
    BucketStore store = new ReplicatedStore(leadership, replica, _ -> {});
    KvConfig config = KvConfig.durable(directory, (_, _, _) -> store).sync(Sync.ALWAYS);
    try (Kv kv = Kv.open(config)) {
      for (int i = 0; i < ROUNDS; i++) {
        Bucket bucket = kv.create(BUCKET);
        bucket.put("key", "value " + i);
        var _ = bucket.get("key");
        kv.delete(BUCKET);
      }
    } catch (KvException e) {
      // A leader will find the same, and report it.
    }
  }
}
