package dev.ostler.kv.bytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A hash table from byte strings to values, which can be scanned piece by piece while it changes.
 *
 * <p>One thread at a time may change it: a bucket's process, or the holder of a lock. Any thread
 * may read it. A reader sees each entry that existed before it began and is not removed meanwhile.
 */
public class Dict<V> {
  /*
   * The table's size is a power of two, and each slot has a chain of nodes. A chain grows at its
   * head, and shrinks by unlinking a node. An unlinked node keeps its next, so that a reader on it
   * finds the rest of the chain. A resized table has new nodes.
   *
   * The cursor of a scan counts through the slots with its bits reversed (Pieter Noordhuis, for
   * Redis). When the table doubles, the slots that replace one slot are consecutive in this order.
   * So a scan that continues in a larger or smaller table misses no entry, and repeats few.
   */
  private static final int SMALLEST = 4;

  /** Redis keeps so many entries in the order in which they were added; clients rely on that. */
  private static final int ORDERED = 128;

  /** Accesses the slots of a table. Writes release, for readers on other threads. */
  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);

  /** Accesses the value of a node. A reader on another thread may see a write a moment later. */
  private static final VarHandle VALUE;

  static {
    try {
      VALUE = MethodHandles.lookup().findVarHandle(Node.class, "value", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final class Node<V> {
    final byte[] key;
    final int order; // the number of its addition
    volatile V value; // written through VALUE
    volatile @Nullable Node<V> next;

    Node(byte[] key, int order, V value, @Nullable Node<V> next) {
      this.key = key;
      this.order = order;
      this.value = value;
      this.next = next;
    }
  }

  /** The first node of each chain, or null. */
  private volatile @Nullable Object[] table = new Object[SMALLEST];

  private volatile int size;
  private int added; // how many entries were added, ever; used by the writer

  @SuppressWarnings("unchecked")
  private @Nullable Node<V> first(@Nullable Object[] slots, int slot) {
    return (Node<V>) SLOT.getAcquire(slots, slot);
  }

  private static void first(@Nullable Object[] slots, int slot, @Nullable Object node) {
    SLOT.setRelease(slots, slot, node);
  }

  private static int slot(@Nullable Object[] slots, byte[] key) {
    return slot(slots, key, 0, key.length);
  }

  /** The slot of a key. */
  private static int slot(@Nullable Object[] slots, byte[] bytes, int offset, int length) {
    return Bytes.hash(bytes, offset, length) & slots.length - 1;
  }

  public int size() {
    return size;
  }

  public @Nullable V get(String key) {
    return get(Bytes.array(key));
  }

  /** As {@link #get(String)}; these bytes are the key. */
  public @Nullable V get(byte[] key) {
    return get(key, 0, key.length);
  }

  /** As {@link #get(String)}; these bytes are the key. */
  public @Nullable V get(byte[] bytes, int offset, int length) {
    Node<V> node = find(bytes, offset, length);
    return node == null ? null : node.value;
  }

  /**
   * Reads what a look-up of keys with these hashes will read, so that it is in the processor's
   * cache then. Finds only keys that are the first in their chain, and takes another key there for
   * it that is as long.
   *
   * @param hashes see {@link Bytes#hash}
   * @param value reads what will be used of a value, and says whether it is of any use
   * @return how many of them are there
   */
  public int touch(int[] hashes, int[] lengths, int count, Predicate<? super V> value) {
    @Nullable Object[] now = table;
    int found = 0;
    for (int i = 0; i < count; i++) {
      Node<V> node = first(now, hashes[i] & now.length - 1);
      if (node != null && node.key.length == lengths[i] && value.test(node.value)) {
        found++;
      }
    }
    return found;
  }

  private @Nullable Node<V> find(byte[] bytes, int offset, int length) {
    @Nullable Object[] now = table;
    int slot = slot(now, bytes, offset, length);
    for (Node<V> node = first(now, slot); node != null; node = node.next) {
      if (Arrays.equals(node.key, 0, node.key.length, bytes, offset, offset + length)) {
        return node;
      }
    }
    return null;
  }

  /** Sets the value of a key; returns the old value, or null. */
  public @Nullable V put(String key, V value) {
    return put(Bytes.array(key), value);
  }

  /** As {@link #put(String, Object)}; these bytes are the key, and must not change any more. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  public @Nullable V put(byte[] key, V value) {
    V before = replace(key, 0, key.length, value);
    if (before != null) {
      return before;
    }
    if (size >= table.length) {
      resize(table.length * 2);
    }
    @Nullable Object[] now = table;
    int slot = slot(now, key);
    first(now, slot, new Node<>(key, added++, value, first(now, slot)));
    size++;
    return null;
  }

  /**
   * Replaces the value of an existing key; returns the old value, or null if there is no such key.
   */
  public @Nullable V replace(byte[] bytes, int offset, int length, V value) {
    Node<V> known = find(bytes, offset, length);
    if (known == null) {
      return null;
    }
    V before = known.value;
    VALUE.setRelease(known, value);
    return before;
  }

  /** Removes a key; returns its value, or null. */
  public @Nullable V remove(String key) {
    return remove(Bytes.array(key));
  }

  /** As {@link #remove(String)}; these bytes are the key. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  public @Nullable V remove(byte[] key) {
    @Nullable Object[] now = table;
    int slot = slot(now, key);
    Node<V> before = null;
    for (Node<V> node = first(now, slot); node != null; before = node, node = node.next) {
      if (Arrays.equals(node.key, key)) {
        if (before == null) {
          first(now, slot, node.next);
        } else {
          before.next = node.next;
        }
        size--;
        if (size < now.length / 8 && now.length > SMALLEST) {
          shrink(now.length / 4);
        }
        return node.value;
      }
    }
    return null;
  }

  private void shrink(int length) {
    try {
      resize(length);
    } catch (OutOfMemoryError e) {
      // The table stays large.
    }
  }

  private void resize(int length) {
    @Nullable Object[] before = table;
    var next = new @Nullable Object[Math.max(SMALLEST, length)];
    for (int from = 0; from < before.length; from++) {
      for (Node<V> node = first(before, from); node != null; node = node.next) {
        int slot = slot(next, node.key);
        first(next, slot, new Node<>(node.key, node.order, node.value, first(next, slot)));
      }
    }
    table = next;
  }

  /**
   * Calls a consumer with all entries: up to ORDERED in the order of addition, more in no order.
   */
  public void forEach(BiConsumer<? super String, ? super V> entries) {
    forEachEntry((key, value) -> entries.accept(Bytes.of(key), value));
  }

  /** As {@link #forEach}, with the bytes of the keys, which must not be changed. */
  public void forEachEntry(BiConsumer<? super byte[], ? super V> entries) {
    if (size > ORDERED) {
      forEachNode(node -> entries.accept(node.key, node.value));
      return;
    }
    var nodes = new ArrayList<Node<V>>(size);
    forEachNode(nodes::add);
    nodes.sort(Comparator.comparingInt(node -> node.order));
    nodes.forEach(node -> entries.accept(node.key, node.value));
  }

  /** Calls a consumer with all values, in no order. */
  public void forEachValue(Consumer<? super V> values) {
    forEachNode(node -> values.accept(node.value));
  }

  private void forEachNode(Consumer<Node<V>> nodes) {
    @Nullable Object[] now = table;
    for (int slot = 0; slot < now.length; slot++) {
      for (Node<V> node = first(now, slot); node != null; node = node.next) {
        nodes.accept(node);
      }
    }
  }

  /**
   * Calls a consumer with some entries.
   *
   * @param cursor 0 to begin, otherwise the result of the previous call
   * @param count about how many entries to look at, at least 1
   * @return where to continue; 0 if that was all
   */
  public long scan(long cursor, long count, BiConsumer<? super String, ? super V> entries) {
    return scanNodes(cursor, count, node -> entries.accept(Bytes.of(node.key), node.value));
  }

  /** As {@link #scan}, with the values alone. */
  public long scanValues(long cursor, long count, Consumer<? super V> values) {
    return scanNodes(cursor, count, node -> values.accept(node.value));
  }

  private long scanNodes(long cursor, long count, Consumer<Node<V>> nodes) {
    @Nullable Object[] now = table;
    long mask = now.length - 1L;
    long at = cursor;
    long seen = 0;
    long visits = count > Long.MAX_VALUE / 10 ? Long.MAX_VALUE : count * 10;
    do {
      for (Node<V> node = first(now, (int) (at & mask)); node != null; node = node.next) {
        nodes.accept(node);
        seen++;
      }
      at = Long.reverse(Long.reverse(at | ~mask) + 1);
    } while (at != 0 && seen < count && --visits > 0);
    return at;
  }

  /** The key of an entry chosen at random, all equally likely; null if there is none. */
  public @Nullable String random(RandomGenerator random) {
    @Nullable Object[] now = table;
    while (size > 0) {
      // A random slot, and a random place in its chain. Most chains are shorter than this.
      int place = random.nextInt(8);
      Node<V> first = first(now, random.nextInt(now.length));
      Node<V> node = first;
      int length = 0;
      for (Node<V> each = first; each != null; each = each.next) {
        if (length++ == place) {
          node = each;
        }
      }
      if (node != null && (length > place || length > 8)) {
        return length > 8 ? at(first, random.nextInt(length)) : Bytes.of(node.key);
      }
      now = table;
    }
    return null;
  }

  private static <V> @Nullable String at(@Nullable Node<V> first, int place) {
    Node<V> node = first;
    for (int i = 0; i < place && node != null; i++) {
      node = node.next;
    }
    return node == null ? null : Bytes.of(node.key);
  }
}
