package dev.ostler;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A set of objects compared by identity, in one reference: null for none, the object itself for
 * one, a set in insertion order for more. Most processes have one link, to their supervisor, and
 * one registration.
 */
final class Few {
  private Few() {}

  static Object add(@Nullable Object few, Object item) {
    if (few == null || few == item) {
      return item;
    }
    if (few instanceof Set) {
      set(few).add(item);
      return few;
    }
    Set<Object> set = new LinkedHashSet<>(4);
    set.add(few);
    set.add(item);
    return set;
  }

  static @Nullable Object remove(@Nullable Object few, Object item) {
    if (few == null || few == item) {
      return null;
    }
    if (few instanceof Set) {
      set(few).remove(item);
    }
    return few;
  }

  static boolean contains(@Nullable Object few, Object item) {
    return few == item || (few instanceof Set && set(few).contains(item));
  }

  /**
   * The items, which are all of one type. This may be the set itself: do not change it meanwhile.
   */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  static <T> Iterable<T> each(@Nullable Object few) {
    if (few == null) {
      return List.of();
    }
    return few instanceof Set ? (Set<T>) few : List.of((T) few);
  }

  @SuppressWarnings("unchecked")
  private static Set<Object> set(Object few) {
    return (Set<Object>) few;
  }
}
