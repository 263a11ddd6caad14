package dev.ostler.kv.journal;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.KvException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The durability of a store in memory: nothing is appended, and nothing is ever waited for. */
public enum InMemory implements Durability {
  INSTANCE;

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
  public boolean hasFailed() {
    return false;
  }

  @Override
  public boolean hasLost(long position) {
    return false;
  }

  @Override
  public boolean hasWritten(long position) {
    return true;
  }

  @Override
  public boolean isDurable(long position) {
    return true;
  }

  @Override
  public void whenDurable(long position, Runnable then) {
    then.run();
  }

  @Override
  public void whenKnown(long position, Consumer<@Nullable KvException> told) {
    told.accept(null);
  }

  @Override
  public void await(long position) {}
}
