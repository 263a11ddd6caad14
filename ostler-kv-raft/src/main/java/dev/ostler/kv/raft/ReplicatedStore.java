package dev.ostler.kv.raft;

import dev.ostler.kv.BucketStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * The store of the node that leads, for as long as it leads. Changes are appended once they are
 * committed, and applied here. So there is nothing left to sync, and all reads are those of the
 * node's own store. {@link BucketStore} says which thread uses it.
 *
 * <p>Whoever opens it does not own the node's store: closing it closes nothing.
 */
final class ReplicatedStore implements BucketStore {
  private final Leadership leadership;
  private final StoreReplica replica;
  private final Consumer<Throwable> failed;

  /**
   * The store of one leadership.
   *
   * @param failed is told if a change cannot be proposed for another reason than that the
   *     leadership is over, or if the disk is full: then this node must not stay the leader
   */
  ReplicatedStore(Leadership leadership, StoreReplica replica, Consumer<Throwable> failed) {
    this.leadership = leadership;
    this.replica = replica;
    this.failed = failed;
  }

  // --- Writing

  @Override
  public void append(List<Write> group) throws IOException {
    CompletableFuture<Long> last = null;
    try {
      for (byte[] command : WriteCommand.group(group)) {
        last = leadership.propose(command);
      }
    } catch (IllegalArgumentException e) {
      failed.accept(e);
      throw new IOException(e);
    }
    if (last != null) {
      await(last);
    }
  }

  @Override
  public void append(List<Write> group, long index) {
    throw new UnsupportedOperationException("the index is the log's own");
  }

  @Override
  public void reserve(long number) throws IOException {
    await(leadership.propose(WriteCommand.number(number)));
  }

  /** Waits until a command is committed, and all before it. */
  private static void await(CompletableFuture<Long> proposed) throws IOException {
    try {
      long _ = proposed.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException why) {
        throw new IOException(why.getMessage(), why);
      }
      throw e;
    }
  }

  /** What was appended is committed already. */
  @Override
  public void sync() {}

  // --- The leadership

  /** What is read here is the latest as long as this node leads. */
  @Override
  public Optional<Lease> lease() {
    return Optional.of(leadership.lease());
  }

  // --- The node's own store

  private BucketStore store() {
    return replica.store();
  }

  @Override
  public long applied() throws IOException {
    return store().applied();
  }

  @Override
  public long reserved() throws IOException {
    return store().reserved();
  }

  @Override
  public long room() throws IOException {
    return store().room();
  }

  /** If there is none, this node must not stay the leader: the others may have some. */
  @Override
  public void makeRoom(long wanted) throws IOException {
    replica.makeRoom(wanted);
    try {
      replica.expectRoom();
    } catch (IOException full) {
      failed.accept(full);
    }
  }

  @Override
  public long margin() throws IOException {
    return store().margin();
  }

  @Override
  public Optional<Stored> load(String bucket) throws IOException {
    return store().load(bucket);
  }

  @Override
  public Head head(String bucket) throws IOException {
    return store().head(bucket);
  }

  @Override
  public boolean mayHave(String bucket) throws IOException {
    return store().mayHave(bucket);
  }

  @Override
  public long size() {
    return store().size();
  }

  @Override
  public long scan(long cursor, long count, BiConsumer<String, Head> each) throws IOException {
    return store().scan(cursor, count, each);
  }

  @Override
  public List<String> due(long moment, int most) throws IOException {
    return store().due(moment, most);
  }

  @Override
  public long nextDue() throws IOException {
    return store().nextDue();
  }

  @Override
  public void checkpoint(Path directory) throws IOException {
    replica.checkpoint(directory);
  }

  @Override
  public void close() {}
}
