package dev.ostler.kv.server.resp;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Commands out of bytes that come in pieces: Redis's arrays of bulk strings, and lines.
 *
 * <p>Used by one thread at a time. Never asks for more memory than a small multiple of what has
 * come in.
 */
public final class RespParser {
  /** How long a line may be, be it a command or the length of something. */
  static final int INLINE = 64 * 1024;

  /** How long a command may be, all its words together. */
  static final int COMMAND = 1024 * 1024 * 1024;

  private static final int MOST_WORDS = Integer.MAX_VALUE;

  /** How a record of TLS begins that begins a conversation; no name of a command does. */
  private static final byte HANDSHAKE = 0x16;

  /** How many words a command, and bytes a word may have of who is not authenticated. */
  private static final int STRANGERS_WORDS = 10;

  private static final int STRANGERS_BYTES = 16 * 1024;

  private static final byte[] NONE = new byte[0];

  /** The bytes are no commands: the client is told, and left. */
  static final class Malformed extends Exception {
    Malformed(String message) {
      super("ERR Protocol error: " + message, null, false, false);
    }
  }

  /*
   * 0 .. start      commands that are done
   * start .. pos    parsed, of the command that is coming in
   * pos .. end      not looked at yet
   *
   * The buffer is lent while the client is active. What is left of it then, half a command, is kept
   * in an array that is just as long, and goes to the front of the next one that is lent, unless it
   * is too long for that: then it has an array of its own, which doubles as it fills, so that each
   * byte is copied a few times however slowly they come. The lengths a client announces reserve
   * nothing but the last word's, and even that never more than what came in so far.
   */
  private byte[] buffer = NONE;
  private int start;
  private int pos;
  private int end;

  private int expected = -1; // words of the array that is coming in; -1 outside of one
  private int bulk = -1; // bytes of the word that is coming in; -1 before its length
  private final Args args = new Args();
  private int mostWords = MOST_WORDS;
  private long mostBytes = 512L * 1024 * 1024;

  /** How many words a command, and how many bytes a word may have from now on. */
  void limits(int words, long bytes) {
    mostWords = words;
    mostBytes = bytes;
  }

  /** How many bytes a word may have from now on; less if nobody knows yet whose it is. */
  void limit(boolean known, long bytes) {
    mostWords = known ? MOST_WORDS : STRANGERS_WORDS;
    mostBytes = known ? bytes : Math.min(bytes, STRANGERS_BYTES);
  }

  // --- Bytes in
  // -----------------------------------------------------------------------------------

  /** Uses this array from now on, unless what was left is too much for it. */
  void lend(byte[] lent) {
    if (fits(lent)) {
      move(lent);
    }
  }

  /** Whether there is room for what was left and as much again. */
  private boolean fits(byte[] lent) {
    return end - start <= lent.length / 2;
  }

  /** How long an array to have for what was left and more: twice as long, or as much as is left. */
  private int roomy() {
    int left = end - start;
    boolean last = bulk >= 0 && args.count() + 1 == expected;
    long known = pos - start + bulk + 2L;
    long wanted = last && known > left ? Math.min(known, 2L * left) : 2L * left;
    return (int) Math.min(Math.max(wanted, left + 1024), Integer.MAX_VALUE - 8);
  }

  private void move(byte[] to) {
    System.arraycopy(buffer, start, to, 0, end - start);
    pos -= start;
    end -= start;
    start = 0;
    buffer = to;
  }

  /** Gives back the array that was lent: keeps a copy of what is left, if anything is. */
  void giveBack(byte[] lent) {
    if (start == end) {
      buffer = NONE;
      start = 0;
      pos = 0;
      end = 0;
    } else if (fits(lent)) {
      move(new byte[end - start]);
    } else if (buffer == lent || buffer.length / 4 > end - start) {
      move(new byte[roomy()]);
    }
  }

  /** Where bytes may be put, from {@link #end} on. */
  byte[] buffer() {
    return buffer;
  }

