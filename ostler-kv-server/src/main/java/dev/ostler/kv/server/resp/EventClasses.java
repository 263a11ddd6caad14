package dev.ostler.kv.server.resp;

import org.jspecify.annotations.Nullable;

/**
 * The classes of keyspace notifications that are told, as the setting {@code
 * notify-keyspace-events} names them by letters. Immutable; any thread.
 *
 * <p>All letters of Redis are known, those too of kinds of keys that do not exist here.
 */
public final class EventClasses {
  /** Every letter, in the order in which Redis shows those that are set. */
  private static final String LETTERS = "g$lshzxetdnKEm";

  /** What the letter A stands for: all but keys that are new, and keys that were missed. */
  private static final int ALL = bits("g$lshzxetd");

  private static final int KEYSPACE = bits("K");
  private static final int KEYEVENT = bits("E");

  /** Nothing is told. */
  static final EventClasses NONE = new EventClasses(0);

  private final int bits;

  private EventClasses(int bits) {
    this.bits = bits;
  }

  /** Those with these letters; null if one of them is none. */
  public static @Nullable EventClasses parse(String letters) {
    int bits = 0;
    for (int i = 0; i < letters.length(); i++) {
      char letter = letters.charAt(i);
      if (letter == 'A') {
        bits |= ALL;
      } else if (LETTERS.indexOf(letter) >= 0) {
        bits |= bit(letter);
      } else {
        return null;
      }
    }
    return new EventClasses(bits);
  }

  private static int bits(String letters) {
    return letters.chars().reduce(0, (bits, letter) -> bits | bit((char) letter));
  }

  private static int bit(char letter) {
    return 1 << LETTERS.indexOf(letter);
  }

  /** Whether anybody can hear of any event. */
  boolean isNone() {
    return (bits & (KEYSPACE | KEYEVENT)) == 0;
  }

  /** Whether events of this class are told: Redis's letter for it. */
  boolean has(char letter) {
    return (bits & bit(letter)) != 0;
  }

  /** Whether a key's channel tells its events. */
  boolean byKey() {
    return (bits & KEYSPACE) != 0;
  }

  /** Whether an event's channel tells its keys. */
  boolean byEvent() {
    return (bits & KEYEVENT) != 0;
  }

  /** The letters, as Redis shows them: after an A there is no n. */
  @Override
  public String toString() {
    boolean all = (bits & ALL) == ALL;
    var shown = new StringBuilder(all ? "A" : "");
    for (int i = 0; i < LETTERS.length(); i++) {
      char letter = LETTERS.charAt(i);
      boolean covered = all && ((ALL & bit(letter)) != 0 || letter == 'n');
      if (has(letter) && !covered) {
        shown.append(letter);
      }
    }
    return shown.toString();
  }
}
