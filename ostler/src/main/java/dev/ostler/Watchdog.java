package dev.ostler;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Reports callbacks that run for long, with their stack.
 *
 * <p>Threads that run servers take a post while they do; every so often the watchdog looks at each
 * post whether a callback has begun or ended since. There are {@value #POSTS} posts: with more
 * servers at work at once, some are not watched.
 */
final class Watchdog {
  private static final int POSTS = 1024;
  private static final int TRIES = 4;
  private static final int NONE = -1;

  /** How long a callback runs before it is reported. */
  static final Duration PATIENCE =
      Duration.ofMillis(Long.getLong("dev.ostler.longCallbackMillis", 2_000));

  private static final AtomicReferenceArray<@Nullable Runner> AT_WORK =
      new AtomicReferenceArray<>(POSTS);
  private static final AtomicBoolean AWAKE = new AtomicBoolean();

  // What the last look saw, touched by the timer's thread only.
  private static final int[] SEEN = new int[POSTS];
  private static final @Nullable Proc[] RUNNING = new Proc[POSTS];
  private static final boolean[] REPORTED = new boolean[POSTS];

  private Watchdog() {}

  /** Takes a post for this thread; gives its number, to be handed to {@link #leave}. */
  static int enter(Runner runner) {
    if (!AWAKE.getPlain() && AWAKE.compareAndSet(false, true)) {
      Timers.every(PATIENCE.toNanos(), Watchdog::look);
    }
    int first = (int) runner.thread.threadId();
    for (int i = first; i < first + TRIES; i++) {
      int post = i & POSTS - 1;
      if (AT_WORK.getPlain(post) == null && AT_WORK.weakCompareAndSetRelease(post, null, runner)) {
        return post;
      }
    }
    return NONE;
  }

  static void leave(int post) {
    if (post != NONE) {
      AT_WORK.setRelease(post, null);
    }
  }

  private static void look() {
    for (int post = 0; post < POSTS; post++) {
      Runner runner = AT_WORK.getAcquire(post);
      Proc running = runner == null ? null : runner.current();
      int callbacks = runner == null ? 0 : runner.callbacks();
      boolean moved = running != RUNNING[post] || callbacks != SEEN[post];
      if (moved || runner == null || running == null) {
        RUNNING[post] = running;
        SEEN[post] = callbacks;
        REPORTED[post] = false;
      } else if (!REPORTED[post] && !running.isClosed()) {
        REPORTED[post] = true;
        Events.publish(
            new Event.LongCallback(
                running, running.label(), PATIENCE, Text.stack(runner.thread.getStackTrace(), 30)));
      }
    }
  }
}
