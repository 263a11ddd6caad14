package dev.ostler;

import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Lets all that takes part in a report fail now and then, until it is closed: the log's handler, a
 * subscriber of events, and code of users that calls {@link #failNowAndThen}. It throws, or it
 * blocks: for a while, or until the close. Any thread may use it.
 *
 * <p>There is one at a time: a test that uses it holds the resource lock {@value SlowDeath#LOCK}.
 */
final class FailingReports implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger("dev.ostler");
  private static final int STEPS_BLOCKED = 200;
  private static final int FOR_GOOD_ONE_IN = 500;

  private final MemberSystem system;
  private final LongAdder injected = new LongAdder();
  private final LongAdder steps = new LongAdder();
  private final AtomicReference<CountDownLatch> soon = new AtomicReference<>(new CountDownLatch(1));
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Handler handler = new FailingLog();
  private final boolean wasInherited = LOG.getUseParentHandlers();
  private final Events.Subscription subscription;

  FailingReports(MemberSystem system) {
    this.system = system;
    LOG.setUseParentHandlers(false); // thousands of crashes are no news
    LOG.addHandler(handler);
    subscription = Events.subscribe(this::accept);
  }

  /** A driver has done one more step: what has blocked for a while goes on. */
  void step() {
    steps.increment();
    if (steps.sum() % STEPS_BLOCKED == 0) {
      soon.getAndSet(new CountDownLatch(1)).countDown();
    }
  }

  /** How often something threw or blocked. */
  long injected() {
    return injected.sum();
  }

  /** Called by code that takes part in a report. */
  void failNowAndThen() {
    if (closed.getCount() == 0) {
      return;
    }
    var random = ThreadLocalRandom.current();
    switch (random.nextInt(10)) {
      case 0 -> throw injected(new IllegalStateException("injected"));
      case 1 -> throw injected(new AssertionError("injected"));
      case 2 -> throw injected(new OutOfMemoryError("injected"));
      case 3 -> throw injected(new StackOverflowError("injected"));
      case 4 -> {
        injected.increment();
        boolean forGood = random.nextInt(FOR_GOOD_ONE_IN) == 0;
        block(forGood ? closed : Objects.requireNonNull(soon.get()), random.nextBoolean());
      }
      default -> {}
    }
  }

  private <T extends Throwable> T injected(T failure) {
    injected.increment();
    return failure;
  }

  private static void block(CountDownLatch until, boolean listens) {
    while (true) {
      try {
        until.await();
        return;
      } catch (InterruptedException e) {
        if (listens) {
          return;
        }
      }
    }
  }

  private void accept(Event event) {
    if (event instanceof CrashReport crash && crash.pid().isAlive()) {
      system.wrong(() -> crash.pid() + " lives, and its crash is reported");
    }
    if (event instanceof Event.Ended ended && ended.pid().isAlive()) {
      system.wrong(() -> ended.pid() + " lives, and its end is reported");
    }
    failNowAndThen();
  }

  /** From now on nothing fails, and what blocked goes on. */
  @Override
  public void close() {
    closed.countDown();
    soon.get().countDown();
    subscription.close();
    LOG.removeHandler(handler);
    LOG.setUseParentHandlers(wasInherited);
  }

  private final class FailingLog extends Handler {
    @Override
    public void publish(LogRecord record) {
      failNowAndThen();
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
