package dev.ostler.kv.bucket;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.bytes.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An operation of the Java API on one bucket: plain data. Keys and values are {@linkplain Bytes
 * byte strings}. Moments are milliseconds since 1970; 0 is never.
 *
 * <p>The bucket's process applies it, or a transaction that has locked the bucket. Its result
 * depends on the entries, their time, and the operation alone.
 *
 * @param <R> its result
 */
public sealed interface Operation<R> extends BucketServer.OnEntries<R> {
  /** Whether it may change the bucket. */
  default boolean changes() {
    return true;
  }

  /** Whether it may make several changes. All of them are made, or none. */
  default boolean hasSteps() {
    return false;
  }

  /** An operation that changes nothing. */
  sealed interface Read<R> extends Operation<R> {
    @Override
    default boolean changes() {
      return false;
    }
  }

  /** An operation that may make several changes. */
  sealed interface Steps<R> extends Operation<R> {
    @Override
    default boolean hasSteps() {
      return true;
    }
  }

  // --- One key

  /** Reads the value of a key, if there is one. */
  record Get(String key) implements Read<Optional<String>> {
    @Override
    public Optional<String> on(Entries entries) {
      return Optional.ofNullable(entries.get(key));
    }
  }

  /** The result of an operation that sets values. */
  enum Stored {
    YES,
    /** What the operation expects of the key does not hold. */
    NO,
    /** The bucket has as many keys as it may have. */
    FULL,
    /** The bucket is one value and not a map. */
    NO_MAP,
    /** The value is not a number. */
    NO_NUMBER,
    /** The sum has more than 64 bits. */
    OVERFLOW
  }

  private static boolean isText(Entries entries) {
    return entries.kind() == BucketStore.Kind.TEXT;
  }

  /** Sets the value of a key. */
  record Put(String key, String value) implements Operation<Stored> {
    @Override
    public Stored on(Entries entries) {
      if (isText(entries)) {
        return Stored.NO_MAP;
      }
      if (!entries.hasRoomFor(key)) {
        return Stored.FULL;
      }
      entries.apply(new Change.Put(key, value));
      entries.tell('h', "hset");
      return Stored.YES;
    }
  }

  /** Sets the value of a key, and when it expires. */
  record PutUntil(String key, String value, long at) implements Steps<Stored> {
    @Override
    public Stored on(Entries entries) {
      Stored stored = new Put(key, value).on(entries);
      if (stored == Stored.YES) {
        var _ = new ExpireKey(key, at).on(entries);
      }
      return stored;
    }
  }

  /** Sets the value of a key that is not there. */
  record PutIfAbsent(String key, String value) implements Operation<Stored> {
    @Override
    public Stored on(Entries entries) {
      return entries.has(key) ? Stored.NO : new Put(key, value).on(entries);
    }
  }

  /** Sets the value of a key that has the expected value. */
  record CompareAndPut(String key, String expected, String value) implements Operation<Stored> {
    @Override
    public Stored on(Entries entries) {
      if (isText(entries)) {
        return Stored.NO_MAP;
      }
      return expected.equals(entries.get(key)) ? new Put(key, value).on(entries) : Stored.NO;
    }
  }

  /**
   * The result of an {@link Add}.
   *
   * @param value the new value, if it was stored
   */
  record Sum(Stored stored, long value) {}

  /** Adds to the number that a key has, or to 0 if it is not there. Keeps the key's deadline. */
  record Add(String key, long step) implements Steps<Sum> {
    @Override
    public Sum on(Entries entries) {
      if (isText(entries)) {
        return new Sum(Stored.NO_MAP, 0);
      }
      if (!entries.hasRoomFor(key)) {
        return new Sum(Stored.FULL, 0);
      }
      String before = entries.get(key);
      Long number = before == null ? Long.valueOf(0) : Bytes.number(before);
      if (number == null) {
        return new Sum(Stored.NO_NUMBER, 0);
      }
      Long sum = Keys.sum(number, step);
      if (sum == null) {
        return new Sum(Stored.OVERFLOW, 0);
      }
      Keys.putAndKeepDeadline(entries, key, Long.toString(sum));
      entries.tell('h', "hincrby");
      return new Sum(Stored.YES, sum);
    }
  }

  /**
   * Removes a key; returns the value it had. Listeners are told of the change even if there was no
   * such key.
   */
  record Delete(String key) implements Operation<Optional<String>> {
    @Override
    public Optional<String> on(Entries entries) {
      String before = entries.get(key);
      entries.apply(new Change.Removed(key));
      if (before != null) {
        Keys.tellRemoved(entries);
      }
      return Optional.ofNullable(before);
    }
  }

