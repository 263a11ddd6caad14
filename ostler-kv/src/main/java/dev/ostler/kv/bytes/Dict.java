package dev.ostler.kv.bytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A hash table from byte strings to values that can be gone through piece by piece while it
 * changes.
 *
 * <p>One thread at a time may change it: a bucket's process, or the holder of a lock. Any thread
 * may read: a reader sees each entry that was there before it began and is not removed meanwhile.
 */
public final class Dict<V> {
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

  /** So many entries Redis keeps in the order they were added in, too; and clients rely on it. */
  private static final int FEW = 128;

  /** The slots of a table; written with release, for readers on other threads. */
  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);

  /** Of a node: a reader on another thread may see what is written with it a moment later. */
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
    final int order; // which addition it was
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
  private int added; // so many times; the writer's

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
    return get(Bytes.array(key), 0, key.length());
  }

  /** As {@link #get(String)}, of the key that these bytes are. */
  public @Nullable V get(byte[] bytes, int offset, int length) {
    Node<V> node = find(bytes, offset, length);
    return node == null ? null : node.value;
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

  /** Gives the key this value; the one it had, or null. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  public @Nullable V put(String name, V value) {
    byte[] key = Bytes.array(name);
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

  /** Gives the key another value, if it is there; the one it had, or null. */
  public @Nullable V replace(byte[] bytes, int offset, int length, V value) {
    Node<V> known = find(bytes, offset, length);
    if (known == null) {
      return null;
    }
    V before = known.value;
    VALUE.setRelease(known, value);
    return before;
  }

  /** Takes the key away; the value it had, or null. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  public @Nullable V remove(String name) {
    byte[] key = Bytes.array(name);
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
      // It stays as large as it is: what was removed is removed.
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

  /** Shows all entries: a few in the order they were added in, many in no order. */
  public void forEach(BiConsumer<? super String, ? super V> entries) {
    if (size > FEW) {
      forEachNode(node -> entries.accept(Bytes.of(node.key), node.value));
      return;
    }
    var nodes = new ArrayList<Node<V>>(size);
    forEachNode(nodes::add);
    nodes.sort(Comparator.comparingInt(node -> node.order));
    nodes.forEach(node -> entries.accept(Bytes.of(node.key), node.value));
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
   * Shows some entries, and where to go on.
   *
   * @param cursor 0 to begin, else what the last call gave
   * @param count about how many entries to look at, at least 1
   * @return 0 if that was the last
   */
  public long scan(long cursor, long count, BiConsumer<? super String, ? super V> entries) {
    @Nullable Object[] now = table;
    long mask = now.length - 1L;
    long at = cursor;
    long seen = 0;
    long visits = count > Long.MAX_VALUE / 10 ? Long.MAX_VALUE : count * 10;
    do {
      for (Node<V> node = first(now, (int) (at & mask)); node != null; node = node.next) {
        entries.accept(Bytes.of(node.key), node.value);
        seen++;
      }
      at = Long.reverse(Long.reverse(at | ~mask) + 1);
    } while (at != 0 && seen < count && --visits > 0);
    return at;
  }

  /** The key of an entry chosen at random, each as likely as another; null if there is none. */
  public @Nullable String random(RandomGenerator random) {
    @Nullable Object[] now = table;
    while (size > 0) {
      // A slot, and a place in its chain, of which most slots have fewer than this many.
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
