package dev.ostler.kv.bucket;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.journal.Durability;
import java.util.List;

/** The pending changes of every bucket of a store in memory: there are none. */
final class NoPendingChanges implements PendingChanges {
  private final Environment environment;

  /** For the buckets of a store with this environment, which need only one. */
  NoPendingChanges(Environment environment) {
    this.environment = environment;
  }

  @Override
  public Environment environment() {
    return environment;
  }

  @Override
  public boolean areRecorded() {
    return false;
  }

  @Override
  public boolean begin(Entries loaded) {
    return false;
  }

  @Override
  public void touch() {}

  @Override
  public boolean isTouched() {
    return false;
  }

  @Override
  public void add(Entries after, long seq, Change change) {}

  @Override
  public boolean tells(char type, String event) {
    return false;
  }

  @Override
  public boolean isEmpty() {
    return true;
  }

  @Override
  public boolean removeTheBucket() {
    return false;
  }

  @Override
  public List<BucketStore.Write> writes() {
    return List.of();
  }

  @Override
  public long appendTo(Durability durability) {
    return 0;
  }

  @Override
  public void appended() {}

  @Override
  public void forget() {}

  @Override
  public List<Event> takeEvents() {
    return List.of();
  }
}
