package dev.ostler;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * All processes, without keeping any from the collector: an idle server that nobody can reach is
 * garbage, though it has not ended.
 *
 * <p>Any thread may use it. Striped by id, so that processes start in parallel.
 */
final class ProcessTable {
  private static final AtomicLong IDS = new AtomicLong();
  private static final Stripe[] STRIPES = new Stripe[16];

  static {
    Arrays.setAll(STRIPES, i -> new Stripe());
  }

  private ProcessTable() {}

  static long nextId() {
    return IDS.incrementAndGet();
  }

  private static Stripe stripe(Proc process) {
    return STRIPES[(int) process.id & STRIPES.length - 1];
  }

  static void add(Proc process) {
    stripe(process).add(process);
  }

  static void remove(Proc process) {
    stripe(process).remove(process);
  }

  /**
   * The processes there are now, oldest first; those that start or end meanwhile may be missing.
   */
  static List<Proc> list() {
    var all = new ArrayList<Proc>();
    for (Stripe stripe : STRIPES) {
      stripe.addTo(all);
    }
    all.sort((a, b) -> Long.compare(a.id, b.id));
    return all;
  }

  private static final class Slot extends WeakReference<Proc> {
    final int index;

    Slot(Proc process, ReferenceQueue<Proc> collected, int index) {
      super(process, collected);
      this.index = index;
    }
  }

  /** Slots in an array; the free ones are a stack of indices. */
  private static final class Stripe {
    private final ReferenceQueue<Proc> collected = new ReferenceQueue<>();
    private @Nullable Slot[] slots = new Slot[16];
    private int[] free = new int[16];
    private int freeCount;
    private int used;

    synchronized void add(Proc process) {
      reclaim();
      int index = freeCount > 0 ? free[--freeCount] : used++;
      if (index == slots.length) {
        slots = Arrays.copyOf(slots, index * 2);
      }
      slots[index] = new Slot(process, collected, index);
      process.slot = index;
    }

    synchronized void remove(Proc process) {
      if (process.slot >= 0) {
        release(process.slot);
        process.slot = -1;
      }
    }

    private void reclaim() {
      for (Reference<? extends Proc> gone = collected.poll();
          gone != null;
          gone = collected.poll()) {
        int index = ((Slot) gone).index;
        if (slots[index] == gone) {
          release(index);
        }
      }
    }

    private void release(int index) {
      Slot slot = slots[index];
      if (slot != null) {
        slot.clear();
      }
      slots[index] = null;
      if (freeCount == free.length) {
        free = Arrays.copyOf(free, freeCount * 2);
      }
      free[freeCount++] = index;
    }

    synchronized void addTo(List<Proc> all) {
      for (int i = 0; i < used; i++) {
        Slot slot = slots[i];
        Proc process = slot == null ? null : slot.get();
        if (process != null && !process.isClosed()) {
          all.add(process);
        }
      }
    }
  }
}
