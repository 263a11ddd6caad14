package dev.ostler.kv;

import java.util.Objects;

/**
 * How much there may be, in the store and in each bucket. An immutable value; any thread.
 *
 * @param buckets how many buckets
 * @param keys how many keys a bucket
 * @param keyBytes how long a name or key, in bytes of UTF-8
 * @param valueBytes how long a value, in bytes of UTF-8
 */
public record Limits(int buckets, int keys, int keyBytes, int valueBytes) {
  public static final Limits DEFAULT = new Limits(1_000_000, 1_000_000, 64 * 1024, 1024 * 1024);

  public void checkName(String name) {
    check("the bucket's name", name, keyBytes);
  }

  public void checkKey(String key) {
    check("the key", key, keyBytes);
  }

  public void checkValue(String value) {
    check("the value", value, valueBytes);
  }

  private static void check(String what, String text, int limit) {
    if (Objects.requireNonNull(text, what).length()
        > limit / 3) { // no char takes more than three bytes
      long bytes = utf8Bytes(text);
      if (bytes > limit) {
        throw new KvException.TooLong(what, limit, bytes);
      }
    }
  }

  /** How many bytes the text takes in UTF-8. */
  static long utf8Bytes(String text) {
    long bytes = text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x800) {
        bytes += Character.isSurrogate(c) ? 1 : 2; // a pair takes four
      } else if (c >= 0x80) {
        bytes++;
      }
    }
    return bytes;
  }
}
