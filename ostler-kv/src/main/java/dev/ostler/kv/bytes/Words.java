package dev.ostler.kv.bytes;

import org.jspecify.annotations.Nullable;

/**
 * Byte strings of which some are names or keys, and which are made only where they are needed. Used
 * by one thread at a time.
 */
public interface Words {
  /** One of them. */
  String get(int index);

  /** What the table has under this one; null if nothing. */
  <V> @Nullable V in(Dict<V> table, int index);

  /** Gives this one another value in the table, if it is there; the one it had, or null. */
  <V> @Nullable V replaceIn(Dict<V> table, int index, V value);
}
