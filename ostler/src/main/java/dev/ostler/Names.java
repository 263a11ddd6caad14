package dev.ostler;

import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The names of processes.
 *
 * <p>Any thread may use it. A name is claimed under its process's lock. So a process that dies
 * meanwhile either has the name when its death frees its names, or does not get it.
 */
final class Names {
  private static final ConcurrentHashMap<Name<?>, Proc> TABLE = new ConcurrentHashMap<>();

  private Names() {}

  /** The process that has the name, never one that is dead or dying; null if none has it. */
  static @Nullable Proc whereis(Name<?> name) {
    Proc holder = TABLE.get(name);
    return holder == null || holder.isClosed() ? null : holder;
  }

  /**
   * Gives the process the name.
   *
   * @return null; if another process has the name, that process
   * @throws IllegalArgumentException if the process is dead or has a name
   */
  static @Nullable Proc claim(Name<?> name, Proc process) {
    Aux aux = process.aux();
    while (true) {
      Proc holder;
      synchronized (process) {
        if (process.isClosed()) {
          throw new IllegalArgumentException(
              "cannot register " + process + " as " + name + ": it has ended");
        }
        if (aux.name != null) {
          throw new IllegalArgumentException(
              "cannot register " + process + " as " + name + ": it is " + aux.name + " already");
        }
        holder = TABLE.putIfAbsent(name, process);
        if (holder == null) {
          aux.name = name;
          return null;
        }
      }
      if (!holder.isClosed()) {
        return holder;
      }
      holder.awaitGone(); // its death frees the name
    }
  }

  /** Takes the name from the process that has it; false if none has. */
  static boolean release(Name<?> name) {
    Proc holder = whereis(name);
    if (holder == null) {
      return false;
    }
    synchronized (holder) {
      Aux aux = holder.aux();
      if (holder.isClosed() || !name.equals(aux.name)) {
        return false;
      }
      aux.name = null;
      return TABLE.remove(name, holder);
    }
  }

  /** The process is dead. */
  static void free(Name<?> name, Proc dead) {
    TABLE.remove(name, dead);
  }
}
