package dev.ostler.kv;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What one bucket holds: keys and their values, or one value alone, or nothing; and until when.
 *
 * <p>Belongs to the bucket's process, which alone uses it. Keys and values are {@linkplain Bytes
 * byte strings}. Whoever uses it first lets what is due {@linkplain #expire go}.
 */
final class Entries {
  /** What a bucket is. */
  enum Kind {
    /** Not there: to users, there is no such bucket. */
    NONE,
    /** A map, Redis's hash. */
    HASH,
    /** One value, Redis's string. */
    TEXT
  }

  /** Hears of every change, after it was made. */
  interface Observer {
    void changed(Change change, long seq);
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
  private long bytes;
  private @Nullable Observer observer;

  /** None yet. */
  Entries(String name, Environment environment) {
    this.name = name;
    this.environment = environment;
  }

  /** Those of a bucket that is not there: they cannot be changed. */
  static Entries absent(String name, Environment environment) {
    var absent = new Entries(name, environment);
    absent.seq = ABSENT;
    return absent;
  }

  /** The bucket's name, a byte string. */
  String name() {
    return name;
  }

  Environment environment() {
    return environment;
  }

  /** From now on this one alone hears of changes; nobody if null. */
  void observe(@Nullable Observer newObserver) {
    observer = newObserver;
  }

  // --- What there is
  // ------------------------------------------------------------------------------

  Kind kind() {
    if (text != null) {
      return Kind.TEXT;
    }
    return fields != null || kept ? Kind.HASH : Kind.NONE;
  }

  /** Whether there is such a bucket, to users. */
  boolean exists() {
    return text != null || fields != null || kept;
  }

  /** Whether it stays without keys. */
  boolean isKept() {
    return kept;
  }

  /** How many changes there have been; -1 if there is no such bucket. */
  long seq() {
    return seq;
  }

  /** About how many bytes of heap the keys and values take. */
  long bytes() {
    return bytes;
  }

  /** The value that is all there is; null if there is none. */
  @Nullable String text() {
    return text;
  }

  @Nullable String get(String key) {
    Dict<String> map = fields;
    return map == null ? null : map.get(key);
  }

  int size() {
    Dict<String> map = fields;
    return map == null ? 0 : map.size();
  }

  void forEach(BiConsumer<? super String, ? super String> each) {
    fields().forEach(each);
  }

  /** Some keys and values, see {@link Dict#scan}. */
  long scan(long cursor, long count, BiConsumer<? super String, ? super String> each) {
    return fields().scan(cursor, count, each);
  }

  /** A key chosen at random; null if there is none. */
  @Nullable String random(RandomGenerator random) {
    return fields().random(random);
  }

  private Dict<String> fields() {
    return fields == null ? NO_FIELDS : fields;
  }

  /** All keys and values, as text. */
  Map<String, String> copy() {
    var copy = HashMap.<String, String>newHashMap(size());
    forEach((key, value) -> copy.put(Bytes.text(key), Bytes.text(value)));
    return copy;
  }

  /** Shows the changes that make these entries of none. */
  void changes(Consumer<? super Change> each) {
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
  long deadline() {
    return deadline;
  }

  /** When this key goes, in milliseconds since 1970; 0 for not by itself. */
  long deadline(String key) {
    return deadlines == null ? 0 : deadlines.of(key);
  }

  /** How many keys go by themselves. */
  int deadlines() {
    return deadlines == null ? 0 : deadlines.size();
  }

  /** When something goes next; 0 for never. */
  long nextDeadline() {
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
  void expire() {
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
    if (deadlines == null) {
      return;
    }
    boolean some = false;
    for (String key = deadlines.due(now); key != null; key = nextDue(now)) {
      apply(new Change.Removed(key));
      some = true;
    }
    if (some) {
      tell('h', "hexpired");
      if (!exists()) {
        tell('g', "del");
      }
    }
  }

  private @Nullable String nextDue(long now) {
    return deadlines == null ? null : deadlines.due(now);
  }

  /** Tells of an event, see {@link Environment.Notices}. */
  void tell(char type, String event) {
    environment.notices().tell(name, type, event);
  }

  /** Makes a change: the only way anything changes here. */
  void apply(Change change) {
    if (seq == ABSENT) {
      throw new IllegalStateException("there is no bucket " + Bytes.text(name) + " to change");
    }
    boolean before = exists();
    long had = bytes;
    switch (change) {
      case Change.Put(String key, String value) -> put(key, value);
      case Change.Removed(String key) -> remove(key);
      case Change.KeyDeadline(String key, long at) -> keyDeadline(key, at);
      case Change.Text(String value) -> text(value);
      case Change.Deadline(long at) -> deadline(at);
      case Change.Kept() -> kept = true;
      case Change.Dropped() -> drop();
    }
    seq++;
    if (bytes != had) {
      environment.memory().add(bytes - had);
    }
    if (!before && exists()) {
      tell('n', "new");
    }
    Observer hears = observer;
    if (hears != null) {
      hears.changed(change, seq);
    }
  }

  private void put(String key, String value) {
    Dict<String> map = fields;
    if (map == null) {
      bytes += Footprint.MAP - Footprint.of(text);
      text = null;
      map = new Dict<>();
      fields = map;
    }
    String before = map.put(key, value);
    bytes += Footprint.of(value);
    bytes += before == null ? Footprint.ENTRY + Footprint.of(key) : -Footprint.of(before);
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
    bytes -= Footprint.ENTRY + Footprint.of(key) + Footprint.of(before);
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
      bytes += all.of(key) == 0 ? Footprint.DEADLINE : 0;
      all.set(key, at);
    } else if (all != null && all.remove(key)) {
      bytes -= Footprint.DEADLINE;
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

  // --- Operations of the library's own API
  // --------------------------------------------------------

  /** False, and nothing changed, if the key is new and there are as many as there may be. */
  boolean store(String key, String value) {
    if (!hasRoomFor(key)) {
      return false;
    }
    apply(new Change.Put(key, value));
    tell('h', "hset");
    return true;
  }

  /** Takes a key away; subscribers hear of it whether it was there or not. */
  Optional<String> take(String key) {
    String before = get(key);
    apply(new Change.Removed(key));
    if (before != null) {
      tell('h', "hdel");
      if (!exists()) {
        tell('g', "del");
      }
    }
    return Optional.ofNullable(before);
  }
}
