package dev.ostler.kv.bucket;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.bytes.Dict;
import dev.ostler.kv.bytes.Words;
import dev.ostler.kv.journal.Numbering;
import java.util.ArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The contents of one bucket: keys with values, or one value, or nothing; and their deadlines.
 *
 * <p>Used by one thread at a time: the one that runs the bucket's process. There are three
 * exceptions. While a bucket is loaded, a reader thread fills entries that no process has yet. A
 * command on an absent bucket uses empty entries of its own. A transaction runs on one thread and
 * uses the entries of all buckets that it has locked, while their processes wait.
 *
 * <p>Keys and values are {@linkplain Bytes byte strings}. A user first {@linkplain #expire expires}
 * what is due.
 */
public final class Entries {
  /** Is told of every change. Used by the thread that uses the entries. */
  interface Observer {
    /** A change was made. */
    void changed(Change change, long seq);

    /** A change is about to be made. */
    default void changing(Entries own, Change change) {}

    /** Takes an event to send later; false if it does not do that. */
    default boolean tells(Event event) {
      return false;
    }

    /** The time for the command that is running, in milliseconds since 1970. */
    default long now(Environment environment) {
      return environment.clock().getAsLong();
    }
  }

  private static final Dict<String> NO_FIELDS = new Dict<>();

  /** Instead of the number of the last change: the bucket does not exist. */
  private static final long ABSENT = -1;

  private final byte[] name; // its bytes; the table and the handle have the same array
  private final Environment environment;
  private @Nullable Dict<String> fields; // null if there are none
  private @Nullable String text; // only without fields
  private @Nullable Deadlines deadlines; // of keys; null if there are none
  private long deadline; // of the bucket; 0 for none
  private boolean pinned;
  private long seq;
  private boolean resumes; // it was loaded, and has not changed since
  private long bytes;
  private @Nullable Observer observer;

  private final PendingChanges pending;

  /** Empty. */
  public Entries(String name, Environment environment) {
    this(Bytes.array(name), environment);
  }

  /** Empty; the bytes of the name must not change any more. */
  Entries(byte[] name, Environment environment) {
    this(name, environment, environment.numbering().begin());
  }

  private Entries(byte[] name, Environment environment, long seq) {
    this.name = name;
    this.environment = environment;
    this.seq = seq;
    this.pending = PendingChanges.of(name, environment.durability());
  }

  /** The entries of a bucket that does not exist: they cannot be changed. */
  static Entries absent(String name, Environment environment) {
    return new Entries(Bytes.array(name), environment, ABSENT);
  }

  /** The bucket's name, a byte string. */
  public String name() {
    return Bytes.of(name);
  }

  /** The bytes of the bucket's name. They never change. */
  byte[] nameBytes() {
    return name;
  }

  public Environment environment() {
    return environment;
  }

  /**
   * The time, in milliseconds since 1970. It is the same for all commands of a transaction, as long
   * as the bucket is locked for it.
   */
  public long now() {
    return observer == null ? environment.clock().getAsLong() : observer.now(environment);
  }

  /** The observer; null if there is none. */
  @Nullable Observer observer() {
    return observer;
  }

  /** Sets the only observer; null for none. */
  void observe(@Nullable Observer newObserver) {
    observer = newObserver;
  }

  // --- Reads

  public BucketStore.Kind kind() {
    if (text != null) {
      return BucketStore.Kind.TEXT;
    }
    return fields != null || pinned ? BucketStore.Kind.HASH : BucketStore.Kind.NONE;
  }

  /** Whether the bucket exists, as users see it. */
  public boolean exists() {
    return text != null || fields != null || pinned;
  }

  /** Whether the bucket is pinned: it stays without keys. */
  public boolean isPinned() {
    return pinned;
  }

  /** The number of the last change, see {@link Numbering}; -1 if the bucket does not exist. */
  public long seq() {
    return seq;
  }

  /** About how many bytes of heap the keys and values take. */
  public long bytes() {
    return bytes;
  }

  /** The value of a bucket that is one value; null if it is not. */
  public @Nullable String text() {
    return text;
  }

  public @Nullable String get(String key) {
    Dict<String> map = fields;
    return map == null ? null : map.get(key);
  }

  /** As {@link #get(String)}; an argument of a command is the key. */
  public @Nullable String get(Words words, int index) {
    Dict<String> map = fields;
    return map == null ? null : words.in(map, index);
  }

  public int size() {
    Dict<String> map = fields;
    return map == null ? 0 : map.size();
  }

  public void forEach(BiConsumer<? super String, ? super String> each) {
    fields().forEach(each);
  }

  /** Calls a consumer with some keys and values, see {@link Dict#scan}. */
  public long scan(long cursor, long count, BiConsumer<? super String, ? super String> each) {
    return fields().scan(cursor, count, each);
  }

  /** A key chosen at random; null if there is none. */
  public @Nullable String random(RandomGenerator random) {
    return fields().random(random);
  }

  private Dict<String> fields() {
    return fields == null ? NO_FIELDS : fields;
  }

  /** Calls a consumer with the changes that rebuild these entries from nothing. */
  public void changes(Consumer<? super Change> each) {
    if (text != null) {
      each.accept(new Change.Text(text));
    }
    forEach(
        (key, value) -> {
          each.accept(new Change.Put(key, value));
          long at = deadline(key);
          if (at != 0) {
            each.accept(new Change.KeyDeadline(key, at));
          }
        });
    if (pinned) {
      each.accept(new Change.Kept());
    }
    if (deadline != 0) {
      each.accept(new Change.Deadline(deadline));
    }
  }

  /** When the bucket expires, in milliseconds since 1970; 0 for never. */
  public long deadline() {
    return deadline;
  }

  /** When this key expires, in milliseconds since 1970; 0 for never. */
  public long deadline(String key) {
    return deadlines == null ? 0 : deadlines.of(key);
  }

  /** How many keys have a deadline. */
  public int deadlines() {
    return deadlines == null ? 0 : deadlines.size();
  }

  /** The next deadline of the bucket or a key; 0 for none. */
  public long nextDeadline() {
    long next = deadlines == null ? 0 : deadlines.next();
    return next == 0 || (deadline != 0 && deadline < next) ? deadline : next;
  }

  /** Whether this key may be set: it exists, or the limit of keys is not reached. */
  boolean hasRoomFor(String key) {
    return size() < environment.limits().keys() || get(key) != null;
  }

  // --- Changes

  /** Removes what is due, and sends the events for it. */
  public void expire() {
    if (deadline != 0 || deadlines != null) {
      expire(environment.clock().getAsLong());
    }
  }

  private void expire(long now) {
    if (deadline != 0 && deadline <= now) {
      apply(new Change.Dropped());
      tell('x', "expired");
      return;
    }
    int gone = 0;
    for (String key = nextDue(now); key != null; key = nextDue(now)) {
      apply(new Change.Removed(key));
      gone++;
    }
    if (gone > 0) {
      environment.events().fieldsExpired(gone);
      tell('h', "hexpired");
      if (!exists()) {
        tell('g', "del");
      }
    }
  }

  private @Nullable String nextDue(long now) {
    return deadlines == null ? null : deadlines.due(now);
  }

  /**
   * Sends an event to subscribers: now, or in a durable store once the journal has the change and,
   * if replies wait for that, has synced it.
   */
  public void tell(char type, String event) {
    if (observer != null && observer.tells(new Event(name(), type, event))) {
      return;
    }
    if (environment.events().hears(type) && !pending.tells(type, event)) {
      environment.events().tell(name(), type, event);
    }
  }

  /** Sends the event of a read that found no bucket. It does not wait for anything. */
  public void tellMiss() {
    if (environment.events().hears('m')) {
      environment.events().tell(name(), 'm', "keymiss");
    }
  }

  /**
   * Makes a change. Entries change in no other way, except that {@link #put(Words, int)} makes no
   * {@link Change} if nobody would see it, and that {@code undo} and {@code load} replace the
   * contents.
   */
  public void apply(Change change) {
    if (seq == ABSENT) {
      throw new IllegalStateException("there is no bucket " + Bytes.text(name()) + " to change");
    }
    if (observer != null) {
      observer.changing(this, change);
    }
    pending.touch();
    boolean before = exists();
    Probe.at(Probe.Step.CHANGE);
    make(change);
    Probe.at(Probe.Step.CHANGED);
    seq = resumes ? resume() : seq + 1;
    pending.add(this, seq, change);
    if (!before && exists()) {
      environment.missingWatches().created(name);
      tell('n', "new");
    } else if (before && !exists()) {
      environment.numbering().ended(seq);
    }
    if (observer != null) {
      observer.changed(change, seq);
    }
  }

  /**
   * The number of the first change after the bucket was loaded. The next number in order may be
   * taken: by a change that was lost with the power, or one that was made after the backup that
   * this store is. So it skips ahead.
   */
  private long resume() {
    resumes = false;
    return Math.max(seq + 1, environment.numbering().begin());
  }

  /**
   * Sets the key {@code words[index]} to {@code words[index + 1]}, as a {@link Change.Put} does. If
   * nobody would see that change, it makes none.
   */
  public void put(Words words, int index) {
    String value = words.get(index + 1);
    boolean seen = deadlines != null || observer != null || pending.areRecorded();
    String before = fields == null || seen ? null : words.replaceIn(fields, index, value);
    if (before == null) {
      apply(new Change.Put(words.get(index), value));
    } else {
      bytes += Footprint.of(value) - Footprint.of(before);
      seq++;
    }
  }

  // --- Undoing

  /**
   * How to undo a command that may fail: the parts of the entries before it, and the old values of
   * what it changes in them. Used only in memory: a durable bucket is loaded again instead.
   */
  static final class UndoLog {
    /** A key before a change, in those of the two old tables that are still in use. */
    private record Old(
        String key, boolean isField, @Nullable String value, boolean isTimed, long deadline) {}

    private final @Nullable Dict<String> fields;
    private final @Nullable String text;
    private final @Nullable Deadlines deadlines;
    private final long deadline;
    private final boolean pinned;
    private final long seq;
    private final long bytes;
    private final ArrayList<Old> old = new ArrayList<>();

    private UndoLog(Entries now) {
      fields = now.fields;
      text = now.text;
      deadlines = now.deadlines;
      deadline = now.deadline;
      pinned = now.pinned;
      seq = now.seq;
      bytes = now.bytes;
    }

    /** A change is about to be made. A table that was replaced does not change any more. */
    void record(Entries now, Change change) {
      String key =
          switch (change) {
            case Change.Put(String put, String _) -> put;
            case Change.Removed(String removed) -> removed;
            case Change.KeyDeadline(String of, long _) -> of;
            case Change.Text _, Change.Deadline _, Change.Kept _, Change.Dropped _ -> null;
          };
      boolean isField = fields != null && now.fields == fields;
      boolean isTimed = deadlines != null && now.deadlines == deadlines;
      if (key != null && (isField || isTimed)) {
        old.add(new Old(key, isField, now.get(key), isTimed, now.deadline(key)));
      }
    }
  }

  /** Begins to record how to {@linkplain #undo(UndoLog) undo} later changes. */
  UndoLog undoLog() {
    return new UndoLog(this);
  }

  /** Undoes all changes since the log was begun. */
  void undo(UndoLog log) {
    for (UndoLog.Old each : log.old.reversed()) {
      Dict<String> map = each.isField ? log.fields : null;
      if (map != null && each.value != null) {
        map.put(each.key, each.value);
      } else if (map != null) {
        map.remove(each.key);
      }
      Deadlines timed = each.isTimed ? log.deadlines : null;
      if (timed != null && each.deadline != 0) {
        timed.set(each.key, each.deadline);
      } else if (timed != null) {
        timed.remove(each.key);
      }
    }
    fields = log.fields;
    text = log.text;
    deadlines = log.deadlines;
    deadline = log.deadline;
    pinned = log.pinned;
    seq = log.seq;
    bytes = log.bytes;
  }

  // --- How a change is made

  private void make(Change change) {
    switch (change) {
      case Change.Put(String key, String value) -> put(key, value);
      case Change.Removed(String key) -> remove(key);
      case Change.KeyDeadline(String key, long at) -> keyDeadline(key, at);
      case Change.Text(String value) -> text(value);
      case Change.Deadline(long at) -> deadline(at);
      case Change.Kept() -> pinned = true;
      case Change.Dropped() -> drop();
    }
  }

  // --- The journal

  /** The changes that the journal does not have yet. */
  public PendingChanges pending() {
    return pending;
  }

  /** Loads a stored bucket. Called once, before any change. */
  public void load(BucketStore.Stored stored) {
    stored.changes().forEach(this::make);
    seq = stored.seq();
    resumes = pending.begin(this);
  }

  /** The head of the bucket: the previous object, if nothing in it has changed. */
  BucketStore.Head head(BucketStore.Head before) {
    if (!exists()) {
      return BucketStore.Head.NONE;
    }
    var kind = text == null ? BucketStore.Kind.HASH : BucketStore.Kind.TEXT;
    long wake = nextDeadline();
    return before.is(kind, pinned, deadline, wake)
        ? before
        : new BucketStore.Head(kind, pinned, deadline, wake);
  }

  private void put(String key, String value) {
    Dict<String> map = fields;
    if (map == null) {
      map = new Dict<>();
    }
    String before = map.put(key, value);
    if (fields == null) { // only now: without memory for it, nothing has changed
      bytes += Footprint.MAP - Footprint.of(text);
      text = null;
      fields = map;
    }
    bytes += Footprint.of(value);
    bytes += before == null ? Footprint.ENTRY + Footprint.key(key) : -Footprint.of(before);
    if (deadlines != null) {
      keyDeadline(key, 0);
    }
  }

  private void remove(String key) {
    Dict<String> map = fields;
    String before = map == null ? null : map.remove(key);
    if (map == null || before == null) {
      return;
    }
    bytes -= Footprint.ENTRY + Footprint.key(key) + Footprint.of(before);
    if (deadlines != null) {
      keyDeadline(key, 0);
    }
    if (map.size() == 0) {
      fields = null;
      bytes -= Footprint.MAP;
      deadline(pinned ? deadline : 0);
    }
  }

  private void deadline(long at) {
    bytes += (at == 0 ? 0 : Footprint.ALARM) - (deadline == 0 ? 0 : Footprint.ALARM);
    deadline = at;
  }

  private void keyDeadline(String key, long at) {
    Deadlines all = deadlines;
    if (at != 0) {
      if (all == null) {
        all = new Deadlines();
        deadlines = all;
        bytes += Footprint.DEADLINES;
      }
      bytes += all.of(key) == 0 ? Footprint.deadline(key) : 0;
      all.set(key, at);
    } else if (all != null && all.remove(key)) {
      bytes -= Footprint.deadline(key);
      if (all.size() == 0) {
        deadlines = null;
        bytes -= Footprint.DEADLINES;
      }
    }
  }

  private void text(String value) {
    if (text == null) {
      drop();
    }
    bytes += Footprint.of(value) - Footprint.of(text);
    text = value;
  }

  private void drop() {
    fields = null;
    text = null;
    deadlines = null;
    deadline = 0;
    pinned = false;
    bytes = 0;
  }
}
