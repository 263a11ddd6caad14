package dev.ostler.kv.journal;

import dev.ostler.kv.BucketStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Another store on a disk that fails, or makes wait, when a test says so. Any thread.
 *
 * <p>After a write or a sync that failed all others fail, as those of any store, unless the disk
 * was full.
 */
public final class FaultyStore implements BucketStore {
  /** What can fail. */
  public enum Call {
    APPEND,
    SYNC,
    LOAD,
    HEAD,
    SCAN,
    DUE,
    CHECKPOINT,
    CLOSE
  }

  /** What happens before a call. */
  public interface Fault {
    void happen() throws IOException;
  }

  /** As the system says it when the disk is full. */
  public static final String ENOSPC = "No space left on device";

  /** As the system says it when the disk does not do what it should. */
  public static final String EIO = "Input/output error";

  private final BucketStore store;
  private final Map<Call, Integer> calls = new EnumMap<>(Call.class);
  private final Map<Call, Map<Integer, Fault>> faults = new EnumMap<>(Call.class);
  private volatile long room = Long.MAX_VALUE;
  private volatile long roomToMake;
  private volatile long margin;
  private @Nullable IOException failed;

  /** All that it does well is done by this store. */
  public FaultyStore(BucketStore store) {
    this.store = store;
  }

  /**
   * Lets this happen before a call: to fail, or to wait for something.
   *
   * @param nth which one from now on, the next one being the first
   */
  public synchronized FaultyStore before(Call call, int nth, Fault fault) {
    faults
        .computeIfAbsent(call, _ -> new HashMap<>())
        .put(calls.getOrDefault(call, 0) + nth, fault);
    return this;
  }

  /** Lets a call fail with this message, see {@link #before}. */
  public FaultyStore fail(Call call, int nth, String message) {
    return before(
        call,
        nth,
        () -> {
          throw new IOException(message);
        });
  }

  /** How often this was called so far. */
  public synchronized int calls(Call call) {
    return calls.getOrDefault(call, 0);
  }

  private void call(Call call) throws IOException {
    Fault fault;
    synchronized (this) {
      int nth = calls.merge(call, 1, Integer::sum);
      fault = faults.getOrDefault(call, Map.of()).get(nth);
    }
    if (fault != null) {
      fault.happen();
    }
  }

  private void write(Call call) throws IOException {
    synchronized (this) {
      if (failed != null) {
        throw new IOException("nothing is written any more: " + failed.getMessage(), failed);
      }
    }
    try {
      call(call);
    } catch (Full e) {
      throw e;
    } catch (IOException e) {
      synchronized (this) {
        failed = e;
      }
      throw e;
    }
  }

  @Override
  public void append(List<Write> group) throws IOException {
    write(Call.APPEND);
    store.append(group);
  }

  @Override
  public void append(List<Write> group, long index) throws IOException {
    write(Call.APPEND);
    store.append(group, index);
  }

  @Override
  public long applied() throws IOException {
    return store.applied();
  }

  @Override
  public void sync() throws IOException {
    write(Call.SYNC);
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

  /** From now on there is room for so many bytes, as far as anybody can see. */
  public FaultyStore room(long bytes) {
    room = bytes;
    return this;
  }

  /** There will be so much more room when the store is asked to make some. */
  public FaultyStore roomToMake(long bytes) {
    roomToMake = bytes;
    return this;
  }

  /** From now on it reserves so many bytes. */
  public FaultyStore margin(long bytes) {
    margin = bytes;
    return this;
  }

  @Override
  public long room() {
    return room;
  }

  @Override
  public void makeRoom(long wanted) {
    room += roomToMake;
    roomToMake = 0;
  }

  @Override
  public long margin() {
    return margin;
  }

  @Override
  public Optional<Stored> load(String bucket) throws IOException {
    call(Call.LOAD);
    return store.load(bucket);
  }

  @Override
  public Head head(String bucket) throws IOException {
    call(Call.HEAD);
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
    call(Call.SCAN);
    return store.scan(cursor, count, each);
  }

  @Override
  public List<String> due(long moment, int most) throws IOException {
    call(Call.DUE);
    return store.due(moment, most);
  }

  @Override
  public long nextDue() throws IOException {
    call(Call.DUE);
    return store.nextDue();
  }

  @Override
  public void checkpoint(Path directory) throws IOException {
    call(Call.CHECKPOINT);
    store.checkpoint(directory);
  }

  @Override
  public void close() throws IOException {
    try {
      call(Call.CLOSE);
    } finally {
      store.close();
    }
  }
}
