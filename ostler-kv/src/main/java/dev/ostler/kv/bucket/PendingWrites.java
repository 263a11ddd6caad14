package dev.ostler.kv.bucket;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.journal.Durability;
import dev.ostler.kv.journal.WriteQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The pending changes of a bucket of a durable store, in the form that the journal takes. */
final class PendingWrites implements PendingChanges {
  private final String name;
  private final Environment environment;
  private BucketStore.Head head = BucketStore.Head.NONE; // after the last change
  private BucketStore.@Nullable Write first; // mostly the only one: then there is no list
  private @Nullable List<BucketStore.Write> writes; // all of them, if there are several
  private @Nullable List<Event> events;
  private boolean touched; // a change has begun that may not be recorded yet
  private final WriteQueue.Slot last = new WriteQueue.Slot(); // of the bucket's last change

  PendingWrites(String name, Environment environment) {
    this.name = name;
    this.environment = environment;
  }

  @Override
  public Environment environment() {
    return environment;
  }

  @Override
  public boolean areRecorded() {
    return true;
  }

  @Override
  public boolean begin(Entries loaded) {
    begin(loaded.head(BucketStore.Head.NONE));
    return loaded.exists();
  }

  /** Begins with this head, which the journal has. */
  void begin(BucketStore.Head loaded) {
    head = loaded;
  }

  @Override
  public void touch() {
    touched = true;
  }

  @Override
  public boolean isTouched() {
    return touched;
  }

  @Override
  public void add(Entries after, long seq, Change change) {
    String value = change instanceof Change.KeyDeadline(String key, long _) ? after.get(key) : null;
    add(seq, change, value == null ? "" : value, after.head(head));
  }

  /** Records a change, after which the bucket has this head. */
  void add(long seq, Change change, String value, BucketStore.Head after) {
    var write = new BucketStore.Write(name, seq, change, value, head, after);
    if (first == null) {
      first = write;
    } else {
      if (writes == null) {
        writes = new ArrayList<>(4);
        writes.add(first);
      }
      writes.add(write);
    }
    head = after;
  }

  @Override
  public boolean tells(char type, String event) {
    if (events == null) {
      events = new ArrayList<>(1);
    }
    events.add(new Event(name, type, event));
    return true;
  }

  @Override
  public boolean isEmpty() {
    return first == null;
  }

  @Override
  public boolean removeTheBucket() {
    return !isEmpty() && !head.exists();
  }

  @Override
  public List<BucketStore.Write> writes() {
    BucketStore.Write only = first;
    if (only == null) {
      return List.of();
    }
    return writes == null ? List.of(only) : writes;
  }

  @Override
  public long appendTo(Durability durability) {
    BucketStore.Write only = Objects.requireNonNull(first, "nothing has changed");
    List<BucketStore.Write> all = writes;
    forget();
    if (all == null) {
      return durability.append(only, last);
    }
    last.clear();
    return durability.append(all);
  }

  @Override
  public void appended() {
    last.clear();
    forget();
  }

  @Override
  public void forget() {
    touched = false;
    first = null;
    writes = null;
  }

  @Override
  public List<Event> takeEvents() {
    List<Event> taken = events;
    events = null;
    return taken == null ? List.of() : taken;
  }
}
