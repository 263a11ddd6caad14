package dev.ostler;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Reports callbacks that run for a long time, with their stack.
 *
 * <p>A thread that runs servers has a post: an activation while it lives, another thread from its
 * first call of a direct server on. The watchdog regularly checks at each post whether a callback
 * has begun or ended since. There are {@value #POSTS} posts of each kind: with more threads at
 * once, some are not watched.
 */
final class Watchdog {
  static final int POSTS = 1024;
  private static final int TRIES = 4;

  /** Instead of a post: all that were looked at are taken. */
  static final int NONE = -1;

  /** How long a callback runs before it is reported. */
  static final Duration PATIENCE =
      Duration.ofMillis(Long.getLong("dev.ostler.longCallbackMillis", 2_000));

  private static final Watchdog ACTIVATIONS = new Watchdog();
  private static final Watchdog CALLERS = new Watchdog();
  private static final AtomicBoolean AWAKE = new AtomicBoolean();

  private final AtomicReferenceArray<@Nullable Runner> posts = new AtomicReferenceArray<>(POSTS);

  // What the last look saw, touched by the timer's thread only.
  private final int[] seen = new int[POSTS];
  private final @Nullable Proc[] running = new Proc[POSTS];
  private final boolean[] reported = new boolean[POSTS];

  /** When a look first found what it found again since. Read by any thread. */
  private final AtomicLongArray since = new AtomicLongArray(POSTS);

  private Watchdog() {}

  /** Takes a post for an activation; gives its number, to be handed to {@link #leave}. */
  static int enter(Runner runner) {
    runner.watched = true;
    return ACTIVATIONS.post(runner);
  }

  static void leave(int post) {
    if (post != NONE) {
      ACTIVATIONS.posts.setRelease(post, null);
    }
  }

  /** The runner that has a post for activations; null if none has it. */
  static @Nullable Runner activation(int post) {
    return ACTIVATIONS.posts.getAcquire(post);
  }

  /** Takes a post for a thread that calls direct servers, for as long as it lives. */
  static void watch(Runner caller) {
    CALLERS.post(caller);
  }

  /** The timers were ended: the next thread that takes a post sets a new one. */
  static void timersEnded() {
    AWAKE.set(false);
  }

  /** How long the callback of the server has run on this thread for sure. Any thread may ask. */
  static Duration age(Proc server, Runner by) {
    long age = ACTIVATIONS.nanos(server, by);
    return Duration.ofNanos(age > 0 ? age : CALLERS.nanos(server, by));
  }

  /** Looks from outside, so what it sees may just have changed: then it is as if it saw nothing. */
  private long nanos(Proc server, Runner by) {
    for (int post = 0; post < POSTS; post++) {
      if (posts.getAcquire(post) == by) {
        long begun = since.getAcquire(post);
        boolean same = running[post] == server && seen[post] == by.callbacks();
        return same && begun == since.getAcquire(post) ? System.nanoTime() - begun : 0;
      }
    }
    return 0;
  }

  private int post(Runner runner) {
    if (!AWAKE.getPlain() && AWAKE.compareAndSet(false, true)) {
      begin();
    }
    int first = (int) runner.thread.threadId();
    for (int i = first; i < first + TRIES; i++) {
      int post = i & (POSTS - 1);
      if (posts.getPlain(post) == null && posts.weakCompareAndSetRelease(post, null, runner)) {
        return post;
      }
    }
    return NONE;
  }

  private static void begin() {
    try {
      if (!Timers.every(PATIENCE.toNanos(), Watchdog::lookAtAll)) {
        AWAKE.set(false);
      }
    } catch (Throwable failed) {
      AWAKE.set(false); // no memory: the next thread tries again
    }
  }

  /** Never throws, which would end the looks for good. */
  private static void lookAtAll() {
    try {
      ACTIVATIONS.look();
      CALLERS.look();
    } catch (Throwable failed) {
      Events.drop();
    }
  }

  private void look() {
    for (int post = 0; post < POSTS; post++) {
      Runner runner = posts.getAcquire(post);
      if (runner != null && !runner.thread.isAlive()) {
        posts.compareAndSet(post, runner, null);
        runner = null;
      }
      Proc process = runner == null ? null : runner.current();
      Proc now = process instanceof ServerProc ? process : null; // a raw process has no callbacks
      int callbacks = runner == null ? 0 : runner.callbacks();
      if (now != running[post] || callbacks != seen[post] || now == null || runner == null) {
        running[post] = now;
        seen[post] = callbacks;
        since.setRelease(post, System.nanoTime());
        reported[post] = false;
      } else if (!reported[post] && !now.isClosed()) {
        reported[post] = true;
        report(now, runner);
      }
    }
  }

  /** Never throws: this is the timer's thread. */
  private static void report(Proc slow, Runner runner) {
    try {
      Object called = slow.called();
      StackTraceElement[] stack = runner.thread.getStackTrace();
      Events.publish(
          EventKind.LONG_CALLBACK,
          () -> new Event.LongCallback(slow, called.toString(), PATIENCE, Text.stack(stack, 30)));
    } catch (Throwable failed) {
      Events.drop();
    }
  }
}
