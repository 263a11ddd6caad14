package dev.ostler.kv;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A hash table from byte strings to values that can be gone through piece by piece while it
 * changes.
 *
 * <p>One thread at a time may change it: a bucket's process, or the holder of a lock. Any thread may
 * read: a reader sees each entry that was there before it began and is not removed meanwhile.
 */
final class Dict<V> {
  /*
   * The table's size is a power of two, and a slot is a chain. Chains are never changed in the
   * middle but by unlinking a node, and a node keeps its next when it is unlinked, so that a reader
   * on it finds the rest. A new table has new nodes.
   *
   * The cursor of a scan counts through the slots with its bits reversed (Pieter Noordhuis, for
   * Redis): the slots that a slot becomes when the table doubles follow one another in that order,
   * so that a scan that goes on in a larger or smaller table misses none, and meets few twice.
   */
  private static final int SMALLEST = 4;

  /** The slots of a table; written with release, for readers on other threads. */
  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Node[].class);

  private static final class Node<V> {
    final String key;
    final int hash;
    volatile V value;
    volatile @Nullable Node<V> next;

    Node(String key, int hash, V value, @Nullable Node<V> next) {
      this.key = key;
      this.hash = hash;
      this.value = value;
      this.next = next;
    }
  }

  private volatile @Nullable Node<V>[] slots = table(SMALLEST);
  private volatile int size;

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static <V> @Nullable Node<V>[] table(int length) {
    return new Node[length];
  }

  @SuppressWarnings("unchecked")
  private static <V> @Nullable Node<V> first(@Nullable Node<V>[] table, int slot) {
    return (Node<V>) SLOT.getAcquire(table, slot);
  }

  private static int hash(String key) {
    int hash = key.hashCode() * 0x9E3779B9; // short keys differ in their low bits only
    return hash ^ hash >>> 16;
  }

  int size() {
    return size;
  }

  @Nullable V get(String key) {
    Node<V> node = find(key, hash(key));
    return node == null ? null : node.value;
  }

  private @Nullable Node<V> find(String key, int hash) {
    @Nullable Node<V>[] table = slots;
    for (Node<V> node = first(table, hash & table.length - 1); node != null; node = node.next) {
      if (node.hash == hash && node.key.equals(key)) {
        return node;
      }
    }
    return null;
  }

  /** Gives the key this value; the one it had, or null. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  @Nullable V put(String key, V value) {
    int hash = hash(key);
    Node<V> known = find(key, hash);
    if (known != null) {
      V before = known.value;
      known.value = value;
      return before;
    }
    if (size >= slots.length) {
      resize(slots.length * 2);
    }
    @Nullable Node<V>[] table = slots;
    int slot = hash & table.length - 1;
    SLOT.setRelease(table, slot, new Node<>(key, hash, value, table[slot]));
    size++;
    return null;
  }

  /** Takes the key away; the value it had, or null. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  @Nullable V remove(String key) {
    int hash = hash(key);
    @Nullable Node<V>[] table = slots;
    int slot = hash & table.length - 1;
    Node<V> before = null;
    for (Node<V> node = table[slot]; node != null; before = node, node = node.next) {
      if (node.hash == hash && node.key.equals(key)) {
        if (before == null) {
          SLOT.setRelease(table, slot, node.next);
        } else {
          before.next = node.next;
        }
        size--;
        if (size < table.length / 8 && table.length > SMALLEST) {
          resize(table.length / 4);
        }
        return node.value;
      }
    }
    return null;
  }

  private void resize(int length) {
    int newLength = Math.max(SMALLEST, length);
    @Nullable Node<V>[] next = table(newLength);
    for (Node<V> chain : slots) {
      for (Node<V> node = chain; node != null; node = node.next) {
        int slot = node.hash & newLength - 1;
        next[slot] = new Node<>(node.key, node.hash, node.value, next[slot]);
      }
    }
    slots = next;
  }

  /** Shows all entries, in no order. */
  void forEach(BiConsumer<? super String, ? super V> entries) {
    @Nullable Node<V>[] table = slots;
    for (int slot = 0; slot < table.length; slot++) {
      for (Node<V> node = first(table, slot); node != null; node = node.next) {
        entries.accept(node.key, node.value);
      }
    }
  }

  /**
   * Shows some entries, and where to go on.
   *
   * @param cursor 0 to begin, else what the last call gave
   * @param count about how many entries to look at, at least 1
   * @return 0 if that was the last
   */
  long scan(long cursor, long count, BiConsumer<? super String, ? super V> entries) {
    @Nullable Node<V>[] table = slots;
    long mask = table.length - 1L;
    long at = cursor;
    long seen = 0;
    long visits = count > Long.MAX_VALUE / 10 ? Long.MAX_VALUE : count * 10;
    do {
      for (Node<V> node = first(table, (int) (at & mask)); node != null; node = node.next) {
        entries.accept(node.key, node.value);
        seen++;
      }
      at = Long.reverse(Long.reverse(at | ~mask) + 1);
    } while (at != 0 && seen < count && --visits > 0);
    return at;
  }

  /** The key of an entry chosen at random, each as likely as another; null if there is none. */
  @Nullable String random(RandomGenerator random) {
    @Nullable Node<V>[] table = slots;
    while (size > 0) {
      // A slot, and a place in its chain, of which most slots have fewer than this many.
      int place = random.nextInt(8);
      Node<V> first = first(table, random.nextInt(table.length));
      Node<V> node = first;
      int length = 0;
      for (Node<V> each = first; each != null; each = each.next) {
        if (length++ == place) {
          node = each;
        }
      }
      if (node != null && (length > place || length > 8)) {
        return length > 8 ? at(first, random.nextInt(length)) : node.key;
      }
      table = slots;
    }
    return null;
  }

  private static <V> @Nullable String at(@Nullable Node<V> first, int place) {
    Node<V> node = first;
    for (int i = 0; i < place && node != null; i++) {
      node = node.next;
    }
    return node == null ? null : node.key;
  }
}
