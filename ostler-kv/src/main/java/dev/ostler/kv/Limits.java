package dev.ostler.kv;

import java.util.Objects;

/**
 * The limits of a store and of each bucket. An immutable value; any thread may use it.
 *
 * @param buckets the most buckets in the store
 * @param keys the most keys in a bucket
 * @param keyBytes the longest name or key, in bytes of UTF-8
 * @param valueBytes the longest value, in bytes of UTF-8
 */
public record Limits(int buckets, int keys, int keyBytes, int valueBytes) {
  /** The limits unless the configuration says otherwise. */
  public static final Limits DEFAULT = new Limits(1_000_000, 1_000_000, 64 * 1024, 1024 * 1024);

  /** Throws if the name of a bucket is too long. */
  public void checkName(String name) {
    check("the bucket's name", name, keyBytes);
  }

  /** Throws if a key is too long. */
  public void checkKey(String key) {
    check("the key", key, keyBytes);
  }

  /** Throws if a value is too long. */
  public void checkValue(String value) {
    check("the value", value, valueBytes);
  }

  private static void check(String what, String text, int limit) {
    if (Objects.requireNonNull(text, what).length()
        > limit / 3) { // no char takes more than three bytes
      long bytes = utf8Bytes(text);
      if (bytes > limit) {
        throw new KvException.TooLong(what, limit, bytes + " bytes in UTF-8");
      }
    }
  }

  /** How many bytes the text takes in UTF-8. */
  static long utf8Bytes(String text) {
    long bytes = text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x800) {
        bytes += Character.isSurrogate(c) ? 1 : 2; // a surrogate pair takes four bytes
      } else if (c >= 0x80) {
        bytes++;
      }
    }
    return bytes;
  }
}
