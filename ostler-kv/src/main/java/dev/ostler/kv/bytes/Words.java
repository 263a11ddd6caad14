package dev.ostler.kv.bytes;

import org.jspecify.annotations.Nullable;

/**
 * The arguments of a command. A byte string is created only where it is needed: look-ups work on
 * the bytes received. Used by one thread at a time.
 */
public interface Words {
  /** An argument as a byte string. */
  String get(int index);

  /** An argument in the form in which buckets store values, see {@link Stored}. */
  Object stored(int index);

  /** The bytes of an argument, in a new array. */
  byte[] array(int index);

  /** Whether an argument is these bytes. */
  boolean is(int index, byte[] bytes);

  /** The value that the table has for this argument; null if there is none. */
  <V> @Nullable V in(Dict<V> table, int index);

  /** Replaces the value for this argument, if the table has it; returns the old value, or null. */
  <V> @Nullable V replaceIn(Dict<V> table, int index, V value);
}
