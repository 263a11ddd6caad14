package dev.ostler.kv;

import dev.ostler.ExitReason;
import java.time.Instant;
import java.util.Optional;

/**
 * What a watch of a bucket is told, see {@link TypedBucket#watch}: a change, or that nothing more
 * comes. Immutable.
 *
 * @param <K> what a key is
 * @param <V> what a value is
 */
public sealed interface BucketEvent<K, V> {
  /**
   * The number of the change; of an {@link Ended}, the number of the last one before it. Numbers of
   * one name increase, but not always by one, also if the bucket is deleted and created again. A
   * later watch resumes from here.
   */
  long number();

  /** A key was set to a value. It does not expire, unless an {@link Expires} follows. */
  record Put<K, V>(long number, K key, V value) implements BucketEvent<K, V> {}

  /** A key was deleted, or has expired. It may not have been there. */
  record Deleted<K, V>(long number, K key) implements BucketEvent<K, V> {}

  /** A key will expire at this moment; never, if there is none. */
  record Expires<K, V>(long number, K key, Optional<Instant> at) implements BucketEvent<K, V> {}

  /** The bucket has become a single value, as Redis's SET makes it, and has lost all keys. */
  record Text<K, V>(long number, V value) implements BucketEvent<K, V> {}

  /** The bucket will expire at this moment; never, if there is none. */
  record BucketExpires<K, V>(long number, Optional<Instant> at) implements BucketEvent<K, V> {}

  /** The bucket was created by {@link Kv#create} or the like: it stays without keys. */
  record Created<K, V>(long number) implements BucketEvent<K, V> {}

  /** The bucket has lost all that it had. Mostly its end follows. */
  record Dropped<K, V>(long number) implements BucketEvent<K, V> {}

  /** Nothing more comes. */
  record Ended<K, V>(long number, End why) implements BucketEvent<K, V> {}

  /** Why a watch has ended. */
  sealed interface End {
    /** The bucket was deleted, has expired, or has lost its last key. */
    record Gone() implements End {}

    /**
     * The bucket's process has ended in another way: it was killed, has crashed, or a transaction
     * that had changed the bucket was undone. In a durable store the bucket is loaded when it is
     * next used: then a watch may resume. In memory the bucket is lost.
     */
    record ProcessEnded(ExitReason reason) implements End {}

    /** The store was closed. */
    record Closed() implements End {}

    /**
     * More than {@value Watch#MOST_WAITING} changes, or {@value Watch#MOST_WAITING_BYTES} bytes of
     * them, waited for the watch. Later ones are missing.
     */
    record Slow() implements End {}
  }
}
