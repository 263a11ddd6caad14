package dev.ostler.kv.journal;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.BucketStore.Head;
import dev.ostler.kv.BucketStore.Kind;
import dev.ostler.kv.BucketStore.Write;
import dev.ostler.kv.Change;
import dev.ostler.kv.Limits;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Environment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * Buckets that are changed as their processes change them, and what is to be kept of it: what a
 * store is compared with. One thread at a time.
 */
public final class StoreWriter {
  private static final String[] NAMES = {
    "", "a", "b", "bucket", "b\u00ff", "\u00ff\u00ff", "long".repeat(40)
  };
  private static final String[] KEYS = {"", "k", "kk", "\u00ff", "\0", "key".repeat(50)};

  private final Environment environment = Environment.of(Limits.DEFAULT);
  private final Map<String, Entries> buckets = new HashMap<>();
  private final List<Write> group = new ArrayList<>();
  private final Set<String> names = new TreeSet<>();

  /** Changes a bucket; the change is in the next group. */
  public StoreWriter change(String bucket, Change change) {
    Entries entries = buckets.computeIfAbsent(bucket, name -> new Entries(name, environment));
    names.add(bucket);
    Head before = head(entries);
    entries.apply(change);
    String value = change instanceof Change.KeyDeadline(String key, long _) ? entries.get(key) : "";
    Head after = head(entries);
    group.add(
        new Write(
            bucket,
            entries.seq(),
            change,
            value == null ? "" : value,
            before,
            before.equals(after) ? before : after));
    if (!after.exists()) {
      buckets.remove(bucket); // its process ends, and the next one counts anew
    }
    return this;
  }

  public StoreWriter put(String bucket, String key, String value) {
    return change(bucket, new Change.Put(key, value));
  }

  private static Head head(Entries entries) {
    return entries.exists()
        ? new Head(
            entries.kind() == BucketStore.Kind.TEXT ? Kind.TEXT : Kind.HASH,
            entries.isPinned(),
            entries.deadline(),
            entries.nextDeadline())
        : Head.NONE;
  }

  /** What changed since this was last asked. */
  public List<Write> group() {
    var taken = List.copyOf(group);
    group.clear();
    return taken;
  }

  /** Appends what changed since the last group. */
  public StoreWriter appendTo(BucketStore store) throws IOException {
    store.append(group());
    return this;
  }

  /** Some new value of some bucket, which stays what it is. */
  public StoreWriter value(Random random) {
    String bucket = NAMES[random.nextInt(NAMES.length)];
    Entries entries = buckets.get(bucket);
    boolean isText = entries != null && entries.kind() == BucketStore.Kind.TEXT;
    String value = "v" + random.nextInt(1000);
    return isText
        ? change(bucket, new Change.Text(value))
        : put(bucket, KEYS[random.nextInt(KEYS.length)], value);
  }

  /** Some change of some bucket, of all kinds there are. */
  public StoreWriter any(Random random) {
    String bucket = NAMES[random.nextInt(NAMES.length)];
    String key = KEYS[random.nextInt(KEYS.length)];
    String value =
        "v".repeat(random.nextInt(20)) + random.nextInt(1000) + (char) random.nextInt(256);
    Entries entries = buckets.get(bucket);
    long at = random.nextInt(3) == 0 ? 0 : 4_000_000_000_000L + random.nextInt(50);
    boolean there = entries != null;
    boolean hasKey = entries != null && entries.get(key) != null;
    boolean isText = entries != null && entries.kind() == BucketStore.Kind.TEXT;
    Change change =
        switch (random.nextInt(20)) {
          case 0, 1 -> new Change.Text(value);
          case 2 -> there ? new Change.Dropped() : new Change.Kept();
          case 3 -> isText ? new Change.Text("") : new Change.Kept();
          case 4, 5 -> there ? new Change.Deadline(at) : new Change.Put(key, value);
          case 6, 7, 8 -> hasKey ? new Change.KeyDeadline(key, at) : new Change.Put(key, value);
          case 9, 10, 11, 12, 13 -> new Change.Removed(key);
          default -> new Change.Put(key, value);
        };
    return there || !(change instanceof Change.Removed) ? change(bucket, change) : this;
  }

  // --- What a store should have

  /** All that was ever changed, gone or not. */
  public Set<String> names() {
    return names;
  }

  /** The number of the last change of a bucket that is there. */
  public long seq(String bucket) {
    return Objects.requireNonNull(buckets.get(bucket), bucket).seq();
  }

  /** Everything there is. */
  public Map<String, String> all() {
    var all = new HashMap<String, String>();
    buckets.forEach((name, entries) -> all.put(name, describe(entries)));
    return all;
  }

  /** All that a store gives, in the same words, each bucket loaded and its head compared. */
  public static Map<String, String> all(BucketStore store) throws IOException {
    var heads = new HashMap<String, Head>();
    long cursor = 0;
    do {
      cursor = store.scan(cursor, 3, heads::put);
    } while (cursor != 0);
    var all = new HashMap<String, String>();
    for (var entry : heads.entrySet()) {
      var stored = store.load(entry.getKey()).orElseThrow();
      var entries = new Entries(entry.getKey(), Environment.of(Limits.DEFAULT));
      stored.changes().forEach(entries::apply);
      all.put(entry.getKey(), describe(entries, stored.seq()));
      if (!head(entries).equals(entry.getValue())) {
        throw new AssertionError(entry + ", but " + describe(entries));
      }
    }
    if (all.size() != store.size()) {
      throw new AssertionError("there are %d, of %d".formatted(all.size(), store.size()));
    }
    return all;
  }

  private static String describe(Entries entries) {
    return describe(entries, entries.seq());
  }

  private static String describe(Entries entries, long seq) {
    var keys = new TreeSet<String>();
    entries.forEach(
        (key, value) -> keys.add(key + "=" + value + " until " + entries.deadline(key)));
    return "%d: %s %s %s %s"
        .formatted(seq, entries.text(), keys, head(entries), entries.isPinned());
  }
}
