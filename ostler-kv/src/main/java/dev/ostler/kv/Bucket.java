package dev.ostler.kv;

import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.bucket.Store;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A named map from text to text. {@link TypedBucket} says who may use it, and what its operations
 * do; {@link #bytes} and {@link #with} are for other values and keys.
 */
public final class Bucket extends TypedBucket<String, String> {
  Bucket(Store store, BucketRef ref, @Nullable Transaction transaction) {
    super(store, ref, transaction, null, Codec.TEXT, Codec.TEXT);
  }

  /** Two are equal if they refer to the same process. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Bucket bucket && bucket.ref() == ref();
  }

  @Override
  public int hashCode() {
    return Objects.hashCode(ref());
  }
}
