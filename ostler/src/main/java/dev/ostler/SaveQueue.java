package dev.ostler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The messages a raw process has taken out of its mailbox and has not received, in the order in
 * which they came.
 *
 * <p>Used by the process's own thread. Each message has its number: it was the nth that came.
 */
final class SaveQueue {
  /*
   * Two arrays in step, sorted by number, used from `from` to `to`. What is taken out in the middle
   * leaves a gap, which is closed from its shorter side: near either end that is cheap, and most
   * messages are taken out there.
   */
  private static final int SMALL = 16;

  /** How many types it remembers looks for. A power of two. */
  private static final int TYPES = 4;

  private @Nullable Object[] messages = {};
  private long[] numbers = {};
  private int from;
  private int to;

  /*
   * A receive by a type skips all other messages. So that the next one for that type need not skip
   * them again, it is remembered that none up to some number is of the type. Later messages have
   * higher numbers.
   */
  private @Nullable Class<?>[] types = {};
  private long[] noneUpTo = {};
  private int oldest; // of the types, the next to be forgotten

  int size() {
    return to - from;
  }

  /** Makes room for one more, so that {@link #add} cannot fail. */
  void reserve() {
    if (to == messages.length) {
      int size = size();
      int length = size >= messages.length / 2 ? Math.max(SMALL, size * 2) : messages.length;
      var roomForMessages = new @Nullable Object[length];
      var roomForNumbers = new long[length];
      System.arraycopy(messages, from, roomForMessages, 0, size);
      System.arraycopy(numbers, from, roomForNumbers, 0, size);
      messages = roomForMessages;
      numbers = roomForNumbers;
      from = 0;
      to = size;
    }
  }

  /** Adds a message that came after all others here. There must be room. */
  void add(Object message, long number) {
    messages[to] = message;
    numbers[to++] = number;
  }

  /**
   * Takes out the oldest that is wanted, of those with a number above this; null if none is.
   *
   * @param type only messages of this type are wanted
   */
  @Nullable Object take(Class<?> type, Predicate<Object> wanted, long above) {
    if (from == to) {
      return null;
    }
    long known = noneUpTo(type);
    boolean looksAtAll = above <= known;
    for (int i = firstAbove(Math.max(above, known)); i < to; i++) {
      Object message = messages[i];
      if (!type.isInstance(message)) {
        continue;
      }
      if (looksAtAll) { // the first of the type
        looksAtAll = false;
        remember(type, numbers[i] - 1);
      }
      if (wanted.test(Objects.requireNonNull(message))) {
        closeGap(i, i + 1);
        return message;
      }
    }
    if (looksAtAll) {
      remember(type, numbers[to - 1]);
    }
    return null;
  }

  /** No message with a number up to this is of the type. */
  long noneUpTo(Class<?> type) {
    for (int i = 0; i < types.length; i++) {
      if (types[i] == type) {
        return noneUpTo[i];
      }
    }
    return 0;
  }

  private void remember(Class<?> type, long number) {
    if (size() < SMALL) {
      return; // a short queue is looked through in no time
    }
    int place = Arrays.asList(types).indexOf(type);
    if (place < 0) {
      if (types.length == 0) {
        types = new Class<?>[TYPES];
        noneUpTo = new long[TYPES];
      }
      place = oldest++ & TYPES - 1;
      types[place] = type;
    }
    noneUpTo[place] = number;
  }

  private int firstAbove(long number) {
    if (number == 0) {
      return from;
    }
    int found = Arrays.binarySearch(numbers, from, to, number);
    return found >= 0 ? found + 1 : -found - 1;
  }

  /** Takes out those that are meant: the newest first, and at most so many. */
  void remove(Predicate<Object> meant, int most) {
    int next = to;
    int kept = to; // those looked at that stay begin here
    int left = most;
    while (left > 0 && next > from) {
      Object message = messages[--next];
      if (message != null && meant.test(message)) {
        left--;
      } else {
        messages[--kept] = message;
        numbers[kept] = numbers[next];
      }
    }
    closeGap(next, kept);
  }

  /** Nothing of use is left between the two. */
  private void closeGap(int start, int end) {
    int older = start - from;
    int newer = to - end;
    int gap = end - start;
    if (newer <= older) {
      System.arraycopy(messages, end, messages, start, newer);
      System.arraycopy(numbers, end, numbers, start, newer);
      Arrays.fill(messages, to - gap, to, null);
      to -= gap;
    } else {
      System.arraycopy(messages, from, messages, from + gap, older);
      System.arraycopy(numbers, from, numbers, from + gap, older);
      Arrays.fill(messages, from, from + gap, null);
      from += gap;
    }
    if (from == to) {
      clear();
    }
  }

  /** All of them. */
  List<Object> list() {
    var list = new ArrayList<Object>(size());
    for (int i = from; i < to; i++) {
      Object message = messages[i];
      if (message != null) {
        list.add(message);
      }
    }
    return list;
  }

  void clear() {
    if (messages.length > SMALL) { // a long queue leaves nothing behind
      messages = new Object[] {};
      numbers = new long[] {};
      types = new Class<?>[] {};
      noneUpTo = new long[] {};
    } else {
      Arrays.fill(messages, null);
    }
    from = 0;
    to = 0;
  }
}
