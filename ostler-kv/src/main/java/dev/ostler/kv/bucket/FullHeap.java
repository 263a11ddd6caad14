package dev.ostler.kv.bucket;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * What parts of the store do that must go on although there is no memory just now. Any thread.
 *
 * <p>Nothing here fails: to say that memory is short takes memory, too.
 */
public final class FullHeap {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** It is said once in so long, however often it happens. */
  private static final long SAY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final AtomicLong SAY_AT = new AtomicLong(System.nanoTime());

  private FullHeap() {}

  /** Logs that something failed for want of memory, if that can be done, and was not just done. */
  public static void log(String what, VirtualMachineError why) {
    try {
      long now = System.nanoTime();
      long at = SAY_AT.get();
      if (now - at >= 0 && SAY_AT.compareAndSet(at, now + SAY_NANOS)) {
        LOG.log(Level.WARNING, what + ": " + why);
      }
    } catch (OutOfMemoryError e) {
      // There is not even memory for that.
    }
  }

  /**
   * Waits a moment, in which others may give memory back. A virtual thread does not sleep: the JDK
   * loses one that sleeps while there is no memory for its timer.
   */
  @SuppressWarnings("ThreadPriorityCheck") // see above
  public static void pause() {
    if (!Thread.currentThread().isVirtual()) {
      LockSupport.parkNanos(PAUSE_NANOS);
      return;
    }
    long end = System.nanoTime() + PAUSE_NANOS;
    while (System.nanoTime() - end < 0) {
      Thread.yield();
    }
  }
}
