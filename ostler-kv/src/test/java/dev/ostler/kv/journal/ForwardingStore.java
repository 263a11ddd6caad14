package dev.ostler.kv.journal;

import dev.ostler.kv.BucketStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/** Another store, to be changed in parts. As safe for threads as that one. */
public class ForwardingStore implements BucketStore {
  private final BucketStore store;

  public ForwardingStore(BucketStore store) {
    this.store = store;
  }

  @Override
  public void append(List<Write> group) throws IOException {
    store.append(group);
  }

  @Override
  public void append(List<Write> group, long index) throws IOException {
    store.append(group, index);
  }

  @Override
  public long applied() throws IOException {
    return store.applied();
  }

  @Override
  public void sync() throws IOException {
    store.sync();
  }

  @Override
  public void reserve(long number) throws IOException {
    store.reserve(number);
  }

  @Override
  public long reserved() throws IOException {
    return store.reserved();
  }

  @Override
  public long room() throws IOException {
    return store.room();
  }

  @Override
  public void makeRoom(long wanted) throws IOException {
    store.makeRoom(wanted);
  }

  @Override
  public long margin() throws IOException {
    return store.margin();
  }

  @Override
  public Optional<Stored> load(String bucket) throws IOException {
    return store.load(bucket);
  }

  @Override
  public Head head(String bucket) throws IOException {
    return store.head(bucket);
  }

  @Override
  public boolean mayHave(String bucket) throws IOException {
    return store.mayHave(bucket);
  }

  @Override
  public long size() {
    return store.size();
  }

  @Override
  public long scan(long cursor, long count, BiConsumer<String, Head> each) throws IOException {
    return store.scan(cursor, count, each);
  }

  @Override
  public List<String> due(long moment, int most) throws IOException {
    return store.due(moment, most);
  }

  @Override
  public long nextDue() throws IOException {
    return store.nextDue();
  }

  @Override
  public void checkpoint(Path directory) throws IOException {
    store.checkpoint(directory);
  }

  @Override
  public void close() throws IOException {
    store.close();
  }
}
