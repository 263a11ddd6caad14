package dev.ostler.kv.bucket;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Logs and waits for parts of the store that must continue although the heap is full just now. Any
 * thread may use it. Nothing here fails, although to log takes memory, too.
 */
public final class FullHeap {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** At most one message is logged in this time. */
  private static final long SAY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final AtomicLong SAY_AT = new AtomicLong(System.nanoTime());

  private FullHeap() {}

  /** Loads this class. To load it takes memory, so whoever may need it later calls this first. */
  public static void prepare() {}

  /**
   * Logs that something failed, if that is possible and was not just done. Mostly it was for lack
   * of memory; for another reason, logs the stack, too.
   */
  public static void log(String what, Throwable why) {
    try {
      long now = System.nanoTime();
      long at = SAY_AT.get();
      if (now - at >= 0 && SAY_AT.compareAndSet(at, now + SAY_NANOS)) {
        if (why instanceof VirtualMachineError) {
          LOG.log(Level.WARNING, what + ": " + why);
        } else {
          LOG.log(Level.ERROR, what, why);
        }
      }
    } catch (RuntimeException | Error e) {
      // Mostly, there is no memory even for that.
    }
  }

  /**
   * Waits a moment, in which other threads may free memory. A virtual thread yields instead of
   * parking: the JDK loses a parked virtual thread if there is no memory for its timer.
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
