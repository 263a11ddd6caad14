package dev.ostler;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The processes a process is linked to, as one word: null for none, the process itself for one, a
 * set for more. Most processes have one link, to their supervisor.
 */
final class Links {
  private Links() {}

  static Object add(@Nullable Object links, Proc peer) {
    if (links == null || links == peer) {
      return peer;
    }
    if (links instanceof Proc only) {
      var set = new HashSet<Proc>();
      set.add(only);
      set.add(peer);
      return set;
    }
    set(links).add(peer);
    return links;
  }

  static @Nullable Object remove(@Nullable Object links, Proc peer) {
    if (links == null || links == peer) {
      return null;
    }
    if (!(links instanceof Proc)) {
      set(links).remove(peer);
    }
    return links;
  }

  static boolean contains(@Nullable Object links, Proc peer) {
    return links == peer || (links instanceof Set && set(links).contains(peer));
  }

  static Iterable<Proc> each(@Nullable Object links) {
    if (links == null) {
      return List.of();
    }
    return links instanceof Proc only ? List.of(only) : set(links);
  }

  @SuppressWarnings("unchecked")
  private static Set<Proc> set(Object links) {
    return (Set<Proc>) links;
  }
}
