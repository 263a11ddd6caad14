package dev.ostler;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * An estimate of how much memory a value takes, with all that it holds: strings, arrays, records,
 * and the JDK's collections of such. Of other objects it counts only a few bytes.
 *
 * <p>Used once, by one thread, while nobody changes the value. It looks at no more than {@value
 * #MOST} objects.
 */
final class Footprint {
  private static final int MOST = 100_000;

  // In bytes, with compressed references.
  private static final int REFERENCE = 4;
  private static final int HEADER = 16; // of an object, with padding, or of an array
  private static final int SMALL = 24; // an object of which nothing is known
  private static final int ENTRY = 32; // of a hash table or a tree, beside its table

  private final IdentityHashMap<Object, Boolean> seen = new IdentityHashMap<>();
  private final ArrayDeque<Object> waiting = new ArrayDeque<>();
  private long bytes;
  private boolean complete = true;

  private Footprint() {}

  static Sys.Memory of(Object value) {
    return new Footprint().walk(value);
  }

  private Sys.Memory walk(Object value) {
    add(value);
    while (!waiting.isEmpty()) {
      if (seen.size() > MOST) {
        complete = false;
        break;
      }
      try {
        count(waiting.poll());
      } catch (Throwable failed) { // a view of a user's collection, or changed meanwhile
        complete = false;
      }
    }
    return new Sys.Memory(bytes, complete);
  }

  private void add(@Nullable Object value) {
    if (value != null && !isShared(value) && seen.put(value, true) == null) {
      waiting.add(value);
    }
  }

  /** Whether it is none of the value's own. */
  private static boolean isShared(Object value) {
    return value instanceof Enum<?> || value instanceof Class<?> || value instanceof Pid;
  }

  private void count(Object value) throws Throwable {
    switch (value) {
      case String text -> bytes += SMALL + HEADER + padded(text);
      case Number _, Character _, Boolean _ -> bytes += HEADER;
      case boolean[] array -> array(array.length, 1);
      case byte[] array -> array(array.length, 1);
      case char[] array -> array(array.length, 2);
      case short[] array -> array(array.length, 2);
      case int[] array -> array(array.length, 4);
      case float[] array -> array(array.length, 4);
      case long[] array -> array(array.length, 8);
      case double[] array -> array(array.length, 8);
      case Object[] array -> {
        array(array.length, REFERENCE);
        for (Object each : array) {
          add(each);
        }
      }
      case Optional<?> optional -> {
        bytes += HEADER;
        add(optional.orElse(null));
      }
      case Collection<?> all when isOfJdk(all) -> {
        int each = all instanceof RandomAccess ? REFERENCE : ENTRY + REFERENCE;
        bytes += SMALL + HEADER + (long) all.size() * each;
        addAll(all);
      }
      case Map<?, ?> map when isOfJdk(map) -> {
        bytes += 2 * SMALL + HEADER + (long) map.size() * (ENTRY + REFERENCE);
        addAll(map.keySet());
        addAll(map.values());
      }
      case Record record -> record(record);
      default -> {
        bytes += SMALL;
        complete = false;
      }
    }
  }

  private static boolean isOfJdk(Object value) {
    return value.getClass().getModule() == Object.class.getModule();
  }

  private static long padded(String text) {
    boolean wide = text.chars().limit(MOST).anyMatch(each -> each > 0xFF);
    return (wide ? 2L : 1L) * text.length() + 7 & ~7L;
  }

  private void array(int length, int size) {
    bytes += HEADER + ((long) length * size + 7 & ~7L);
  }

  private void addAll(Collection<?> all) {
    for (Object each : all) {
      if (seen.size() > MOST) {
        return;
      }
      add(each);
    }
  }

  private void record(Record record) throws Throwable {
    RecordShape shape = RecordShape.of(record.getClass());
    if (shape == null) {
      bytes += SMALL;
      complete = false;
      return;
    }
    bytes += HEADER + (long) shape.size() * REFERENCE;
    for (int i = 0; i < shape.size(); i++) {
      add(shape.value(i, record));
    }
  }
}
