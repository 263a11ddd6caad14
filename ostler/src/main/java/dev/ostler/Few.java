package dev.ostler;

import java.util.Collection;
import java.util.List;
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
    if (few instanceof IdentityTable) {
      set(few).put(item, true);
      return few;
    }
    var set = new IdentityTable<Object, Boolean>();
    set.put(few, true);
    set.put(item, true);
    return set;
  }

  static @Nullable Object remove(@Nullable Object few, Object item) {
    if (few == null || few == item) {
      return null;
    }
    if (few instanceof IdentityTable) {
      set(few).remove(item);
    }
    return few;
  }

  static boolean contains(@Nullable Object few, Object item) {
    return few == item || (few instanceof IdentityTable && set(few).contains(item));
  }

  /**
   * The items, which are all of one type. This may be the set itself: do not change it meanwhile.
   */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  static <T> Collection<T> each(@Nullable Object few) {
    if (few == null) {
      return List.of();
    }
    return few instanceof IdentityTable ? (Collection<T>) few : List.of((T) few);
  }

  @SuppressWarnings("unchecked")
  private static IdentityTable<Object, Boolean> set(Object few) {
    return (IdentityTable<Object, Boolean>) few;
  }
}
