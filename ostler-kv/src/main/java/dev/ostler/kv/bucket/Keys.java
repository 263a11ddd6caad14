package dev.ostler.kv.bucket;

import dev.ostler.kv.Change;
import org.jspecify.annotations.Nullable;

/**
 * What operations of the Java API and commands of endpoints do alike with a key of a bucket. Used
 * by the thread that may use the bucket's entries.
 */
public final class Keys {
  private Keys() {}

  /** Sets a key's value, and keeps its deadline. */
  public static void putAndKeepDeadline(Entries entries, String key, String value) {
    long at = entries.deadline(key);
    entries.apply(new Change.Put(key, value));
    if (at != 0) {
      entries.apply(new Change.KeyDeadline(key, at));
    }
  }

  /**
   * Sets a key's deadline. If that has passed, removes the key and returns false.
   *
   * @param at in milliseconds since 1970, as {@code now}
   */
  public static boolean setDeadline(Entries entries, String key, long at, long now) {
    boolean comes = at > now;
    entries.apply(comes ? new Change.KeyDeadline(key, at) : new Change.Removed(key));
    return comes;
  }

  /** Removes a key's deadline; false if it has none. */
  public static boolean removeDeadline(Entries entries, String key) {
    boolean had = entries.deadline(key) != 0;
    if (had) {
      entries.apply(new Change.KeyDeadline(key, 0));
    }
    return had;
  }

  /** Tells subscribers that keys were removed, and the bucket, too, if it is empty. */
  public static void tellRemoved(Entries entries) {
    entries.tell('h', "hdel");
    tellIfGone(entries);
  }

  /** Tells subscribers that the bucket is gone, if it is empty. */
  public static void tellIfGone(Entries entries) {
    if (!entries.exists()) {
      entries.tell('g', "del");
    }
  }

  /** The sum of two numbers; null if it has more than 64 bits. */
  public static @Nullable Long sum(long number, long step) {
    long sum = number + step;
    // both operands have the same sign, and the sum has the other
    return ((number ^ sum) & (step ^ sum)) < 0 ? null : sum;
  }
}
