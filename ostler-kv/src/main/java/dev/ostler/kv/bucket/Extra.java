package dev.ostler.kv.bucket;

import org.jspecify.annotations.Nullable;

/**
 * What only some buckets have, the alarm included. It keeps the others small.
 *
 * <p>Used by the thread that may use the bucket's entries.
 */
final class Extra extends Alarms.Alarm {
  @Nullable Deadlines deadlines; // of keys; null if there are none
  long deadline; // of the bucket; 0 for none
  Entries.@Nullable Observer observer;

  // Of the process.
  @Nullable Listeners listeners; // null if there are none
  boolean endsLater; // it is empty, and the census will tell it when it may end

  /** Whether the bucket has nothing of all this. */
  boolean isEmpty() {
    return deadlines == null
        && deadline == 0
        && observer == null
        && listeners == null
        && at() == 0
        && !endsLater;
  }
}
