package dev.ostler.kv.bucket;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.bytes.Bytes;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the library's own API does with a bucket's entries: plain data. Keys and values are
 * {@linkplain Bytes byte strings}.
 *
 * <p>Applied by the bucket's process. What comes of it depends on the entries and the operation
 * alone, and what it changes are {@link Change}s, which a log can carry.
 *
 * @param <R> what comes of it
 */
public sealed interface Operation<R> extends BucketServer.Request<R>, BucketServer.Work<R> {
  /** Whether it may change anything. */
  default boolean changes() {
    return true;
  }

  /** The value of a key, if it is there. */
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

  /** What came of a {@link Put}. */
  enum Stored {
    YES,
    /** It would be one key too many. */
    FULL,
    /** The bucket is one value, and no map. */
    NO_MAP
  }

  /** Gives a key a value. */
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
   * Takes a key away; gives the value it had. Subscribers hear of it whether it was there or not.
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

  /** All keys and values, as text. */
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

  /** How many keys. */
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

  /** Stays from now on, even without keys. */
  record Keep() implements Operation<Boolean> {
    @Override
    public Boolean on(Entries entries) {
      boolean isNew = !entries.isKept() && entries.kind() != BucketStore.Kind.TEXT;
      if (isNew) {
        entries.apply(new Change.Kept());
      }
      return isNew;
    }
  }

  /** Goes by itself at this millisecond, all of it, or 0: never; false if there is nothing. */
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

  /** The millisecond at which all of it goes by itself; 0 if none. */
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

  /** Drops all it holds, and ends; false if there was nothing. */
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
