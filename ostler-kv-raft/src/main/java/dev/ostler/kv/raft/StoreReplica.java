package dev.ostler.kv.raft;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.BucketStore.Write;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The store of one node, to which the commands of the log are applied. The node owns it.
 *
 * <p>Any thread may read {@link #store}. All that changes it has this object's lock.
 */
final class StoreReplica implements Replica, AutoCloseable {
  /*
   * The directory has the store in a directory store-N. A snapshot is copied to the directory
   * "unfinished", synced, and renamed to store-(N + 1); from then on it is the store, and store-N is
   * deleted. A start takes the store with the largest number, and deletes the rest.
   */
  private static final String UNFINISHED = "unfinished";
  private static final Pattern STORE = Pattern.compile("store-(\\d+)");

  /** Below the directory of a snapshot: an engine makes its copy in a directory of its own. */
  private static final String COPY = "store";

  /** Tables are never changed, so that a second name for one is as good as a copy. */
  private static final String TABLE = ".sst";

  private final Path directory;
  private final BucketStore.Engine engine;
  private final Consumer<String> report;
  private final List<Write> parts = new ArrayList<>(); // of a group that has not ended
  private long number; // of the store
  private volatile BucketStore store; // written under the lock

  /**
   * Opens the store below a directory, which is created if it does not exist.
   *
   * @param report as for {@link BucketStore.Engine#open}
   */
  StoreReplica(Path directory, BucketStore.Engine engine, Consumer<String> report)
      throws IOException {
    this.directory = directory;
    this.engine = engine;
    this.report = report;
    Files.createDirectories(directory);
    for (long found : numbers()) {
      number = Math.max(number, found);
    }
    this.store = openLatest();
  }

  private List<Long> numbers() throws IOException {
    var found = new ArrayList<Long>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Matcher name = STORE.matcher(file.getFileName().toString());
        if (name.matches()) {
          found.add(Long.parseLong(name.group(1)));
        }
      }
    }
    return found;
  }

  private Path place(long which) {
    return directory.resolve("store-" + which);
  }

  /** Opens the store of the current number, and deletes all others. */
  private BucketStore openLatest() throws IOException {
    Snapshots.delete(directory.resolve(UNFINISHED));
    for (long other : numbers()) {
      if (other != number) {
        Snapshots.delete(place(other));
      }
    }
    return engine.open(place(number), false, report);
  }

  /** The store. It is another one after {@link #install}, which never runs on a node that leads. */
  BucketStore store() {
    return store;
  }

  @Override
  public long applied() throws IOException {
    return store.applied();
  }

  /**
   * All changes of an entry are one group.
   *
   * @throws IOException also if the disk is full, after the entry has been applied
   */
  @Override
  public synchronized void apply(long index, List<ByteBuffer> commands) throws IOException {
    var writes = new ArrayList<Write>();
    boolean whole = true;
    for (ByteBuffer command : commands) {
      switch (WriteCommand.read(command)) {
        case WriteCommand.Read.Part(long before, List<Write> some) -> {
          forgetUnfinished(before);
          parts.addAll(some);
          whole = false;
        }
        case WriteCommand.Read.Group(long before, List<Write> rest) -> {
          forgetUnfinished(before);
          writes.addAll(parts);
          writes.addAll(rest);
          parts.clear();
          whole = true;
        }
        case WriteCommand.Read.Reserved(long wanted) -> {
          if (wanted > store.reserved()) {
            store.reserve(wanted);
          }
        }
      }
    }
    if (whole) {
      store.append(writes, index);
    }
    expectRoom();
  }

  /**
   * Makes sure that there is room for more. The store holds some back; so a node whose disk becomes
   * full ends before its log is half written, and the others go on without it.
   *
   * @throws IOException if there is none
   */
  synchronized void expectRoom() throws IOException {
    if (store.room() <= 0) {
      store.makeRoom(1);
      if (store.room() <= 0) {
        throw new IOException("the disk is full: there is no room for more in " + directory);
      }
    }
  }

  /** A group begins. If the last one did not end, its leader did not come to its end. */
  private void forgetUnfinished(long before) {
    if (before == 0) {
      parts.clear();
    }
  }

  @Override
  public synchronized boolean isWhole() {
    return parts.isEmpty();
  }

  @Override
  public synchronized void snapshot(Path place) throws IOException {
    store.checkpoint(place.resolve(COPY));
  }

  /** As {@link #snapshot}, for a backup. */
  synchronized void checkpoint(Path place) throws IOException {
    store.checkpoint(place);
  }

  /** As {@link BucketStore#makeRoom}. */
  synchronized void makeRoom(long wanted) throws IOException {
    store.makeRoom(wanted);
  }

  @Override
  public synchronized void install(Path place) throws IOException {
    Path unfinished = directory.resolve(UNFINISHED);
    Snapshots.delete(unfinished);
    Files.createDirectory(unfinished);
    try (Stream<Path> files = Files.list(place.resolve(COPY))) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(TABLE)) {
          Files.createLink(unfinished.resolve(name), file);
        } else if (!name.endsWith(Snapshots.CHECKSUM)) {
          Files.copy(file, unfinished.resolve(name));
        }
      }
    }
    Snapshots.sync(unfinished);
    store.close();
    number++;
    Files.move(unfinished, place(number), StandardCopyOption.ATOMIC_MOVE);
    Snapshots.sync(directory);
    parts.clear();
    store = openLatest();
  }

  @Override
  public synchronized void close() throws IOException {
    store.close();
  }
}
