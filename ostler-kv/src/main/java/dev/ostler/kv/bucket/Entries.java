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
  /** Hears of every change, after it was made. */
  interface Observer {
    void changed(Change change, long seq);

    /** A change is about to be made. */
    default void changing(Entries own, Change change) {}

    /** Remembers what others are to be told; false if they are to be told otherwise. */
    default boolean tells(Event event) {
      return false;
    }
  }

  private static final Dict<String> NO_FIELDS = new Dict<>();

  /** Instead of a number of changes: there is no such bucket. */
  private static final long ABSENT = -1;

  private final String name;
  private final Environment environment;
  private @Nullable Dict<String> fields; // while there are any
  private @Nullable String text; // only without fields
  private @Nullable Deadlines deadlines; // of keys, once there was one
  private long deadline; // of all; 0 for none
  private boolean kept;
  private long seq;
  private boolean resumes; // what was kept, and has not changed since
  private long bytes;
  private @Nullable Observer observer;

  private final PendingChanges pending;

  /** None yet. */
  public Entries(String name, Environment environment) {
    this(name, environment, environment.numbering().begin());
  }

  private Entries(String name, Environment environment, long seq) {
    this.name = name;
    this.environment = environment;
    this.seq = seq;
    this.pending = PendingChanges.of(name, environment.durability());
  }

  /** Those of a bucket that is not there: they cannot be changed. */
  static Entries absent(String name, Environment environment) {
    return new Entries(name, environment, ABSENT);
  }

  /** The bucket's name, a byte string. */
  public String name() {
    return name;
  }

  public Environment environment() {
    return environment;
  }

  /** Who hears of changes; null if nobody does. */
  @Nullable Observer observer() {
    return observer;
  }

  /** From now on this one alone hears of changes; nobody if null. */
  void observe(@Nullable Observer newObserver) {
    observer = newObserver;
  }

  // --- What there is
  // ------------------------------------------------------------------------------

  public BucketStore.Kind kind() {
    if (text != null) {
      return BucketStore.Kind.TEXT;
    }
    return fields != null || kept ? BucketStore.Kind.HASH : BucketStore.Kind.NONE;
  }

  /** Whether there is such a bucket, to users. */
  public boolean exists() {
    return text != null || fields != null || kept;
  }

  /** Whether it stays without keys. */
  public boolean isKept() {
    return kept;
  }

  /** The number of the last change, see {@link Numbering}; -1 if there is no such bucket. */
  public long seq() {
    return seq;
  }

  /** About how many bytes of heap the keys and values take. */
  public long bytes() {
    return bytes;
  }

  /** The value that is all there is; null if there is none. */
  public @Nullable String text() {
    return text;
  }

  public @Nullable String get(String key) {
    Dict<String> map = fields;
    return map == null ? null : map.get(key);
  }

  /** The value of the key that is this word of a command. */
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

  /** Some keys and values, see {@link Dict#scan}. */
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

  /** Shows the changes that make these entries of none. */
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
    if (kept) {
      each.accept(new Change.Kept());
    }
    if (deadline != 0) {
      each.accept(new Change.Deadline(deadline));
    }
  }

  /** When all of it goes, in milliseconds since 1970; 0 for not by itself. */
  public long deadline() {
    return deadline;
  }

  /** When this key goes, in milliseconds since 1970; 0 for not by itself. */
  public long deadline(String key) {
    return deadlines == null ? 0 : deadlines.of(key);
  }

  /** How many keys go by themselves. */
  public int deadlines() {
    return deadlines == null ? 0 : deadlines.size();
  }

  /** When something goes next; 0 for never. */
  public long nextDeadline() {
    long next = deadlines == null ? 0 : deadlines.next();
    return next == 0 || (deadline != 0 && deadline < next) ? deadline : next;
  }

  /** Whether there is room for this key: it is there, or there are fewer than there may be. */
  boolean hasRoomFor(String key) {
    return size() < environment.limits().keys() || get(key) != null;
  }

  // --- What is done
  // -------------------------------------------------------------------------------

  /** Lets what is due go, and tells of it. */
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
      environment.notices().fieldsExpired(gone);
      tell('h', "hexpired");
      if (!exists()) {
        tell('g', "del");
      }
    }
  }

  private @Nullable String nextDue(long now) {
    return deadlines == null ? null : deadlines.due(now);
  }

  /** Tells of an event, see {@link Environment.Notices}: now, or once the change is durable. */
  public void tell(char type, String event) {
    if (observer != null && observer.tells(new Event(name, type, event))) {
      return;
    }
    if (!pending.tells(this, type, event)) {
      environment.notices().tell(name, type, event);
    }
  }

  /** It was to be read, and is not there: that waits for nothing to be kept. */
  public void missed() {
    environment.notices().tell(name, 'm', "keymiss");
  }

  /**
   * Makes a change. Entries change in no other way, except that {@link #put(Words, int)} makes no
   * {@link Change} if nobody would see it, and that {@code restore} puts back an earlier state.
   */
  public void apply(Change change) {
    if (seq == ABSENT) {
      throw new IllegalStateException("there is no bucket " + Bytes.text(name) + " to change");
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
      environment.absences().end(name);
      tell('n', "new");
    } else if (before && !exists()) {
      environment.numbering().ended(seq);
    }
    if (observer != null) {
      observer.changed(change, seq);
    }
  }

  /**
   * The number of the first change after what was kept. Not the next one: that may be known as the
   * number of a change that was lost with the power, or was made after this copy of the store.
   */
  private long resume() {
    resumes = false;
    return Math.max(seq + 1, environment.numbering().begin());
  }

  /**
   * Gives the key that is this word of a command the value that is the next one: as with a {@link
   * Change.Put}, which is not even made if nobody would see it.
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

  // --- What is undone
  // -----------------------------------------------------------------------------

  /**
   * How entries were before a command on several buckets that may fail: what they consisted of, and
   * what was since changed in that. Only where nothing is kept: else they are read again.
   */
  static final class Before {
    /** What a key was like, in those of the two tables that are still used. */
    private record Old(
        String key, boolean isField, @Nullable String value, boolean isTimed, long deadline) {}

    private final @Nullable Dict<String> fields;
    private final @Nullable String text;
    private final @Nullable Deadlines deadlines;
    private final long deadline;
    private final boolean kept;
    private final long seq;
    private final long bytes;
    private final ArrayList<Old> old = new ArrayList<>();

    private Before(Entries now) {
      fields = now.fields;
      text = now.text;
      deadlines = now.deadlines;
      deadline = now.deadline;
      kept = now.kept;
      seq = now.seq;
      bytes = now.bytes;
    }

    /** This is about to be done with the entries: a table that was replaced does not change. */
    void note(Entries now, Change change) {
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

  /** To {@linkplain #restore(Before) go back} to later. */
  Before before() {
    return new Before(this);
  }

  /** Becomes what it was. */
  public void restore(Before before) {
    for (Before.Old each : before.old.reversed()) {
      Dict<String> map = each.isField ? before.fields : null;
      if (map != null && each.value != null) {
        map.put(each.key, each.value);
      } else if (map != null) {
        map.remove(each.key);
      }
      Deadlines timed = each.isTimed ? before.deadlines : null;
      if (timed != null && each.deadline != 0) {
        timed.set(each.key, each.deadline);
      } else if (timed != null) {
        timed.remove(each.key);
      }
    }
    fields = before.fields;
    text = before.text;
    deadlines = before.deadlines;
    deadline = before.deadline;
    kept = before.kept;
    seq = before.seq;
    bytes = before.bytes;
  }

  // --- How it is done
  // -----------------------------------------------------------------------------

  private void make(Change change) {
    switch (change) {
      case Change.Put(String key, String value) -> put(key, value);
      case Change.Removed(String key) -> remove(key);
      case Change.KeyDeadline(String key, long at) -> keyDeadline(key, at);
      case Change.Text(String value) -> text(value);
      case Change.Deadline(long at) -> deadline(at);
      case Change.Kept() -> kept = true;
      case Change.Dropped() -> drop();
    }
  }

  // --- What is kept
  // -------------------------------------------------------------------------------

  /** The changes that the journal does not have yet. */
  public PendingChanges pending() {
    return pending;
  }

  /** Becomes what was kept. Called once, before anything changes. */
  public void restore(BucketStore.Stored stored) {
    stored.changes().forEach(this::make);
    seq = stored.seq();
    resumes = pending.begin(this);
  }

  /** The head as it is now: the one there was, if it is the same. */
  BucketStore.Head head(BucketStore.Head before) {
    if (!exists()) {
      return BucketStore.Head.NONE;
    }
    var kind = text == null ? BucketStore.Kind.HASH : BucketStore.Kind.TEXT;
    long wake = nextDeadline();
    return before.is(kind, kept, deadline, wake)
        ? before
        : new BucketStore.Head(kind, kept, deadline, wake);
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
      deadline(kept ? deadline : 0);
    }
  }

  private void deadline(long at) {
    bytes += (at == 0 ? 0 : Footprint.TIMER) - (deadline == 0 ? 0 : Footprint.TIMER);
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
    kept = false;
    bytes = 0;
  }
}
