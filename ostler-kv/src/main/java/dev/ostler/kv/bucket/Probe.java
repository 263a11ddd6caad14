package dev.ostler.kv.bucket;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a change, for tests, which throw at each of them. Any thread; does nothing unless a
 * test asks for it.
 */
public final class Probe {
  /** Where a change is. */
  public enum Step {
    /** A bucket is about to be held for a command on several. */
    HOLD,
    /** A change is about to be made in memory. */
    CHANGE,
    /** It was made, and nothing remembers yet that it is to be kept. */
    CHANGED,
    /** The changes of a command are about to be collected. */
    COLLECT,
    /** They are about to go to the journal. */
    APPEND,
    /** The journal has those of one bucket. */
    APPENDED,
    /** Others are about to be told what happened. */
    TELL,
    /** A bucket that was changed is about to go on. */
    LET_GO,
    /** A bucket is about to be told that it goes on. */
    RELEASE
  }

  /** Told of each step; what it throws is thrown there. */
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
