package dev.ostler.kv;

import java.util.Map;
import java.util.Optional;

/**
 * What can be done with a bucket's entries: plain data, so that a log can carry it.
 *
 * <p>Applied by the bucket's process. The same operations in the same order on equal entries give
 * the same results and equal entries.
 *
 * @param <R> what comes of it
 */
sealed interface Operation<R> extends BucketServer.Request<R> {
  /** Does it. */
  R applyTo(Entries entries);

  /** What subscribers are to hear once it was done with this result. */
  default Optional<Change> change(R result) {
    return Optional.empty();
  }

  /** The value of a key, if it is there. */
  record Get(String key) implements Operation<Optional<String>> {
    @Override
    public Optional<String> applyTo(Entries entries) {
      return entries.get(key);
    }
  }

  /** Gives a key a value; false if it would be one key too many. */
  record Put(String key, String value) implements Operation<Boolean> {
    @Override
    public Boolean applyTo(Entries entries) {
      return entries.put(key, value);
    }

    @Override
    public Optional<Change> change(Boolean stored) {
      return stored ? Optional.of(new Change.Set(key, value)) : Optional.empty();
    }
  }

  /** Takes a key away; gives the value it had. */
  record Delete(String key) implements Operation<Optional<String>> {
    @Override
    public Optional<String> applyTo(Entries entries) {
      return entries.remove(key);
    }

    @Override
    public Optional<Change> change(Optional<String> removed) {
      return Optional.of(new Change.Deleted(key));
    }
  }

  /** All keys and values. */
  record All() implements Operation<Map<String, String>> {
    @Override
    public Map<String, String> applyTo(Entries entries) {
      return entries.copy();
    }
  }

  /** How many keys. */
  record Size() implements Operation<Integer> {
    @Override
    public Integer applyTo(Entries entries) {
      return entries.size();
    }
  }
}
