package dev.ostler.kv.bucket;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.bytes.SharedBytes;
import dev.ostler.kv.bytes.Stored;
import dev.ostler.kv.bytes.Words;
import java.util.Arrays;
import java.util.function.BiConsumer;

/**
 * The keys and values of a bucket with few and short ones, in one array: a key, its value, the next
 * key, and so on, in the order of addition. A table ({@link Fields}) takes several times as much.
 * Many buckets have the same keys, and {@linkplain SharedBytes share} them.
 *
 * <p>Pure functions; the thread that may use the bucket's entries calls them. An array is replaced
 * when keys come and go; only values are set in place.
 */
final class FewFields {
  /** The most keys. To look for one of more would take longer than in a table. */
  static final int MOST = 8;

  /** The most bytes of a key or a value. HSCAN replies with all of such a hash at once. */
  static final int SHORT = 64;

  private FewFields() {}

  /** Whether this key and value may be among few. */
  static boolean fits(byte[] key, Object value) {
    return key.length <= SHORT && fits(value);
  }

  /** Whether this value may be among few. */
  static boolean fits(Object value) {
    return Stored.length(value) <= SHORT;
  }

  static int size(Object[] few) {
    return few.length / 2;
  }

  /** Where the key is; negative if it is not there. */
  static int find(Object[] few, byte[] key) {
    for (int at = 0; at < few.length; at += 2) {
      if (Arrays.equals(key(few, at), key)) {
        return at;
      }
    }
    return -1;
  }

  /** As {@link #find(Object[], byte[])}; the key is a byte string. */
  static int find(Object[] few, String key) {
    for (int at = 0; at < few.length; at += 2) {
      if (Bytes.equal(key(few, at), key)) {
        return at;
      }
    }
    return -1;
  }

  /** As {@link #find(Object[], byte[])}; an argument of a command is the key. */
  static int find(Object[] few, Words words, int index) {
    for (int at = 0; at < few.length; at += 2) {
      if (words.is(index, key(few, at))) {
        return at;
      }
    }
    return -1;
  }

  private static byte[] key(Object[] few, int at) {
    return (byte[]) few[at];
  }

  /** With one more key, last. */
  static Object[] with(Object[] few, byte[] key, Object value) {
    Object[] more = Arrays.copyOf(few, few.length + 2);
    more[few.length] = key;
    more[few.length + 1] = value;
    return more;
  }

  /** Without the key that is there. */
  static Object[] without(Object[] few, int at) {
    Object[] less = Arrays.copyOf(few, few.length - 2);
    System.arraycopy(few, at + 2, less, at, less.length - at);
    return less;
  }

  /** In a table, which shares no keys. */
  static Fields many(Object[] few) {
    var many = new Fields();
    forEach(few, (key, value) -> many.put(key.clone(), value));
    return many;
  }

  /** Calls a consumer with all keys and values, in the order of addition. */
  static void forEach(Object[] few, BiConsumer<? super byte[], ? super Object> each) {
    for (int at = 0; at < few.length; at += 2) {
      each.accept(key(few, at), few[at + 1]);
    }
  }

  /** About how many bytes of heap the keys and values take, without shared keys. */
  static long bytes(Object[] few, SharedBytes shared) {
    long bytes = 0;
    for (int at = 0; at < few.length; at += 2) {
      byte[] key = key(few, at);
      bytes += shared.isShared(key) ? 0 : Footprint.array(key.length);
      bytes += Footprint.ofStored(few[at + 1]);
    }
    return bytes;
  }
}
