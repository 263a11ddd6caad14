package dev.ostler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a registry by key.
 *
 * <p>Any thread may read it; only {@link #of} takes a lock. An entry begins and ends under its
 * process's lock, as a name does. So a process that dies meanwhile either has the entry when its
 * death frees its entries, or does not get it. Reads skip entries of dying processes, so they never
 * return a dead process.
 */
final class RegistryTable {
  /*
   * A key is the user's object: its hashCode and equals may throw, or block. They run on the thread
   * that looks up or registers, without any lock. A death must neither run them nor wait for a
   * thread that does. So the table maps the hash, which each entry remembers, to what is there:
   *
   *   a Registration       of a unique key
   *   a Group              all entries of a key that may be shared
   *   an array of either   keys that have the same hash
   *
   * A thread that registers compares the key with what it finds, and replaces all of it by one
   * compare-and-set; if that fails, it looks again. A thread that ends an entry finds it by
   * identity.
   */
  final boolean unique;

  /** The registry's own process. Once it is closed, the table is empty for all readers. */
  private final Proc owner;

  private final ConcurrentHashMap<Integer, Object> places = new ConcurrentHashMap<>();
  private final LongAdder count = new LongAdder();

  RegistryTable(boolean unique, Proc owner) {
    this.unique = unique;
    this.owner = owner;
  }

  /** All entries of one key. Ends with its last entry. */
  private static final class Group {
    final Object key;
    final Set<Registration> members = ConcurrentHashMap.newKeySet(1);

    /** Whether it has ended: then the next registration makes another. Under this object's lock. */
    boolean ended;

    Group(Registration first) {
      key = first.key;
      members.add(first);
    }

    synchronized boolean join(Registration made) {
      return !ended && members.add(made);
    }

    /** Whether the entry was a member. */
    synchronized boolean leave(Registration entry) {
      boolean left = members.remove(entry);
      ended = members.isEmpty();
      return left;
    }

    synchronized boolean hasEnded() {
      return ended;
    }
  }

  Proc owner() {
    return owner;
  }

  // --- Places ---

  private static Object[] all(@Nullable Object place) {
    if (place instanceof Object[] several) {
      return several;
    }
    return place == null ? new Object[0] : new Object[] {place};
  }

  private static Object keyOf(Object one) {
    return one instanceof Group group ? group.key : ((Registration) one).key;
  }

  /** What there is under the key; runs its equals. */
  private static @Nullable Object find(@Nullable Object place, Object key) {
    if (place == null) {
      return null;
    }
    if (!(place instanceof Object[] several)) {
      return isSame(key, keyOf(place)) ? place : null;
    }
    for (Object each : several) {
      if (isSame(key, keyOf(each))) {
        return each;
      }
    }
    return null;
  }

  private static boolean isSame(Object key, Object other) {
    return key == other || key.equals(other);
  }

  private static Object with(@Nullable Object place, Object one) {
    if (place == null) {
      return one;
    }
    Object[] before = all(place);
    Object[] more = Arrays.copyOf(before, before.length + 1);
    more[before.length] = one;
    return more;
  }

  private static @Nullable Object without(Object place, Object one) {
    Object[] left = Arrays.stream(all(place)).filter(each -> each != one).toArray();
    return switch (left.length) {
      case 0 -> null;
      case 1 -> left[0];
      default -> left;
    };
  }

  /** Puts something in the place of what was seen there, if it is there; places are identities. */
  private boolean replace(int hash, @Nullable Object seen, @Nullable Object by) {
    if (seen == null) {
      return by == null || places.putIfAbsent(hash, by) == null;
    }
    return by == null ? places.remove(hash, seen) : places.replace(hash, seen, by);
  }

  private void takeOut(int hash, Object one) {
    Object place;
    do {
      place = places.get(hash);
      if (place == null || Arrays.stream(all(place)).noneMatch(each -> each == one)) {
        return;
      }
    } while (!replace(hash, place, without(place, one)));
  }

  // --- Entries ---

  /**
   * Registers the process under the key.
   *
   * @return null; if the key is unique and another process has it, that process
   */
  @Nullable Proc add(Object key, Proc process, @Nullable Object value) {
    if (owner.isClosed()) {
      throw new NoProcessException("the registry " + Calls.describe(owner) + " has ended");
    }
    StackRoom.forStep();
    var made = new Registration(this, key, process, value);
    while (true) {
      Object place = places.get(made.hash);
      Object found = find(place, key);
      if (!unique || found == null) {
        if (enter(made, place, (Group) found)) {
          return null;
        }
      } else {
        Proc holder = ((Registration) found).process;
        if (!holder.isClosed()) {
          return holder;
        }
        holder.awaitGone(); // its death frees the key
      }
    }
  }

  /** Makes the entry, where this was seen; false if that has changed. Runs no code of the key's. */
  private boolean enter(Registration made, @Nullable Object place, @Nullable Group group) {
    Proc process = made.process;
    Aux aux = process.aux();
    synchronized (process) {
      if (process.isClosed()) {
        throw process.ended();
      }
      Object before = swept(aux.registrations);
      aux.registrations = Few.add(before, made);
      boolean entered = false;
      try {
        if (group != null) {
          entered = group.join(made);
        } else {
          entered = replace(made.hash, place, with(place, unique ? made : new Group(made)));
        }
      } finally {
        if (!entered) {
          aux.registrations = Few.remove(aux.registrations, made);
        }
      }
      if (entered) {
        count.increment();
      } else if (group != null) {
        takeOut(made.hash, group); // it has ended
      }
      return entered;
    }
  }

  /**
   * A process's entries, without those in registries that have ended, which it would keep in memory
   * as long as it lives. Looks only when there are 1, 2, 4, 8... of them, so that each costs
   * little.
   */
  private static @Nullable Object swept(@Nullable Object entries) {
    Collection<Registration> all = Few.each(entries);
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

  /** Ends the entries of a living process under a key; returns how many. */
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

  /**
   * Ends an entry, if it has not ended: its process is closed, or wants it no more. May be asked
   * again where it failed.
   */
  void drop(Registration entry) {
    for (Object each : all(places.get(entry.hash))) {
      if (each == entry) {
        takeOut(entry.hash, entry);
        count.decrement();
      } else if (each instanceof Group group) {
        if (group.leave(entry)) {
          count.decrement();
        }
        if (group.hasEnded()) {
          takeOut(entry.hash, group);
        }
      }
    }
  }

  /** The entry under a unique key, of a process that lives. */
  @Nullable Registration holder(Object key) {
    Registration entry = owner.isClosed() ? null : (Registration) find(place(key), key);
    return entry == null || entry.process.isClosed() ? null : entry;
  }

  private @Nullable Object place(Object key) {
    return places.get(key.hashCode());
  }

  /** The entries under a key, of processes that live. */
  List<Registration> under(Object key) {
    if (unique) {
      Registration holder = holder(key);
      return holder == null ? List.of() : List.of(holder);
    }
    Group group = owner.isClosed() ? null : (Group) find(place(key), key);
    return group == null ? List.of() : living(group.members);
  }

  /** All entries of processes that live. */
  List<Registration> all() {
    var all = new ArrayList<Registration>();
    if (owner.isClosed()) {
      return all;
    }
    for (Object place : places.values()) {
      for (Object each : all(place)) {
        if (each instanceof Group group) {
          all.addAll(living(group.members));
        } else if (each instanceof Registration entry && !entry.process.isClosed()) {
          all.add(entry);
        }
      }
    }
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

  /** Called when the registry has ended: its table is empty for all readers. */
  void forget() {
    places.clear();
  }

  long count() {
    return owner.isClosed() ? 0 : count.sum();
  }
}
