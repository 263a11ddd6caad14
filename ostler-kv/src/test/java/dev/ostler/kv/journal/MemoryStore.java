package dev.ostler.kv.journal;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A store that keeps buckets in memory, and apart from them what would be left if the power went
 * now. Any thread.
 */
public final class MemoryStore implements BucketStore {
  /** A key's value, and when it goes. */
  private record Field(String value, long deadline) {}

  /** Names in the order of a scan. */
  private record Place(long hash, String name) implements Comparable<Place> {
    static Place of(String name) {
      return new Place((long) name.hashCode() * 0x9E3779B97F4A7C15L, name);
    }

    @Override
    public int compareTo(Place other) {
      int order = Long.compareUnsigned(hash, other.hash);
      return order != 0 ? order : name.compareTo(other.name);
    }
  }

  /** A bucket on the disk. */
  private static final class Kept {
    private Head head = Head.NONE;
    private long seq;
    private @Nullable String text;
    private final TreeMap<String, Field> fields = new TreeMap<>();

    void apply(Write write) {
      switch (write.change()) {
        case Change.Put(String key, String value) -> {
          text = null;
          fields.put(key, new Field(value, 0));
        }
        case Change.Removed(String key) -> fields.remove(key);
        case Change.KeyDeadline(String key, long at) ->
            fields.put(key, new Field(write.value(), at));
        case Change.Text(String value) -> {
          fields.clear();
          text = value;
        }
        case Change.Deadline _, Change.Kept _ -> {}
        case Change.Dropped _ -> {
          fields.clear();
          text = null;
        }
      }
      head = write.after();
      seq = write.seq();
    }

    Stored stored() {
      var changes = new ArrayList<Change>();
      if (text != null) {
        changes.add(new Change.Text(text));
      }
      fields.forEach(
          (key, field) -> {
            changes.add(new Change.Put(key, field.value));
            if (field.deadline != 0) {
              changes.add(new Change.KeyDeadline(key, field.deadline));
            }
          });
      if (head.kept()) {
        changes.add(new Change.Kept());
      }
      if (head.deadline() != 0) {
        changes.add(new Change.Deadline(head.deadline()));
      }
      return new Stored(seq, changes);
    }
  }

  /** A group, and the index of its entry in a log; 0 without one. */
  private record Group(List<Write> writes, long index) {}

  /** Groups one after another, and what they make. */
  private static final class Disk {
    final List<Group> groups = new ArrayList<>();
    final TreeMap<Place, Kept> buckets = new TreeMap<>();
    long applied;

    Disk(List<Group> groups) {
      groups.forEach(this::add);
    }

    void add(Group group) {
      groups.add(group);
      applied = Math.max(applied, group.index);
      for (Write write : group.writes) {
        Place place = Place.of(write.bucket());
        if (write.after().exists()) {
          buckets.computeIfAbsent(place, _ -> new Kept()).apply(write);
        } else {
          buckets.remove(place);
        }
      }
    }
  }

  private final Disk disk;
  private int synced; // so many groups
  private long reserved; // synced at once
  private boolean closed;

  /** An empty one. */
  public MemoryStore() {
    this(List.of(), 0);
  }

  private MemoryStore(List<Group> groups, long reserved) {
    this.reserved = reserved;
    disk = new Disk(groups);
    synced = groups.size();
  }

  /** Another one, with what is on the disk now. */
  public synchronized MemoryStore reopened() {
    return new MemoryStore(disk.groups, reserved);
  }

  /** Another one, with what would be there if the power had gone: what was synced alone. */
  public synchronized MemoryStore crashed() {
    return new MemoryStore(disk.groups.subList(0, synced), reserved);
  }

  /** How many groups were appended, and not synced. */
  public synchronized int unsynced() {
    return disk.groups.size() - synced;
  }

  private void check() throws IOException {
    if (closed) {
      throw new IOException("the store in memory is closed");
    }
  }

  @Override
  public void append(List<Write> group) throws IOException {
    append(group, 0);
  }

  @Override
  public synchronized void append(List<Write> group, long index) throws IOException {
    check();
    disk.add(new Group(List.copyOf(group), index));
  }

  @Override
  public synchronized long applied() {
    return disk.applied;
  }

  @Override
  public synchronized void sync() throws IOException {
    check();
    synced = disk.groups.size();
  }

  @Override
  public synchronized void reserve(long number) {
    reserved = number;
  }

  @Override
  public synchronized long reserved() {
    return reserved;
  }

  @Override
  public long room() {
    return Long.MAX_VALUE;
  }

  @Override
  public synchronized Optional<Stored> load(String bucket) throws IOException {
    check();
    return Optional.ofNullable(disk.buckets.get(Place.of(bucket))).map(Kept::stored);
  }

  @Override
  public synchronized Head head(String bucket) throws IOException {
    check();
    Kept kept = disk.buckets.get(Place.of(bucket));
    return kept == null ? Head.NONE : kept.head;
  }

  @Override
  public synchronized boolean mayHave(String bucket) throws IOException {
    check();
    return disk.buckets.containsKey(Place.of(bucket));
  }

  @Override
  public synchronized long size() {
    return disk.buckets.size();
  }

  @Override
  public long scan(long cursor, long count, BiConsumer<String, Head> each) throws IOException {
    var shown = new TreeMap<Place, Head>();
    long next = 0;
    synchronized (this) {
      check();
      for (var entry : disk.buckets.tailMap(new Place(cursor, "")).entrySet()) {
        long hash = entry.getKey().hash;
        if (shown.size() >= count && hash != shown.lastKey().hash) {
          next = hash;
          break;
        }
        shown.put(entry.getKey(), entry.getValue().head);
      }
    }
    shown.forEach((place, head) -> each.accept(place.name, head));
    return next;
  }

  @Override
  public synchronized List<String> due(long moment, int most) throws IOException {
    check();
    return disk.buckets.entrySet().stream()
        .filter(entry -> wake(entry.getValue()) != 0 && wake(entry.getValue()) <= moment)
        .sorted(Comparator.comparingLong(entry -> wake(entry.getValue())))
        .limit(most)
        .map(entry -> entry.getKey().name)
        .toList();
  }

  @Override
  public synchronized long nextDue() throws IOException {
    check();
    return disk.buckets.values().stream()
        .mapToLong(MemoryStore::wake)
        .filter(wake -> wake != 0)
        .min()
        .orElse(0);
  }

  private static long wake(Kept kept) {
    return kept.head.wake();
  }

  /** There is no disk to copy to. */
  @Override
  public void checkpoint(Path directory) throws IOException {
    throw new IOException("a store in memory makes no copy in " + directory);
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      synced = disk.groups.size();
      closed = true;
    }
  }
}
