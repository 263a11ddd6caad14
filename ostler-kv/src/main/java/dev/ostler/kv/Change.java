package dev.ostler.kv;

/**
 * What can happen to a bucket's entries: plain data, so that a log can carry it. Immutable.
 *
 * <p>Every change of entries is one of these, made by a bucket's process. The same changes in the
 * same order to equal entries give equal entries, at any time and on any machine. Keys and values
 * are byte strings, whose every char is one byte; moments are milliseconds since 1970, 0 for none.
 */
public sealed interface Change {
  /** A key has this value, and no deadline of its own. */
  record Put(String key, String value) implements Change {}

  /** A key is gone. */
  record Removed(String key) implements Change {}

  /** A key goes at this moment; 0 for not by itself. */
  record KeyDeadline(String key, long at) implements Change {}

  /** The bucket is one value instead of a map. */
  record Text(String value) implements Change {}

  /** The bucket goes at this moment; 0 for not by itself. */
  record Deadline(long at) implements Change {}

  /** The bucket stays though it has no keys. */
  record Kept() implements Change {}

  /** Everything is gone. */
  record Dropped() implements Change {}
}
