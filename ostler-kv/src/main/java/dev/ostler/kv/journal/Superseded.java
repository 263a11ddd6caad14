package dev.ostler.kv.journal;

import dev.ostler.kv.BucketStore.Write;
import dev.ostler.kv.Change;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Takes out of a group those changes that later ones in it make void: of many values of a key, all
 * but the last. Used by one thread at a time.
 *
 * <p>The group is there as a whole or not at all, so nobody can tell. A change goes only if what
 * follows of its bucket, up to the one that makes it void, is more of its kind: new values, and
 * nothing that makes another bucket of it. So heads need not be looked at, nor what is next to go.
 */
final class Superseded {
  /*
   * A table of places in the group: of the last new value of each key, and of the last other change
   * of each bucket. Keys are chosen by clients, who may choose them so that all want the same slot:
   * whoever does not find one near by does without.
   */
  private static final int NEAR = 16;

  /** As {@link #slot} says that there is none. */
  private static final int NONE = -1;

  private int[] places = new int[1 << 10]; // plus 1; 0 in an empty slot
  private int mask;
  private final BitSet gone = new BitSet();

  /** Takes them out; the order of the others stays. */
  void takeOut(List<Write> group) {
    int size = group.size();
    if (size < 2) {
      return;
    }
    begin(size);
    boolean others = false; // there are changes besides new values
    for (int at = 0; at < size; at++) {
      Write write = group.get(at);
      String key = key(write);
      int slot = slot(group, write.bucket(), key);
      if (key != null) {
        int before = slot == NONE ? 0 : places[slot];
        if (before != 0 && (!others || isAfterOthers(group, before, write))) {
          gone.set(before - 1);
        }
      } else if (slot == NONE) {
        break; // what comes behind it must not replace what is before it
      } else {
        others = true;
      }
      if (slot != NONE) {
        places[slot] = at + 1;
      }
    }
    if (!gone.isEmpty()) {
      closeUp(group);
    }
  }

  /** Finds no memory, if at all, before it changes anything. */
  private void closeUp(List<Write> group) {
    List<Write> rest = group.subList(group.size() - gone.cardinality(), group.size());
    int left = gone.nextSetBit(0);
    for (int at = left; at < group.size(); at++) {
      if (!gone.get(at)) {
        group.set(left++, group.get(at));
      }
    }
    rest.clear();
  }

  private void begin(int size) {
    gone.clear();
    int length = Integer.highestOneBit(size) << 2; // at least twice as long
    if (places.length < length) {
      places = new int[length];
    } else {
      Arrays.fill(places, 0, length, 0);
    }
    mask = length - 1;
  }

  /**
   * The key that this is a new value of, and by which its bucket stays what it was; empty if it is
   * so for a text; null if it is anything else.
   */
  static @Nullable String key(Write write) {
    return write.before() != write.after()
        ? null
        : switch (write.change()) {
          case Change.Put(String key, String _) -> key;
          case Change.Text _ -> "";
          default -> null;
        };
  }

  private boolean isAfterOthers(List<Write> group, int place, Write write) {
    int slot = slot(group, write.bucket(), null);
    return slot != NONE && places[slot] < place;
  }

  /** Where the last new value of this key is, or the last other change; or where it would be. */
  private int slot(List<Write> group, String bucket, @Nullable String key) {
    int hash = bucket.hashCode() * 31 + (key == null ? 0 : key.hashCode());
    int slot = (hash * 0x9E3779B9) >>> 7;
    for (int i = 0; i < NEAR; i++) {
      int place = places[(slot + i) & mask];
      if (place == 0 || isOf(group.get(place - 1), bucket, key)) {
        return (slot + i) & mask;
      }
    }
    return NONE;
  }

  private static boolean isOf(Write write, String bucket, @Nullable String key) {
    return write.bucket().equals(bucket) && Objects.equals(key(write), key);
  }
}
