package dev.ostler.kv.journal;

import dev.ostler.kv.BucketStore;
import java.util.List;
import java.util.Optional;

/** The durability of a store in memory: it appends nothing, and nobody waits. */
public enum InMemory implements Durability {
  INSTANCE;

  private static final Mark EVERYTHING = Mark.atTheEnd();

  @Override
  public boolean isDurable() {
    return false;
  }

  @Override
  public boolean repliesWait() {
    return false;
  }

  @Override
  public void check() {}

  @Override
  public boolean isFull() {
    return false;
  }

  @Override
  public void awaitRoom() {}

  @Override
  public long append(List<BucketStore.Write> group) {
    return 0;
  }

  @Override
  public void append(List<BucketStore.Write> group, WriteQueue.JointAppend joint) {
    joint.check();
  }

  @Override
  public long append(BucketStore.Write write, WriteQueue.Slot last) {
    return 0;
  }

  @Override
  public void exclusively(Runnable something) {
    something.run();
  }

  @Override
  public long seen() {
    return 0;
  }

  @Override
  public Optional<BucketStore.Lease> lease() {
    return Optional.empty();
  }

  @Override
  public boolean hasFailed() {
    return false;
  }

  @Override
  public boolean hasLost(long position) {
    return false;
  }

  @Override
  public Mark written() {
    return EVERYTHING;
  }

  @Override
  public Mark durable() {
    return EVERYTHING;
  }
}
