package dev.ostler.kv.bucket;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.bytes.Stored;
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
public sealed class Entries permits BucketServer.State {
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

  private static final Object[] NO_FIELDS = new Object[0];

  /** Instead of the number of the last change: the bucket does not exist. */
  private static final long ABSENT = -1;

  private final byte[] name; // its bytes; the table and the handle have the same array
  private final PendingChanges pending; // it knows the environment, too

  /**
   * The {@linkplain Stored stored} value; or the keys and values, which are {@link FewFields} or
   * {@link Fields}; null if there is nothing.
   */
  private @Nullable Object content;

  private @Nullable Extra extra; // null if the bucket has nothing of that; see trim
  private boolean pinned;
  private boolean resumes; // it was loaded, and has not changed since
  private boolean resized = true; // bytes() may differ from what it was when this was last asked
  private long seq;

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
    this.seq = seq;
    this.pending = PendingChanges.of(name, environment);
  }

  /** The entries of a bucket that does not exist: they cannot be changed. */
  static Entries absent(String name, Environment environment) {
    return new Entries(Bytes.array(name), environment, ABSENT);
  }

  /** The bucket's name, a byte string. */
  public final String name() {
    return Bytes.of(name);
  }

  /** The bytes of the bucket's name. They never change. */
  byte[] nameBytes() {
    return name;
  }

  public Environment environment() {
    return pending.environment();
  }

  /**
   * The time, in milliseconds since 1970. It is the same for all commands of a transaction, as long
   * as the bucket is locked for it.
   */
  public long now() {
    Observer observer = observer();
    return observer == null ? environment().clock().getAsLong() : observer.now(environment());
  }

  /** The observer; null if there is none. */
  @Nullable Observer observer() {
    return extra == null ? null : extra.observer;
  }

  /**
   * Sets the only observer; null for none. Takes no memory if there was one, or is to be none, and
   * {@link #trim} was not called since.
   */
  void observe(@Nullable Observer newObserver) {
    if (newObserver != null || extra != null) {
      makeExtra().observer = newObserver;
    }
  }

  /** What only some buckets have; null if this one has nothing of that. */
  final @Nullable Extra extra() {
    return extra;
  }

  /** What only some buckets have, made now if need be. */
  final Extra makeExtra() {
    Extra made = extra;
    if (made == null) {
      made = new Extra();
      extra = made;
    }
    return made;
  }

  /** Gives up memory that is not needed any more. Not called while changes may be undone. */
  final void trim() {
    if (extra != null && extra.isEmpty()) {
      extra = null;
    }
  }

  // --- Reads

  public BucketStore.Kind kind() {
    Object now = content;
    if (now == null) {
      return pinned ? BucketStore.Kind.HASH : BucketStore.Kind.NONE;
    }
    return isMap(now) ? BucketStore.Kind.HASH : BucketStore.Kind.TEXT;
  }

  private static boolean isMap(Object content) {
    return content instanceof Object[] || content instanceof Fields;
  }

  /** Whether the bucket exists, as users see it. */
  public boolean exists() {
    return content != null || pinned;
  }

  /** Whether the bucket is pinned: it stays without keys. */
  public boolean isPinned() {
    return pinned;
  }

  /** The number of the last change, see {@link Numbering}; -1 if the bucket does not exist. */
  public long seq() {
    return seq;
  }

  /** About how many bytes of heap the keys and values take, and the deadlines. */
  public long bytes() {
    Object now = content;
    long bytes =
        switch (now) {
          case null -> 0;
          case Object[] few ->
              Footprint.fields(FewFields.size(few))
                  + FewFields.bytes(few, environment().fieldNames());
          case Fields map -> Footprint.fields(map.size()) + map.bytes();
          default -> Footprint.ofStored(now);
        };
    return extra == null ? bytes : bytes + bytes(extra);
  }

  private static long bytes(Extra extra) {
    return (extra.deadline == 0 ? 0 : Footprint.BUCKET_DEADLINE)
        + (extra.deadlines == null ? 0 : extra.deadlines.bytes());
  }

  /** Whether {@link #bytes} may differ from what it was when this was last called. */
  boolean takeResized() {
    boolean was = resized;
    resized = false;
    return was;
  }

  /** The value of a bucket that is one value; null if it is not. */
  public @Nullable String text() {
    Object value = value();
    return value == null ? null : Stored.text(value);
  }

  /**
   * As {@link #text()}, in the form in which it is {@linkplain Stored stored}. Its bytes must not
   * be changed.
   */
  public @Nullable Object value() {
    Object now = content;
    return now == null || isMap(now) ? null : now;
  }

  private @Nullable Object stored(String key) {
    return switch (content) {
      case Object[] few -> valueAt(few, FewFields.find(few, key));
      case Fields map -> map.get(key);
      case null, default -> null;
    };
  }

  private static @Nullable Object valueAt(Object[] few, int at) {
    return at < 0 ? null : few[at + 1];
  }

  public @Nullable String get(String key) {
    Object value = stored(key);
    return value == null ? null : Stored.text(value);
  }

  /**
   * The {@linkplain Stored stored} value of the key that is this argument of a command; null if
   * there is none. Its bytes must not be changed.
   */
  public @Nullable Object get(Words words, int index) {
    return switch (content) {
      case Object[] few -> valueAt(few, FewFields.find(few, words, index));
      case Fields map -> words.in(map, index);
      case null, default -> null;
    };
  }

  /** Whether there is this key. */
  public boolean has(String key) {
    return stored(key) != null;
  }

  public int size() {
    return switch (content) {
      case Object[] few -> FewFields.size(few);
      case Fields map -> map.size();
      case null, default -> 0;
    };
  }

  public void forEach(BiConsumer<? super String, ? super String> each) {
    forEachStored((key, value) -> each.accept(Bytes.of(key), Stored.text(value)));
  }

  /** As {@link #forEach}, in the form in which keys and values are {@linkplain Stored stored}. */
  public void forEachStored(BiConsumer<? super byte[], ? super Object> each) {
    if (content instanceof Object[] few) {
      FewFields.forEach(few, each);
    } else if (content instanceof Fields map) {
      map.forEachEntry(each);
    }
  }

  /** Calls a consumer with some keys and values, see {@link dev.ostler.kv.bytes.Dict#scan}. */
  public long scan(long cursor, long count, BiConsumer<? super String, ? super String> each) {
    if (content instanceof Fields map) {
      return map.scan(cursor, count, (key, value) -> each.accept(key, Stored.text(value)));
    }
    forEach(each);
    return 0;
  }

  /** A key chosen at random; null if there is none. */
  public @Nullable String random(RandomGenerator random) {
    return switch (content) {
      case Object[] few -> Bytes.of((byte[]) few[2 * random.nextInt(FewFields.size(few))]);
      case Fields map -> map.random(random);
      case null, default -> null;
    };
  }

  /** Calls a consumer with the changes that rebuild these entries from nothing. */
  public void changes(Consumer<? super Change> each) {
    String text = text();
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
    if (deadline() != 0) {
      each.accept(new Change.Deadline(deadline()));
    }
  }

  /** When the bucket expires, in milliseconds since 1970; 0 for never. */
  public long deadline() {
    return extra == null ? 0 : extra.deadline;
  }

  private @Nullable Deadlines keyDeadlines() {
    return extra == null ? null : extra.deadlines;
  }

  /** When this key expires, in milliseconds since 1970; 0 for never. */
  public long deadline(String key) {
    Deadlines deadlines = keyDeadlines();
    return deadlines == null ? 0 : deadlines.of(key);
  }

  /** How many keys have a deadline. */
  public int deadlines() {
    Deadlines deadlines = keyDeadlines();
    return deadlines == null ? 0 : deadlines.size();
  }

  /** The next deadline of the bucket or a key; 0 for none. */
  public long nextDeadline() {
    Extra some = extra;
    if (some == null) {
      return 0;
    }
    long next = some.deadlines == null ? 0 : some.deadlines.next();
    return next == 0 || (some.deadline != 0 && some.deadline < next) ? some.deadline : next;
  }

  /** Whether this key may be set: it exists, or the limit of keys is not reached. */
  boolean hasRoomFor(String key) {
    return size() < environment().limits().keys() || has(key);
  }

  // --- Changes

  /** Removes what is due, and sends the events for it. */
  public void expire() {
    if (extra != null && (extra.deadline != 0 || extra.deadlines != null)) {
      expire(environment().clock().getAsLong());
    }
  }

  private void expire(long now) {
    if (deadline() != 0 && deadline() <= now) {
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
      environment().events().fieldsExpired(gone);
      tell('h', "hexpired");
      if (!exists()) {
        tell('g', "del");
      }
    }
  }

  private @Nullable String nextDue(long now) {
    Deadlines deadlines = keyDeadlines();
    return deadlines == null ? null : deadlines.due(now);
  }

  /**
   * Sends an event to subscribers: now, or in a durable store once the journal has the change and,
   * if replies wait for that, has synced it.
   */
  public void tell(char type, String event) {
    Observer observer = observer();
    if (observer != null && observer.tells(new Event(name(), type, event))) {
      return;
    }
    EventListeners events = environment().events();
    if (events.hears(type) && !pending.tells(type, event)) {
      events.tell(name(), type, event);
    }
  }

  /** Sends the event of a read that found no bucket. It does not wait for anything. */
  public void tellMiss() {
    EventListeners events = environment().events();
    if (events.hears('m')) {
      events.tell(name(), 'm', "keymiss");
    }
  }

  /**
   * Makes a change. Entries change in no other way, except that {@link #put(Words, int)} and {@code
   * set} make no {@link Change} if nobody would see it, and that {@code undo} and {@code load}
   * replace the contents.
   */
  public void apply(Change change) {
    mustExist();
    Observer observer = observer();
    if (observer != null) {
      observer.changing(this, change);
    }
    pending.touch();
    boolean before = exists();
    Probe.at(Probe.Step.CHANGE);
    make(change);
    Probe.at(Probe.Step.CHANGED);
    count(true);
    pending.add(this, seq, change);
    changed(before);
    if (observer != null) {
      observer.changed(change, seq);
    }
  }

  private void mustExist() {
    if (seq == ABSENT) {
      throw new IllegalStateException("there is no bucket " + Bytes.text(name()) + " to change");
    }
  }

  /** A change was made, and perhaps the entries take more or less memory than before. */
  private void count(boolean isOfOtherSize) {
    resized |= isOfOtherSize;
    seq = resumes ? resume() : seq + 1;
    environment().changedNames().changed(name);
  }

  /** After a change; before it the bucket existed, or did not. */
  private void changed(boolean before) {
    if (!before && exists()) {
      environment().missingWatches().created(name);
      tell('n', "new");
    } else if (before && !exists()) {
      environment().numbering().ended(seq);
    }
  }

  /**
   * The number of the first change after the bucket was loaded. The next number in order may be
   * taken: by a change that was lost with the power, or one that was made after the backup that
   * this store is. So it skips ahead.
   */
  private long resume() {
    resumes = false;
    return Math.max(seq + 1, environment().numbering().begin());
  }

  /** Whether somebody would see a {@link Change}: a journal, or an observer. */
  private boolean isSeen() {
    return pending.areRecorded() || observer() != null;
  }

  /**
   * Sets the key {@code words[index]} to {@code words[index + 1]}, as a {@link Change.Put} does. If
   * nobody would see that change, it makes none.
   */
  public void put(Words words, int index) {
    if (isSeen() || keyDeadlines() != null) {
      apply(new Change.Put(words.get(index), words.get(index + 1)));
      return;
    }
    mustExist();
    Object value = words.stored(index + 1);
    Object replaced = replace(words, index, value);
    if (replaced != null) {
      count(Footprint.ofStored(replaced) != Footprint.ofStored(value));
      return;
    }
    boolean before = exists();
    Probe.at(Probe.Step.CHANGE);
    put(words.array(index), value);
    Probe.at(Probe.Step.CHANGED);
    count(true);
    changed(before);
  }

  /**
   * Sets the value of a key that is there, and returns the old one; null if the key is not there,
   * or the value does not fit.
   */
  private @Nullable Object replace(Words words, int index, Object value) {
    if (content instanceof Object[] few && FewFields.fits(value)) {
      int at = FewFields.find(few, words, index);
      Object before = valueAt(few, at);
      if (before != null) {
        few[at + 1] = value;
      }
      return before;
    }
    return content instanceof Fields map ? words.replaceIn(map, index, value) : null;
  }

  /**
   * Makes {@code words[index]} the only content, as a {@link Change.Text} does. If nobody would see
   * that change, it makes none.
   */
  public void set(Words words, int index) {
    if (isSeen()) {
      apply(new Change.Text(words.get(index)));
    } else {
      set(words.stored(index));
    }
  }

  /** As {@link #set(Words, int)}; the digits of a number are the content. */
  public void set(long number) {
    if (isSeen()) {
      apply(new Change.Text(Long.toString(number)));
    } else {
      set(Bytes.array(number));
    }
  }

  private void set(Object value) {
    mustExist();
    boolean before = exists();
    Probe.at(Probe.Step.CHANGE);
    text(value);
    Probe.at(Probe.Step.CHANGED);
    count(true);
    changed(before);
  }

  // --- Undoing

  /**
   * How to undo a command that may fail: the parts of the entries before it, and the old values of
   * what it changes in them. Used only in memory: a durable bucket is loaded again instead.
   */
  static final class UndoLog {
    /** A key before a change, in those of the two old tables that are still in use. */
    private record Old(
        String key, boolean isField, @Nullable Object value, boolean isTimed, long deadline) {}

    private final @Nullable Object content;
    private final @Nullable Deadlines deadlines;
    private final long deadline;
    private final boolean pinned;
    private final long seq;
    private final ArrayList<Old> old = new ArrayList<>();

    private UndoLog(Entries now) {
      content = now.content;
      deadlines = now.keyDeadlines();
      deadline = now.deadline();
      pinned = now.pinned;
      seq = now.seq;
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
      if (key == null) {
        return;
      }
      boolean isField = content != null && now.content == content && isMap(content);
      boolean isTimed = deadlines != null && now.keyDeadlines() == deadlines;
      if (isField || isTimed) {
        Object value = isField ? now.stored(key) : null;
        old.add(new Old(key, isField, value, isTimed, now.deadline(key)));
      }
    }
  }

  /** Begins to record how to {@linkplain #undo(UndoLog) undo} later changes, for an observer. */
  UndoLog undoLog() {
    return new UndoLog(this);
  }

  /** Undoes all changes since the log was begun. */
  void undo(UndoLog log) {
    for (UndoLog.Old each : log.old.reversed()) {
      if (each.isField) {
        restore(log.content, each.key, each.value);
      }
      Deadlines timed = each.isTimed ? log.deadlines : null;
      if (timed != null && each.deadline != 0) {
        timed.set(each.key, each.deadline);
      } else if (timed != null) {
        timed.remove(each.key);
      }
    }
    content = log.content;
    resized = true;
    pinned = log.pinned;
    seq = log.seq;
    Extra some = makeExtra(); // it is there, because the bucket was observed
    some.deadlines = log.deadlines;
    some.deadline = log.deadline;
  }

  private static void restore(@Nullable Object content, String key, @Nullable Object value) {
    if (content instanceof Object[] few) {
      int at = FewFields.find(few, key);
      if (at >= 0 && value != null) {
        few[at + 1] = value; // all else was done in another array
      }
    } else if (content instanceof Fields map && value != null) {
      map.put(key, value);
    } else if (content instanceof Fields map) {
      map.remove(key);
    }
  }

  // --- How a change is made

  private void make(Change change) {
    switch (change) {
      case Change.Put(String key, String value) -> {
        put(key, Stored.of(value));
        if (keyDeadlines() != null) {
          keyDeadline(key, 0);
        }
      }
      case Change.Removed(String key) -> remove(key);
      case Change.KeyDeadline(String key, long at) -> keyDeadline(key, at);
      case Change.Text(String value) -> text(Stored.of(value));
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
    BucketStore.Kind kind = kind();
    long wake = nextDeadline();
    return before.is(kind, pinned, deadline(), wake)
        ? before
        : new BucketStore.Head(kind, pinned, deadline(), wake);
  }

  private void put(String key, Object value) {
    if (content instanceof Object[] few && FewFields.fits(value)) {
      int at = FewFields.find(few, key);
      if (at >= 0) {
        few[at + 1] = value;
        return;
      }
    }
    put(Bytes.array(key), value);
  }

  private void put(byte[] key, Object value) {
    if (content instanceof Fields map) {
      map.put(key, value);
      return;
    }
    Object[] few = content instanceof Object[] known ? known : NO_FIELDS;
    int at = FewFields.find(few, key);
    boolean fits = FewFields.fits(key, value);
    if (at >= 0 && fits) {
      few[at + 1] = value;
    } else if (fits && FewFields.size(few) < FewFields.MOST) {
      content = FewFields.with(few, environment().fieldNames().share(key), value);
    } else {
      Fields many = FewFields.many(few);
      many.put(key, value);
      content = many; // only now: without memory for it, nothing has changed
    }
  }

  private void remove(String key) {
    if (!removed(key)) {
      return;
    }
    if (keyDeadlines() != null) {
      keyDeadline(key, 0);
    }
    if (size() == 0) {
      content = null;
      deadline(pinned ? deadline() : 0);
    }
  }

  private boolean removed(String key) {
    if (content instanceof Object[] few) {
      int at = FewFields.find(few, key);
      if (at >= 0) {
        content = FewFields.without(few, at);
      }
      return at >= 0;
    }
    return content instanceof Fields map && map.remove(key) != null;
  }

  private void deadline(long at) {
    if (at != 0 || extra != null) {
      makeExtra().deadline = at;
    }
  }

  private void keyDeadline(String key, long at) {
    Deadlines known = keyDeadlines();
    if (at != 0) {
      Deadlines all = known == null ? new Deadlines() : known;
      all.set(key, at);
      makeExtra().deadlines = all;
    } else if (known != null && known.remove(key) && known.size() == 0) {
      makeExtra().deadlines = null;
    }
  }

  private void text(Object value) {
    if (content == null || isMap(content)) {
      drop();
    }
    content = value;
  }

  private void drop() {
    content = null;
    pinned = false;
    if (extra != null) {
      extra.deadlines = null;
      extra.deadline = 0;
    }
  }
}
