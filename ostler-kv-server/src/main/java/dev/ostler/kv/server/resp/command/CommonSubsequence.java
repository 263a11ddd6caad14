package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.args.CommandError;
import java.util.ArrayList;
import java.util.List;

/**
 * The longest common subsequence of two byte strings. If there are several, it is the one that
 * Redis finds.
 *
 * <p>Immutable; any thread may use it. Time and memory are proportional to the product of the
 * lengths.
 */
final class CommonSubsequence {
  /** The largest size of the table, in bytes. */
  private static final long MOST_TABLE_BYTES = 512L * 1024 * 1024;

  private final String a;
  private final String b;
  private final int[] lengths; // at i, j: for the first i bytes of a and the first j bytes of b
  private final int width;

  /**
   * Computes it.
   *
   * @throws CommandError if that takes too much memory
   */
  CommonSubsequence(String a, String b) {
    this.a = a;
    this.b = b;
    this.width = b.length() + 1;
    long cells = (a.length() + 1L) * width;
    if (cells * Integer.BYTES > MOST_TABLE_BYTES) {
      throw new CommandError(
          "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
    }
    this.lengths = table((int) cells);
    for (int i = 1; i <= a.length(); i++) {
      for (int j = 1; j <= b.length(); j++) {
        lengths[at(i, j)] =
            a.charAt(i - 1) == b.charAt(j - 1)
                ? lengths[at(i - 1, j - 1)] + 1
                : Math.max(lengths[at(i - 1, j)], lengths[at(i, j - 1)]);
      }
    }
  }

  private static int[] table(int cells) {
    try {
      return new int[cells];
    } catch (OutOfMemoryError e) {
      throw new CommandError("ERR Insufficient memory, failed allocating transient memory for LCS");
    }
  }

  private int at(int i, int j) {
    return i * width + j;
  }

  int length() {
    return lengths[lengths.length - 1];
  }

  String text() {
    var text = new StringBuilder(length());
    for (Match match : matches().reversed()) {
      text.append(a, match.a, match.a + match.length);
    }
    return text.toString();
  }

  /** A run of equal bytes, starting at these indexes. */
  record Match(int a, int b, int length) {}

  /** Its runs, from the last to the first. */
  List<Match> matches() {
    var matches = new ArrayList<Match>();
    int i = a.length();
    int j = b.length();
    while (i > 0 && j > 0) {
      int length = 0;
      while (length < i && length < j && a.charAt(i - length - 1) == b.charAt(j - length - 1)) {
        length++;
      }
      if (length > 0) {
        i -= length;
        j -= length;
        matches.add(new Match(i, j, length));
      } else if (lengths[at(i - 1, j)] > lengths[at(i, j - 1)]) {
        i--;
      } else {
        j--;
      }
    }
    return matches;
  }
}
