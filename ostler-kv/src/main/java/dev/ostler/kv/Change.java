package dev.ostler.kv;

/**
 * A change of a bucket's entries: plain data, so that a log can hold it. Immutable.
 *
 * <p>A bucket's entries change only by these. The same changes, in the same order, to equal entries
 * give equal entries, at any time and on any machine. Keys and values are byte strings: each char
 * is one byte. Moments are milliseconds since 1970; 0 is none.
 */
public sealed interface Change {
  /** Sets the value of a key, and removes its deadline. */
  record Put(String key, String value) implements Change {}

  /** Removes a key. */
  record Removed(String key) implements Change {}

  /** Sets when a key expires; 0 for never. */
  record KeyDeadline(String key, long at) implements Change {}

  /** Makes the bucket a single value instead of a map. */
  record Text(String value) implements Change {}

  /** Sets when the bucket expires; 0 for never. */
  record Deadline(long at) implements Change {}

  /** Pins the bucket: it exists even without keys. */
  record Kept() implements Change {}

  /** Removes everything, and unpins the bucket. */
  record Dropped() implements Change {}
}