  int end() {
    return end;
  }

  /** So many bytes were put at the end. */
  void filled(int count) {
    end += count;
  }

  /** Makes room at the end of the buffer, if there is none. */
  void makeRoom() {
    makeRoom(null);
  }

  /**
   * As {@link #makeRoom()}, of memory that is this client's.
   *
   * @throws CommandError if it may not have so much
   */
  void makeRoom(ClientMemory.@Nullable Share memory) {
    if (buffer.length == end) {
      if (start > 0) {
        move(buffer);
      } else {
        int length = roomy();
        if (memory != null && length > ClientMemory.FREE) {
          memory.take(length);
        }
        try {
          move(new byte[length]);
        } catch (OutOfMemoryError e) { // others have it
          throw CommandError.noMemory();
        }
      }
    }
  }

  /** How many bytes wait to be parsed, or for their command to be complete. */
  int waiting() {
    return end - start;
  }

  /** How large the buffer is that is kept between two reads. */
  int held() {
    return buffer.length;
  }

  // --- Commands out
  // -------------------------------------------------------------------------------

  /** How many bytes that command is long. */
  int commandBytes() {
    return pos - start;
  }

  /** The command that {@link #next} found. Has no words if the line was empty. */
  Args args() {
    return args;
  }

  /** Whether there is a whole command; it stays until it is {@linkplain #done done}. */
  boolean next() throws Malformed {
    boolean whole = command();
    if (!whole && end - start > COMMAND) {
      throw new Malformed("too big request");
    }
    return whole;
  }

  private boolean command() throws Malformed {
    if (expected < 0) {
      if (pos == end) {
        return false;
      }
      if (buffer[pos] != '*') {
        return inline();
      }
      int eol = line("too big mbulk count string");
      if (eol < 0) {
        return false;
      }
      long words = length(pos + 1, eol, "invalid multibulk length", MOST_WORDS);
      if (words > mostWords) {
        throw new Malformed("unauthenticated multibulk length");
      }
      expected = (int) Math.max(words, 0);
      pos = eol + 2;
    }
    while (args.count() < expected) {
      if (!word()) {
        return false;
      }
    }
    args.in(buffer, start, pos < end);
    return true;
  }

  /** One word of an array; false if it is not whole yet. */
  private boolean word() throws Malformed {
    if (bulk < 0) {
      if (pos == end) {
        return false;
      }
      int eol = line("too big bulk count string");
      if (eol < 0) {
        return false;
      }
      if (buffer[pos] != '$') {
        throw new Malformed("expected '$', got '" + shown(buffer[pos]) + "'");
      }
      long bytes = length(pos + 1, eol, "invalid bulk length", Integer.MAX_VALUE);
      if (bytes < 0 || bytes > Math.max(mostBytes, 0)) {
        boolean unknown = mostWords < MOST_WORDS && bytes > 0;
        throw new Malformed(unknown ? "unauthenticated bulk length" : "invalid bulk length");
      }
      bulk = (int) bytes;
      pos = eol + 2;
    }
    if (end - pos < bulk + 2L) {
      return false;
    }
    args.add(pos - start, bulk);
    pos += bulk + 2;
    bulk = -1;
    return true;
  }

  private static String shown(byte b) {
    return String.valueOf((char) (b & 0xff));
  }

  /** Where the line that begins at pos ends; -1 if that has not come in. */
  private int line(String otherwise) throws Malformed {
    int most = Math.min(end, pos + INLINE);
    for (int i = pos; i < most; i++) {
      if (buffer[i] == '\r') {
        return i + 1 < end ? i : -1;
      }
    }
    if (end - pos > INLINE) {
      throw new Malformed(otherwise);
    }
    return -1;
  }

