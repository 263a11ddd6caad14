package dev.ostler;

import java.util.AbstractCollection;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A hash table of keys that are equal only to themselves, each with a value. It is also the
 * collection of its keys, in the order in which they were added.
 *
 * <p>Used by one thread at a time. What throws has changed nothing. {@link #remove} needs no
 * memory. An iteration while keys are added is not supported.
 */
final class IdentityTable<K, V> extends AbstractCollection<K> {
  /*
   * The keys are in one array, in order. A hash index with linear probing has the place of each
   * key, plus one. A removed key leaves an empty place, which the index still points to, until the
   * keys are packed. So a key takes 9 to 12 bytes; one of java.util.LinkedHashMap takes 40.
   *
   * Most tables have one value for all keys. An array of values is made for the first that differs.
   */
  private static final int SMALLEST = 4;

  private @Nullable Object[] keys = new Object[SMALLEST];
  private int[] index = index(SMALLEST);
  private @Nullable Object[] values = new Object[0]; // empty: all keys have the common value
  private @Nullable Object common;
  private int used; // places, with those that are empty
  private int size;

  @Override
  public int size() {
    return size;
  }

  /** An index for so many keys. A quarter of it stays free, at least. */
  private static int[] index(int room) {
    return new int[room + room / 3 + 1];
  }

  /** Where the search for a key begins. Fibonacci hashing spreads consecutive hash codes. */
  private static int start(int[] index, Object key) {
    long spread = Integer.toUnsignedLong(0x9E3779B9 * key.hashCode());
    return (int) ((spread * index.length) >>> Integer.SIZE);
  }

  /** Where the search goes on. */
  private static int next(int[] index, int slot) {
    return slot + 1 == index.length ? 0 : slot + 1;
  }

  /** The place of a key; -1 if it is not there. */
  private int place(@Nullable Object key) {
    if (key == null) {
      return -1;
    }
    for (int slot = start(index, key); index[slot] != 0; slot = next(index, slot)) {
      int place = index[slot] - 1;
      if (keys[place] == key) {
        return place;
      }
    }
    return -1;
  }

  @Override
  public boolean contains(@Nullable Object key) {
    return place(key) >= 0;
  }

  /** The value of a key; null if it is not there. */
  @Nullable V get(Object key) {
    int place = place(key);
    return place < 0 ? null : value(place);
  }

  @SuppressWarnings("unchecked")
  private @Nullable V value(int place) {
    return (V) (values.length == 0 ? common : values[place]);
  }

  /** Adds a key, or gives one that is there another value. */
  void put(K key, V value) {
    int known = place(key);
    if (known >= 0) {
      set(known, value);
      return;
    }
    if (used == keys.length) {
      pack();
    }
    if (size == 0 && values.length == 0) {
      common = value;
    }
    set(used, value);
    enter(index, key, used);
    keys[used] = key;
    used++;
    size++;
  }

  private void set(int place, V value) {
    if (values.length == 0) {
      if (value == common) {
        return;
      }
      @Nullable Object[] each = new @Nullable Object[keys.length];
      Arrays.fill(each, 0, used, common);
      values = each;
    }
    values[place] = value;
  }

  private static void enter(int[] index, Object key, int place) {
    int slot = start(index, key);
    while (index[slot] != 0) {
      slot = next(index, slot);
    }
    index[slot] = place + 1;
  }

  /** Moves the keys to the beginning of new arrays, which have room for more. */
  private void pack() {
    int room = Math.max(SMALLEST, size + (size >> 2) + 2);
    @Nullable Object[] packed = new @Nullable Object[room];
    @Nullable Object[] packedValues = new @Nullable Object[values.length == 0 ? 0 : room];
    int[] packedIndex = index(room);
    int place = 0;
    for (int from = 0; from < used; from++) {
      Object key = keys[from];
      if (key != null) {
        packed[place] = key;
        if (values.length > 0) {
          packedValues[place] = values[from];
        }
        enter(packedIndex, key, place);
        place++;
      }
    }
    keys = packed;
    values = packedValues;
    index = packedIndex;
    used = place;
  }

  /** Removes a key; false if it was not there. */
  @Override
  public boolean remove(@Nullable Object key) {
    int place = place(key);
    if (place < 0) {
      return false;
    }
    keys[place] = null;
    if (values.length > 0) {
      values[place] = null;
    }
    size--;
    if (size == 0) {
      common = null;
    }
    return true;
  }

  @Override
  public Iterator<K> iterator() {
    return new Iterator<>() {
      private int next = after(0);

      private int after(int place) {
        int found = place;
        while (found < used && keys[found] == null) {
          found++;
        }
        return found;
      }

      @Override
      public boolean hasNext() {
        return next < used;
      }

      @Override
      @SuppressWarnings("unchecked")
      public K next() {
        Object key = next < used ? keys[next] : null;
        if (key == null) {
          throw new NoSuchElementException();
        }
        next = after(next + 1);
        return (K) key;
      }
    };
  }
}