  /** Sets when a key expires; one whose time has passed is removed. False if it is not there. */
  record ExpireKey(String key, long at) implements Operation<Boolean> {
    @Override
    public Boolean on(Entries entries) {
      if (!entries.has(key)) {
        return false;
      }
      if (Keys.setDeadline(entries, key, at, entries.now())) {
        entries.tell('h', "hexpire");
      } else {
        Keys.tellRemoved(entries);
      }
      return true;
    }
  }

  /** Cancels the expiry of a key; false if there was none. */
  record PersistKey(String key) implements Operation<Boolean> {
    @Override
    public Boolean on(Entries entries) {
      boolean had = Keys.removeDeadline(entries, key);
      if (had) {
        entries.tell('h', "hpersist");
      }
      return had;
    }
  }

  /** Reads when a key expires. */
  record KeyUntil(String key) implements Read<Long> {
    @Override
    public Long on(Entries entries) {
      return entries.deadline(key);
    }
  }

  // --- Many keys

  /** Reads the values of those of the keys that are there, in the order of the keys. */
  record GetAll(List<String> keys) implements Read<Map<String, String>> {
    @Override
    public Map<String, String> on(Entries entries) {
      var values = LinkedHashMap.<String, String>newLinkedHashMap(keys.size());
      for (String key : keys) {
        String value = entries.get(key);
        if (value != null) {
          values.put(key, value);
        }
      }
      return values;
    }
  }

  /** Sets the values of keys, of all or of none. */
  record PutAll(Map<String, String> values) implements Steps<Stored> {
    @Override
    public Stored on(Entries entries) {
      if (isText(entries)) {
        return Stored.NO_MAP;
      }
      int room = entries.environment().limits().keys() - entries.size();
      if (values.size() > room
          && values.keySet().stream().filter(key -> !entries.has(key)).count() > room) {
        return Stored.FULL;
      }
      values.forEach((key, value) -> entries.apply(new Change.Put(key, value)));
      if (!values.isEmpty()) {
        entries.tell('h', "hset");
      }
      return Stored.YES;
    }
  }

  /** Removes keys; returns how many of them were there. */
  record DeleteAll(List<String> keys) implements Steps<Integer> {
    @Override
    public Integer on(Entries entries) {
      int removed = 0;
      for (String key : keys) {
        if (entries.has(key)) {
          entries.apply(new Change.Removed(key));
          removed++;
        }
      }
      if (removed > 0) {
        Keys.tellRemoved(entries);
      }
      return removed;
    }
  }

  /** Copies all keys and values. */
  record All() implements Read<Map<String, String>> {
    @Override
    public Map<String, String> on(Entries entries) {
      var copy = HashMap.<String, String>newHashMap(entries.size());
      entries.forEach(copy::put);
      return copy;
    }
  }

  /**
   * A part of a scan.
   *
   * @param next the cursor for the next part; 0 if this was the last
   */
  record Page<T>(long next, List<T> items) {}

  /** Copies some keys and values, see {@link Entries#scan}. */
  record Scan(long cursor, int count) implements Read<Page<Map.Entry<String, String>>> {
    @Override
    public Page<Map.Entry<String, String>> on(Entries entries) {
      var page = new ArrayList<Map.Entry<String, String>>();
      long next = entries.scan(cursor, count, (key, value) -> page.add(Map.entry(key, value)));
      return new Page<>(next, page);
    }
  }

  /** Counts the keys. */
  record Size() implements Read<Integer> {
    @Override
    public Integer on(Entries entries) {
      return entries.size();
    }
  }

  // --- The bucket

  /** Reads the number of the last change. */
  record Seq() implements Read<Long> {
    @Override
    public Long on(Entries entries) {
      return entries.seq();
    }
  }

  /** Pins the bucket: it stays without keys. False if it was pinned, or is one value. */
  record Pin() implements Operation<Boolean> {
    @Override
    public Boolean on(Entries entries) {
      boolean isNew = !entries.isPinned() && !isText(entries);
      if (isNew) {
        entries.apply(new Change.Kept());
      }
      return isNew;
    }
  }

  /**
   * Sets when the bucket expires; 0 for never. False if the bucket does not exist, or had no
   * deadline to remove.
   */
  record Expire(long at) implements Operation<Boolean> {
    @Override
    public Boolean on(Entries entries) {
      if (!entries.exists() || (at == 0 && entries.deadline() == 0)) {
        return false;
      }
      entries.apply(new Change.Deadline(at));
      entries.tell('g', at == 0 ? "persist" : "expire");
      return true;
    }
  }

  /** Reads when the bucket expires; 0 for never. */
  record Until() implements Read<Long> {
    @Override
    public Long on(Entries entries) {
      return entries.deadline();
    }
  }

  /** Drops all entries; false if there were none. The bucket's process then ends. */
  record Drop() implements Operation<Boolean> {
    @Override
    public Boolean on(Entries entries) {
      boolean existed = entries.exists();
      if (existed) {
        entries.apply(new Change.Dropped());
        entries.tell('g', "del");
      }
      return existed;
    }
  }
}
