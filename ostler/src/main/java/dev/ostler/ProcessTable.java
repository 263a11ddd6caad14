package dev.ostler;

import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * The table of all processes. Its references are weak: an idle server that is not referenced from
 * elsewhere is garbage, although it has not ended.
 *
 * <p>Any thread may use it. It is striped by id, so that processes can start in parallel.
 */
final class ProcessTable {
  /*
   * A process that was started with a link to its parent is not in the table as long as the link
   * exists: it is found among the links of its parent, which keep it alive anyway. That saves a
   * weak reference for each child of a supervisor, and the collector the work with it. Whoever
   * removes such a link, the death of the parent too, first puts the child into the table.
   */
  private static final AtomicLong IDS = new AtomicLong();

  /** How many parts {@link #part} knows. */
  static final int PARTS = 16;

  private static final Stripe[] STRIPES = new Stripe[PARTS];

  static {
    Arrays.setAll(STRIPES, i -> new Stripe());
    Events.begin(); // now: there may be no memory for it when the first process dies
  }

  private ProcessTable() {}

  static long nextId() {
    return IDS.incrementAndGet();
  }

  /** How many ids were given so far. */
  static long lastId() {
    return IDS.get();
  }

  /** See {@link Proc#enlist}. */
  static void add(Proc process) {
    STRIPES[(int) process.id() & (STRIPES.length - 1)].add(process);
  }

  /** The current processes, oldest first. Those that start or end meanwhile may be missing. */
  static List<Proc> list() {
    var found = new HashSet<Proc>();
    var parents = new ArrayDeque<Proc>();
    do { // until no child has come into the table while its parent's links were read
      parents.forEach(parent -> addChildren(parent, found));
      parents.clear();
      for (Stripe stripe : STRIPES) {
        stripe.forEach(
            process -> {
              if (found.add(process)) {
                parents.add(process);
              }
            });
      }
    } while (!parents.isEmpty());
    var all = new ArrayList<Proc>(found);
    all.removeIf(Proc::isClosed);
    all.sort((a, b) -> Long.compare(a.id(), b.id()));
    return all;
  }

  /** How many processes there are now; as {@link #list}, but it needs less memory. */
  static int count() {
    int count = 0;
    for (int i = 0; i < PARTS; i++) {
      for (Proc each : part(i)) {
        count += each.isClosed() ? 0 : 1;
      }
    }
    return count;
  }

  /** Adds all that are found by links, from this process downwards. */
  private static void addChildren(Proc ancestor, Set<Proc> found) {
    var parents = new ArrayDeque<Proc>();
    for (Proc parent = ancestor; parent != null; parent = parents.poll()) {
      forEachChild(
          parent,
          child -> {
            if (found.add(child)) {
              parents.add(child);
            }
          });
      if (parent.isClosed()) {
        parent.awaitGone(); // then the children that outlive it are in the table
      }
    }
  }

  /** The processes of one part, and those that are found by their links, in any order. */
  static List<Proc> part(int number) {
    var all = new ArrayList<Proc>();
    STRIPES[number].forEach(all::add);
    for (int i = 0; i < all.size(); i++) { // it grows
      forEachChild(
          all.get(i),
          child -> {
            if (!child.isListed()) {
              all.add(child);
            }
          });
    }
    return all;
  }

  private static void forEachChild(Proc parent, Consumer<Proc> each) {
    for (Pid peer : parent.linked()) {
      var child = (Proc) peer;
      if (child.isParent(parent)) {
        each.accept(child);
      }
    }
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

    /** Calls a consumer with those that are not gone. */
    synchronized void forEach(Consumer<Proc> each) {
      for (int i = 0; i < used; i++) {
        Proc process = references[i].get();
        if (process != null && !process.isGone()) {
          each.accept(process);
        }
      }
    }
  }
}
