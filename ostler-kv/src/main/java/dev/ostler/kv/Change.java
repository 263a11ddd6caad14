package dev.ostler.kv;

import org.jspecify.annotations.Nullable;

/**
 * What can happen to a bucket's entries: plain data, so that a log can carry it. Immutable.
 *
 * <p>Every change of entries is one of these, made by {@link Entries#apply}. The same changes in
 * the same order to equal entries give equal entries, at any time and on any machine. Keys and
 * values are {@linkplain Bytes byte strings}; moments are milliseconds since 1970, 0 for none.
 */
sealed interface Change {
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

  /**
   * In the words of the line protocol, as a byte string; null if its subscribers do not hear of it.
   */
  default @Nullable String line() {
    return switch (this) {
      case Put(String key, String value) -> key + " SET TO " + value;
      case Removed(String key) -> key + " DELETED";
      case KeyDeadline _, Text _, Deadline _, Kept _, Dropped _ -> null;
    };
  }
}
