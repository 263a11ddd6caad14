package dev.ostler;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The table of all processes. Its references are weak: an idle server that is not referenced from
 * elsewhere is garbage, although it has not ended.
 *
 * <p>Any thread may use it. It is striped by id, so that processes can start in parallel.
 */
final class ProcessTable {
  private static final AtomicLong IDS = new AtomicLong();
  private static final Stripe[] STRIPES = new Stripe[16];

  static {
    Arrays.setAll(STRIPES, i -> new Stripe());
    Events.begin(); // now: there may be no memory for it when the first process dies
  }

  private ProcessTable() {}

  static long nextId() {
    return IDS.incrementAndGet();
  }

  static void add(Proc process) {
    STRIPES[(int) process.id() & (STRIPES.length - 1)].add(process);
  }

  /** The current processes, oldest first. Those that start or end meanwhile may be missing. */
  static List<Proc> list() {
    var all = new ArrayList<Proc>();
    for (Stripe stripe : STRIPES) {
      stripe.addTo(all);
    }
    all.sort((a, b) -> Long.compare(a.id(), b.id()));
    return all;
  }

  /** How many processes there are now. */
  static int count() {
    int count = 0;
    for (Stripe stripe : STRIPES) {
      count += stripe.count();
    }
    return count;
  }

  /** References in an array, which grows only if too few of them are cleared. */
  private static final class Stripe {
    private WeakReference<Proc>[] references = array(16);
    private int used;

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static WeakReference<Proc>[] array(int length) {
      return new WeakReference[length];
    }

    synchronized void add(Proc process) {
      if (used == references.length) {
        sweep();
      }
      references[used++] = new WeakReference<>(process);
    }

    private void sweep() {
      int kept = 0;
      for (WeakReference<Proc> each : references) {
        if (!each.refersTo(null)) {
          references[kept++] = each;
        }
      }
      used = kept;
      int length = kept > references.length / 2 ? references.length * 2 : references.length;
      WeakReference<Proc>[] swept = array(length);
      System.arraycopy(references, 0, swept, 0, kept);
      references = swept;
    }

    synchronized int count() {
      int count = 0;
      for (int i = 0; i < used; i++) {
        Proc process = references[i].get();
        if (process != null && !process.isClosed()) {
          count++;
        }
      }
      return count;
    }

    synchronized void addTo(List<Proc> all) {
      for (int i = 0; i < used; i++) {
        Proc process = references[i].get();
        if (process != null && !process.isClosed()) {
          all.add(process);
        }
      }
    }
  }
}
