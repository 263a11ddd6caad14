package dev.ostler.kv.bucket;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.bytes.Bytes;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An operation of the Java API on one bucket: plain data. Keys and values are {@linkplain Bytes
 * byte strings}.
 *
 * <p>The bucket's process applies it. Its result depends on the entries and the operation alone.
 *
 * @param <R> its result
 */
public sealed interface Operation<R> extends BucketServer.OnEntries<R> {
  /** Whether it may change the bucket. */
  default boolean changes() {
    return true;
  }

  /** Reads the value of a key, if there is one. */
  record Get(String key) implements Operation<Optional<String>> {
    @Override
    public boolean changes() {
      return false;
    }

    @Override
    public Optional<String> on(Entries entries) {
      return Optional.ofNullable(entries.get(key));
    }
  }

  /** The result of a {@link Put}. */
  enum Stored {
    YES,
    /** The bucket has as many keys as it may have. */
    FULL,
    /** The bucket is one value and not a map. */
    NO_MAP
  }

  /** Sets the value of a key. */
  record Put(String key, String value) implements Operation<Stored> {
    @Override
    public Stored on(Entries entries) {
      if (entries.kind() == BucketStore.Kind.TEXT) {
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
        entries.tell('h', "hdel");
        if (!entries.exists()) {
          entries.tell('g', "del");
        }
      }
      return Optional.ofNullable(before);
    }
  }

  /** Copies all keys and values, as text. */
  record All() implements Operation<Map<String, String>> {
    @Override
    public boolean changes() {
      return false;
    }

    @Override
    public Map<String, String> on(Entries entries) {
      var copy = HashMap.<String, String>newHashMap(entries.size());
      entries.forEach((key, value) -> copy.put(Bytes.text(key), Bytes.text(value)));
      return copy;
    }
  }

  /** Counts the keys. */
  record Size() implements Operation<Integer> {
    @Override
    public boolean changes() {
      return false;
    }

    @Override
    public Integer on(Entries entries) {
      return entries.size();
    }
  }

  /** Pins the bucket: it stays without keys. False if it was pinned, or is one value. */
  record Pin() implements Operation<Boolean> {
    @Override
    public Boolean on(Entries entries) {
      boolean isNew = !entries.isPinned() && entries.kind() != BucketStore.Kind.TEXT;
      if (isNew) {
        entries.apply(new Change.Kept());
      }
      return isNew;
    }
  }

  /**
   * Sets when the bucket expires, in milliseconds since 1970; 0 for never. False if the bucket does
   * not exist, or had no deadline to remove.
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

  /** Reads when the bucket expires, in milliseconds since 1970; 0 for never. */
  record Until() implements Operation<Long> {
    @Override
    public boolean changes() {
      return false;
    }

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
