package dev.ostler.kv.bytes;

import org.jspecify.annotations.Nullable;

/**
 * Values in the form in which buckets store them: a short one is an array of bytes, a long one a
 * {@linkplain Bytes byte string}. Pure functions; any thread.
 *
 * <p>A string takes 24 bytes besides its array, which only a long value does not notice. Whoever
 * asks for a part of a long value, or makes it longer, needs a string: it is not copied for that.
 */
public final class Stored {
  /** The most bytes of a value that is an array. */
  static final int SHORT = 255;

  private Stored() {}

  /** Whether a value with so many bytes is an array. */
  public static boolean isShort(int length) {
    return length <= SHORT;
  }

  /** A byte string, to be stored. */
  public static Object of(String bytes) {
    return isShort(bytes.length()) ? Bytes.array(bytes) : bytes;
  }

  /** A stored value as a byte string: the same one, or a new one of a few bytes. */
  public static String text(Object stored) {
    return stored instanceof byte[] bytes ? Bytes.of(bytes) : (String) stored;
  }

  /** The number that a stored value is, see {@link Bytes#number(String)}. */
  public static @Nullable Long number(Object stored) {
    return stored instanceof byte[] bytes ? Bytes.number(bytes) : Bytes.number((String) stored);
  }

  /** How many bytes it has. */
  public static int length(Object stored) {
    return stored instanceof byte[] bytes ? bytes.length : ((String) stored).length();
  }
}
