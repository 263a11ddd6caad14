package dev.ostler.kv.lua.vm;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A table: values by keys, and perhaps a metatable. Its methods know no metatables.
 *
 * <p>The values of the keys 1, 2, 3 and so on are in an array. The others are in a hash table with
 * open addressing, which holds indexes into arrays of keys and values in the order of their
 * insertion: so {@link #next} has the same order in each run. A removed key stays until the arrays
 * are made anew, so that a traversal may remove what it meets.
 */
@SuppressWarnings("OperatorPrecedence") // bits and ranges are shorter so
public final class LuaTable {
  private static final Object[] NOTHING = new Object[0];

  /** Approximate memory of an empty one, and of one value in its array and in its hash table. */
  static final int BYTES = 64;

  private static final int SLOT_BYTES = 20;
  private static final int NODE_BYTES = 40;

  private final Meter meter;
  private @Nullable Object[] array = NOTHING;
  private int size; // of the array, as far as it is used; it may hold nil
  private @Nullable Object[] keys = NOTHING;
  private @Nullable Object[] values = NOTHING;
  private int used; // of keys and values
  private int[] index = {}; // a power of two long, at most half full; 0: free, else index + 1
  private @Nullable LuaTable metatable;
  private boolean readOnly;
  int mark; // see Marking

  /** An empty table, whose memory this meter counts. */
  public LuaTable(Meter meter) {
    meter.allocate(BYTES);
    this.meter = meter;
  }

  /** An empty table with room for so many values in its array. */
  public LuaTable(Meter meter, int slots) {
    this(meter);
    if (slots > 0) {
      meter.allocate((long) slots * SLOT_BYTES);
      array = new Object[slots];
    }
  }

  public @Nullable LuaTable metatable() {
    return metatable;
  }

  public void metatable(@Nullable LuaTable newMetatable) {
    expectWritable();
    metatable = newMetatable;
  }

  /** Refuses changes from now on, or allows them again. */
  public void readOnly(boolean refuses) {
    readOnly = refuses;
  }

  public boolean isReadOnly() {
    return readOnly;
  }

  private void expectWritable() {
    if (readOnly) {
      throw LuaError.unplaced("Attempt to modify a readonly table");
    }
  }

  // --- Reading

  public @Nullable Object get(@Nullable Object key) {
    if (key instanceof Double number) {
      double value = number;
      int place = (int) value;
      if (place == value && place > 0 && place <= size) {
        return array[place - 1];
      }
    }
    int found = find(key);
    return found < 0 ? null : values[found];
  }

  public @Nullable Object get(String key) {
    int found = find(key);
    return found < 0 ? null : values[found];
  }

  public @Nullable Object get(int place) {
    if (place > 0 && place <= size) {
      return array[place - 1];
    }
    return used == 0 ? null : get((Object) (double) place);
  }

  /** The place of a key among those in the hash table; -1 if it is not there. */
  private int find(@Nullable Object key) {
    if (used == 0 || key == null) {
      return -1;
    }
    int mask = index.length - 1;
    for (int at = hash(key) & mask; index[at] != 0; at = at + 1 & mask) {
      int place = index[at] - 1;
      if (same(keys[place], key)) {
        return place;
      }
    }
    return -1;
  }

  private static boolean same(@Nullable Object one, Object other) {
    return one == other
        || one instanceof String && one.equals(other)
        || one instanceof Double a
            && other instanceof Double b
            && a.doubleValue() == b.doubleValue();
  }

  private static int hash(Object key) {
    int hash =
        key instanceof Double number
            ? Double.hashCode(number + 0.0) // 0 and -0 are one key
            : key.hashCode();
    return (hash ^ hash >>> 16) * 0x9E3779B9 >>> 7;
  }

  /** A border: an index with a value, whose successor has none. */
  public int length() {
    if (size > 0 && array[size - 1] == null) {
      int low = 0;
      int high = size;
      while (high - low > 1) {
        int middle = (low + high) >>> 1;
        if (array[middle - 1] == null) {
          high = middle;
        } else {
          low = middle;
        }
      }
      return low;
    }
    return size;
  }

  /** Whether it has no values at all. */
  public boolean isEmpty() {
    return next(0) == 0;
  }

  /**
   * The cursor of the entry behind the one of this key, for {@link #next}.
   *
   * @param key null for the first entry
   * @throws LuaError if there is no such key
   */
  public int cursor(@Nullable Object key) {
    if (key == null) {
      return 0;
    }
    if (key instanceof Double number) {
      double value = number;
      int place = (int) value;
      if (place == value && place > 0 && place <= size) {
        return place;
      }
    }
    int found = find(key);
    if (found < 0) {
      throw LuaError.unplaced("invalid key to 'next'");
    }
    return size + found + 1;
  }

  /** The cursor of the first entry that is not nil behind this cursor; 0 if there is none. */
  public int next(int cursor) {
    int at = cursor;
    while (at < size) {
      if (array[at++] != null) {
        return at;
      }
    }
    while (at - size < used) {
      if (values[at++ - size] != null) {
        return at;
      }
    }
    return 0;
  }

  /** The key at a cursor that {@link #next} has returned. */
  public Object key(int cursor) {
    return cursor <= size
        ? (Object) (double) cursor
        : Objects.requireNonNull(keys[cursor - size - 1]);
  }

  /** The value at a cursor that {@link #next} has returned. */
  public Object value(int cursor) {
    return Objects.requireNonNull(cursor <= size ? array[cursor - 1] : values[cursor - size - 1]);
  }

  // --- Writing

  /**
   * Sets the value of a key.
   *
   * @throws LuaError if the key is nil or no number, or the table is read-only
   */
  public void put(@Nullable Object key, @Nullable Object value) {
    expectWritable();
    if (key instanceof Double number) {
      double real = number;
      int place = (int) real;
      if (place == real && place > 0 && place <= size + 1) {
        putAt(place, value);
        return;
      }
      if (Double.isNaN(real)) {
        throw LuaError.unplaced("table index is NaN");
      }
    } else if (key == null) {
      throw LuaError.unplaced("table index is nil");
    }
    putInHash(key, value);
  }

  public void put(int place, @Nullable Object value) {
    if (place > 0 && place <= size + 1) {
      expectWritable();
      putAt(place, value);
    } else {
      put((Object) (double) place, value);
    }
  }

  /** Adds a value behind the last one. */
  public void add(Object value) {
    put(length() + 1, value);
  }

  private void putAt(int place, @Nullable Object value) {
    if (place <= size) {
      array[place - 1] = value;
      return;
    }
    if (used > 0) { // the key may be in the hash table
      int found = find((double) place);
      if (found >= 0) {
        values[found] = null;
      }
    }
    if (value == null) {
      return;
    }
    if (size == array.length) {
      grow(size < 4 ? 4 : size * 2);
    }
    array[size++] = value;
    if (used > 0) {
      moveToArray();
    }
  }

  private void grow(int slots) {
    meter.allocate((long) (slots - array.length) * SLOT_BYTES);
    array = Arrays.copyOf(array, slots);
  }

  /** Moves the values of the next keys from the hash table into the array. */
  private void moveToArray() {
    for (int found = find((double) (size + 1)); found >= 0; found = find((double) (size + 1))) {
      Object value = values[found];
      if (value == null) {
        return;
      }
      values[found] = null;
      if (size == array.length) {
        grow(size * 2);
      }
      array[size++] = value;
    }
  }

  /** Sets the values from this place on, some of which may be nil. */
  void putAll(int from, @Nullable Object[] list, int first, int count) {
    if (from != size + 1) {
      for (int i = 0; i < count; i++) {
        put(from + i, list[first + i]);
      }
      return;
    }
    for (int i = 0; i < count && used > 0; i++) {
      int found = find((double) (from + i));
      if (found >= 0) {
        values[found] = null;
      }
    }
    if (array.length < size + count) {
      grow(size + count);
    }
    System.arraycopy(list, first, array, size, count);
    size += count;
    if (used > 0) {
      moveToArray();
    }
  }

  private void putInHash(Object key, @Nullable Object value) {
    int found = find(key);
    if (found >= 0) {
      values[found] = value;
      return;
    }
    if (value == null) {
      return;
    }
    if (used == keys.length) {
      rebuild();
    }
    keys[used] = key instanceof Double number ? (Object) (number + 0.0) : key;
    values[used] = value;
    used++;
    enter(used - 1, key);
  }

  private void enter(int place, Object key) {
    int mask = index.length - 1;
    int at = hash(key) & mask;
    while (index[at] != 0) {
      at = at + 1 & mask;
    }
    index[at] = place + 1;
  }

  /** Makes room for more keys, and drops the removed ones. */
  private void rebuild() {
    int living = 0;
    for (int i = 0; i < used; i++) {
      living += values[i] == null ? 0 : 1;
    }
    int room = Math.max(4, Integer.highestOneBit(Math.max(1, living)) * 2);
    meter.allocate((long) room * NODE_BYTES);
    @Nullable Object[] oldKeys = keys;
    @Nullable Object[] oldValues = values;
    int old = used;
    keys = new Object[room];
    values = new Object[room];
    index = new int[room * 2];
    used = 0;
    for (int i = 0; i < old; i++) {
      Object value = oldValues[i];
      if (value != null) {
        Object key = Objects.requireNonNull(oldKeys[i]);
        keys[used] = key;
        values[used] = value;
        used++;
        enter(used - 1, key);
      }
    }
  }

  // --- For others of this package

  /** The memory that it takes, without that of its keys and values. */
  long bytes() {
    return BYTES + (long) array.length * SLOT_BYTES + (long) keys.length * NODE_BYTES;
  }

  void mark(Marking marking) {
    marking.reached(metatable);
    for (int i = 0; i < size; i++) {
      marking.reached(array[i]);
    }
    for (int i = 0; i < used; i++) {
      if (values[i] != null) {
        marking.reached(keys[i]);
        marking.reached(values[i]);
      }
    }
  }
}
