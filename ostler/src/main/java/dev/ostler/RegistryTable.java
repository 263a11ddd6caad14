package dev.ostler;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who is registered under which key.
 *
 * <p>Any thread may read, without locks but for {@link #of}. An entry is made and ended under its
 * process's lock, as a name is: a process that dies meanwhile either has it when its death frees
 * all it has, or does not get it. Entries of the dying are passed over, so no look finds a dead
 * process.
 */
final class RegistryTable {
  final boolean unique;

  /** The registry's own process; once it is closed, the table is empty for all who look. */
  private final Proc owner;

  private final ConcurrentHashMap<Object, Registration> holders = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Object, Set<Registration>> groups = new ConcurrentHashMap<>();
  private final LongAdder count = new LongAdder();

  RegistryTable(boolean unique, Proc owner) {
    this.unique = unique;
    this.owner = owner;
  }

  Proc owner() {
    return owner;
  }

  /**
   * Registers the process under the key.
   *
   * @return null; who has the key, if it is unique and another has it
   */
  @Nullable Proc add(Object key, Proc process, @Nullable Object value) {
    if (owner.isClosed()) {
      throw new NoProcessException("the registry " + Calls.describe(owner) + " has ended");
    }
    var made = new Registration(this, key, process, value);
    Aux aux = process.aux();
    while (true) {
      Registration holder;
      synchronized (process) {
        if (process.isClosed()) {
          throw process.ended();
        }
        holder = unique ? holders.putIfAbsent(key, made) : join(made);
        if (holder == null) {
          aux.registrations = Few.add(swept(aux.registrations), made);
          count.increment();
          return null;
        }
      }
      if (!holder.process.isClosed()) {
        return holder.process;
      }
      holder.process.awaitGone(); // its death frees the key
    }
  }

  /**
   * A process's entries, without those in registries that have ended, which it would keep in memory
   * as long as it lives. Looks only when there are 1, 2, 4, 8... of them, so that each costs
   * little.
   */
  private static @Nullable Object swept(@Nullable Object entries) {
    var all = (Collection<Registration>) Few.<Registration>each(entries);
    if (Integer.bitCount(all.size()) != 1) {
      return entries;
    }
    Object left = entries;
    for (Registration each : List.copyOf(all)) {
      if (each.table.owner.isClosed()) {
        left = Few.remove(left, each);
      }
    }
    return left;
  }

  private @Nullable Registration join(Registration made) {
    groups.compute(
        made.key,
        (key, group) -> {
          Set<Registration> joined = group == null ? ConcurrentHashMap.newKeySet(1) : group;
          joined.add(made);
          return joined;
        });
    return null;
  }

  /** Ends the entries of a living process under a key; gives how many. */
  int remove(Object key, Proc process, Predicate<Registration> which) {
    Aux aux = process.aux();
    int removed = 0;
    for (Registration each : under(key)) {
      if (each.process == process && which.test(each)) {
        synchronized (process) {
          if (Few.contains(aux.registrations, each)) {
            aux.registrations = Few.remove(aux.registrations, each);
            drop(each);
            removed++;
          }
        }
      }
    }
    return removed;
  }

  /** Ends an entry: its process is closed, or wants it no more. */
  void drop(Registration entry) {
    if (unique) {
      holders.remove(entry.key, entry);
    } else {
      groups.computeIfPresent(
          entry.key,
          (key, group) -> {
            group.remove(entry);
            return group.isEmpty() ? null : group;
          });
    }
    count.decrement();
  }

  /** The entry under a unique key, of a process that lives. */
  @Nullable Registration holder(Object key) {
    Registration entry = owner.isClosed() ? null : holders.get(key);
    return entry == null || entry.process.isClosed() ? null : entry;
  }

  /** The entries under a key, of processes that live. */
  List<Registration> under(Object key) {
    if (unique) {
      Registration holder = holder(key);
      return holder == null ? List.of() : List.of(holder);
    }
    return owner.isClosed() ? List.of() : living(groups.getOrDefault(key, Set.of()));
  }

  /** All entries of processes that live. */
  List<Registration> all() {
    if (owner.isClosed()) {
      return List.of();
    }
    if (unique) {
      return living(holders.values());
    }
    var all = new ArrayList<Registration>();
    groups.values().forEach(group -> all.addAll(living(group)));
    return all;
  }

  private static List<Registration> living(Collection<Registration> entries) {
    var living = new ArrayList<Registration>(entries.size());
    for (Registration each : entries) {
      if (!each.process.isClosed()) {
        living.add(each);
      }
    }
    return living;
  }

  /** The entries of one process. */
  List<Registration> of(Proc process) {
    Aux aux = process.peekAux();
    if (aux == null || owner.isClosed()) {
      return List.of();
    }
    var mine = new ArrayList<Registration>();
    synchronized (process) {
      for (Registration each : Few.<Registration>each(aux.registrations)) {
        if (each.table == this) {
          mine.add(each);
        }
      }
    }
    return mine;
  }

  /** The registry has ended, and its table is empty for all who look. */
  void forget() {
    holders.clear();
    groups.clear();
  }

  long count() {
    return owner.isClosed() ? 0 : count.sum();
  }
}
