package dev.ostler.kv.bucket;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a change, at which tests can throw. Any thread. It does nothing unless a test sets
 * an observer.
 */
public final class Probe {
  /** A step of a change. */
  public enum Step {
    /** A command on several buckets is about to lock a bucket. */
    LOCK,
    /** A change is about to be made in memory. */
    CHANGE,
    /** The change was made, and is not recorded as pending yet. */
    CHANGED,
    /** The changes of a command are about to be collected. */
    COLLECT,
    /** The changes are about to be appended to the journal. */
    APPEND,
    /** The journal has the changes of one bucket. */
    APPENDED,
    /** Events are about to be sent. */
    TELL,
    /** A bucket is about to be unlocked. */
    UNLOCK,
    /** A bucket's process is about to be told that it is unlocked. */
    WAKE
  }

  /** Is called at each step; what it throws is thrown there. */
  @SuppressWarnings("NonFinalStaticField") // set by tests, one at a time
  public static volatile @Nullable Consumer<Step> observer;

  private Probe() {}

  static void at(Step step) {
    Consumer<Step> told = observer;
    if (told != null) {
      told.accept(step);
    }
  }
}
