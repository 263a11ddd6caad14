package dev.ostler.kv.bucket;

import dev.ostler.kv.bytes.Stored;
import org.jspecify.annotations.Nullable;

/**
 * About how many bytes of heap the parts of a bucket take, on a JVM with compact object headers.
 *
 * <p>Pure functions; any thread. A test compares them with what the JVM says.
 */
public final class Footprint {
  /** A node of a table, and its share of the slots. */
  public static final long ENTRY = 24 + 6;

  /** A table with nothing in it. */
  public static final long MAP = 52;

  /** An array of keys and values with nothing in it, with its rounding; and a key and a value. */
  private static final long FEW = 16;

  private static final long FEW_ENTRY = 8;

  /** A key's deadline, in a map and in a queue, but for the key. */
  private static final long DEADLINE = 80;

  /** What only some buckets have, the alarm included, and its place among all of them. */
  static final long BUCKET_DEADLINE = 48 + 6;

  /** That map, that queue and the alarm, for the first key of a bucket that has a deadline. */
  static final long DEADLINES = 250 + BUCKET_DEADLINE;

  /** A bucket with nothing in it: its process, its handle, its place in the table. */
  private static final long BUCKET = 256;

  /** What a small key and its value take, besides their bytes, at most. */
  public static final long SMALL = 24 + 12 + 7 + 12 + 7;

  private static final int STRING = 24;
  private static final int ARRAY = 12;

  /** The least and the largest region that G1 chooses by itself, and how many it aims at. */
  private static final long LEAST_REGION = 1024 * 1024;

  private static final long LARGEST_REGION = 32 * LEAST_REGION;
  private static final long REGIONS = 2048;

  /** The size of a region of this JVM's heap. */
  private static final long REGION = region(Runtime.getRuntime().maxMemory());

  private Footprint() {}

  /** Of a bucket whose name has so many bytes, but for what is in it. */
  public static long bucket(int name) {
    return BUCKET + array(name);
  }

  /** Of what holds so many keys and values, see {@link FewFields}. */
  static long fields(int count) {
    return count <= FewFields.MOST ? FEW + count * FEW_ENTRY : MAP + count * ENTRY;
  }

  /** Of a key's deadline. */
  static long deadline(String key) {
    return DEADLINE + of(key);
  }

  /**
   * Of an array of bytes. G1, the JVM's default collector, gives an array that is longer than half
   * a region whole regions, and uses what is left of the last one for nothing else. Other
   * collectors need less.
   */
  public static long array(long length) {
    return array(length, REGION);
  }

  /** Like {@link #array(long)}, in a heap with regions of this size. */
  static long array(long length, long region) {
    long bytes = (length + ARRAY + 7) & ~7;
    return bytes <= region / 2 ? bytes : (bytes + region - 1) / region * region;
  }

  /** The size of G1's regions in a heap of this size, unless an option of the JVM says another. */
  static long region(long heap) {
    long wanted = Math.clamp(heap / REGIONS, LEAST_REGION, LARGEST_REGION);
    long lower = Long.highestOneBit(wanted);
    return lower == wanted ? wanted : 2 * lower;
  }

  /** Of a byte string; 0 of none. */
  static long of(@Nullable String bytes) {
    return bytes == null ? 0 : STRING + array(bytes.length());
  }

  /** Of a {@linkplain Stored stored} value. */
  static long ofStored(Object stored) {
    return stored instanceof byte[] bytes ? array(bytes.length) : of((String) stored);
  }
}