  private long length(int from, int to, String otherwise, long most) throws Malformed {
    int first = buffer[from] - '0'; // there is the end of the line, at least
    if (first > 0 && first <= 9 && to - from <= 9) { // by far the most frequent
      long known = first;
      int at = from + 1;
      for (; at < to && buffer[at] >= '0' && buffer[at] <= '9'; at++) {
        known = known * 10 + buffer[at] - '0';
      }
      if (at == to && known <= most) {
        return known;
      }
    }
    Long value = to - from > 20 ? null : Bytes.number(Bytes.of(buffer, from, to - from));
    if (value == null || value > most) {
      throw new Malformed(otherwise);
    }
    return value;
  }

  /** The command is done, and its words are gone: on to the next. */
  void done() {
    args.clear();
    start = pos;
    expected = -1;
    bulk = -1;
  }

  // --- Lines
  // --------------------------------------------------------------------------------------

  private boolean inline() throws Malformed {
    if (buffer[pos] == HANDSHAKE) { // who would otherwise wait for an answer, as we for the line
      throw new Malformed("expected a command, got TLS, which is not spoken on this port");
    }
    int eol = pos;
    int most = Math.min(end, pos + INLINE);
    while (eol < most && buffer[eol] != '\n') {
      eol++;
    }
    if (eol == most) {
      if (end - pos >= INLINE) {
        throw new Malformed("too big inline request");
      }
      return false;
    }
    int to = eol > pos && buffer[eol - 1] == '\r' ? eol - 1 : eol;
    List<String> words = words(Bytes.of(buffer, pos, to - pos));
    if (words == null) {
      throw new Malformed("unbalanced quotes in request");
    }
    words.forEach(args::add);
    pos = eol + 1;
    args.in(buffer, start, pos < end);
    expected = 0; // so that it is found again if it is asked for again
    return true;
  }

  /** The words of a line; in quotes they may have blanks and escapes. Null if a quote is open. */
  public static @Nullable List<String> words(String line) {
    var words = new ArrayList<String>();
    int at = 0;
    while (true) {
      while (at < line.length() && isBlank(line.charAt(at))) {
        at++;
      }
      if (at == line.length()) {
        return words;
      }
      var word = new StringBuilder();
      at = word(line, at, word);
      if (at < 0) {
        return null;
      }
      words.add(word.toString());
    }
  }

  private static boolean isBlank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0;
  }

  /** One word from here on; where it ends, or -1 if its quotes are not in order. */
  private static int word(String line, int from, StringBuilder word) {
    int at = from;
    while (at < line.length() && !isBlank(line.charAt(at))) {
      char c = line.charAt(at++);
      if (c != '"' && c != '\'') {
        word.append(c);
        continue;
      }
      at = quoted(line, at, c, word);
      if (at < 0 || (at < line.length() && !isBlank(line.charAt(at)))) {
        return -1;
      }
      return at;
    }
    return at;
  }

  private static int quoted(String line, int from, char quote, StringBuilder word) {
    int at = from;
    while (at < line.length()) {
      char c = line.charAt(at++);
      if (c == quote) {
        return at;
      }
      if (c != '\\' || at == line.length()) {
        word.append(c);
      } else if (quote == '\'') {
        word.append(line.charAt(at) == '\'' ? line.charAt(at++) : c);
      } else if (line.charAt(at) == 'x' && isHex(line, at + 1) && isHex(line, at + 2)) {
        word.append((char) Integer.parseInt(line, at + 1, at + 3, 16));
        at += 3;
      } else {
        word.append(unescaped(line.charAt(at++)));
      }
    }
    return -1;
  }

  private static boolean isHex(String line, int at) {
    return at < line.length() && Character.digit(line.charAt(at), 16) >= 0;
  }

  private static char unescaped(char c) {
    return switch (c) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'b' -> '\b';
      case 'a' -> 7;
      default -> c;
    };
  }

  /** How it is with it, without what clients sent: that may be secret. */
  @Override
  public String toString() {
    return "RespParser[" + waiting() + " bytes wait]";
  }
}
