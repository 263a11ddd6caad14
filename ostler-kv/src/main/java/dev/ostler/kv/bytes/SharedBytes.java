package dev.ostler.kv.bytes;

/**
 * Arrays of bytes that occur again and again, such as the names of fields: who needs the same bytes
 * gets the same array, which nobody may change. Any thread may use it.
 *
 * <p>An array that is shared once is so for ever. When there is no room for more, others are not
 * shared.
 */
public final class SharedBytes {
  /*
   * Bytes are shared from the third time on that somebody needs them. The first time, their hash
   * code is noted, in the place of another one. If it is still there the second time, a copy is
   * made for all who come later. So bytes that occur once take no room, and the arrays that were
   * passed in are held by nobody else.
   */
  private static final int MOST = 1024;
  private static final int NOTED = 1024; // a power of two

  private final Dict<byte[]> shared = new Dict<>(); // changed under this object's lock
  private final int[] noted = new int[NOTED]; // any thread; an old value does no harm

  /** The shared array with these bytes; or this array itself, which is not shared then. */
  public byte[] share(byte[] bytes) {
    byte[] known = shared.get(bytes);
    if (known != null) {
      return known;
    }
    int hash = Bytes.hash(bytes, 0, bytes.length);
    if (noted[hash & NOTED - 1] == hash) {
      add(bytes.clone());
    }
    noted[hash & NOTED - 1] = hash;
    return bytes;
  }

  private synchronized void add(byte[] copy) {
    if (shared.size() < MOST && shared.get(copy) == null) {
      shared.put(copy, copy);
    }
  }

  /** Whether others may hold this array, too. */
  public boolean isShared(byte[] bytes) {
    return shared.get(bytes) == bytes;
  }
}
