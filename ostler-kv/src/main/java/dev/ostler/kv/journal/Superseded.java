package dev.ostler.kv.journal;

import dev.ostler.kv.BucketStore.Write;
import dev.ostler.kv.Change;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Removes from a group of changes those that later ones supersede: of several values of a key, all
 * but the last. Used by one thread at a time.
 *
 * <p>After a crash a group is there as a whole or not at all, so nobody notices. A change is
 * removed only if the later changes of its bucket, up to the one that supersedes it, are new
 * values, too. These leave the bucket's head as it is, so heads and deadlines need not be
 * considered.
 */
final class Superseded {
  /*
   * A hash table of places in the group: that of the last new value of each key, and that of the last
   * other change of each bucket. Clients choose the keys, and may choose them so that all have the
   * same slot. So a search looks at NEAR slots only; a key that finds none is not optimised.
   */
  private static final int NEAR = 16;

  /** The result of {@link #slot} if it finds none. */
  private static final int NONE = -1;

  private int[] places = new int[1 << 10]; // plus 1; 0 in an empty slot
  private int mask;
  private final BitSet gone = new BitSet();

  /** Removes superseded changes; the order of the others stays. */
  void takeOut(List<Write> group) {
    int size = group.size();
    if (size < 2) {
      return;
    }
    begin(size);
    boolean others = false; // whether there were changes besides new values
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
        break; // later values must not supersede those before this change
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

  /** Removes the marked changes. If it finds no memory, it has changed nothing. */
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
   * The key whose value a change sets, without changing the bucket's head; empty for the value of a
   * bucket that is one value; null for any other change.
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

  /**
   * The slot of the last new value of this key, or of the bucket's last other change (null); an
   * empty slot if there is none; {@link #NONE} if there is no slot near by.
   */
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
