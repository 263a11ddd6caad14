package dev.ostler.kv.server.resp;

import org.jspecify.annotations.Nullable;

/**
 * The classes of keyspace notifications that are published, as the letters of the setting {@code
 * notify-keyspace-events} select them. Immutable; any thread may use it.
 *
 * <p>It accepts all letters of Redis, including those of types that do not exist here.
 */
public final class EventClasses {
  /** Every letter, in the order in which Redis shows them. */
  private static final String LETTERS = "g$lshzxetdnKEm";

  /** The meaning of the letter A: everything except new keys and missed keys. */
  private static final int ALL = bits("g$lshzxetd");

  private static final int KEYSPACE = bits("K");
  private static final int KEYEVENT = bits("E");

  /** No notifications. */
  static final EventClasses NONE = new EventClasses(0);

  private final int bits;

  private EventClasses(int bits) {
    this.bits = bits;
  }

  /** The classes with these letters; null if a letter is unknown. */
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

  /** Whether no event is published at all. */
  boolean isNone() {
    return (bits & (KEYSPACE | KEYEVENT)) == 0;
  }

  /**
   * Whether events of this class are published.
   *
   * @param letter Redis's letter for the class
   */
  boolean has(char letter) {
    return (bits & bit(letter)) != 0;
  }

  /** Whether events are published on the channel of their key. */
  boolean byKey() {
    return (bits & KEYSPACE) != 0;
  }

  /** Whether events are published on the channel of their event. */
  boolean byEvent() {
    return (bits & KEYEVENT) != 0;
  }

  /** The letters, as Redis shows them: without an n after an A. */
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
