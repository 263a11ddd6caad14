package dev.ostler.kv.bucket;

import dev.ostler.kv.bytes.Dict;
import dev.ostler.kv.bytes.Stored;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a bucket with many or long ones, their values, and how many bytes of heap these take.
 *
 * <p>Used by the thread that may use the bucket's entries. It changes only by the methods here.
 */
final class Fields extends Dict<Object> {
  private long bytes;

  /** About how many bytes of heap the keys and values take, without the table. */
  long bytes() {
    return bytes;
  }

  /** Sets the {@linkplain Stored stored} value of a key; returns the old value, or null. */
  @Override
  public @Nullable Object put(byte[] key, Object value) {
    Object before = super.put(key, value); // by replace, if the key is there
    if (before == null) {
      bytes += Footprint.array(key.length) + Footprint.ofStored(value);
    }
    return before;
  }

  @Override
  public @Nullable Object replace(byte[] bytes, int offset, int length, Object value) {
    Object before = super.replace(bytes, offset, length, value);
    if (before != null) {
      this.bytes += Footprint.ofStored(value) - Footprint.ofStored(before);
    }
    return before;
  }

  @Override
  public @Nullable Object remove(byte[] key) {
    Object before = super.remove(key);
    if (before != null) {
      bytes -= Footprint.array(key.length) + Footprint.ofStored(before);
    }
    return before;
  }
}
