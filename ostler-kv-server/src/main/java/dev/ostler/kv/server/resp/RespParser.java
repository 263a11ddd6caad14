package dev.ostler.kv.server.resp;

import dev.ostler.kv.bucket.Footprint;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses commands from bytes that arrive in pieces: Redis's arrays of bulk strings, and inline
 * commands.
 *
 * <p>Used by one thread at a time. It never allocates more than a small multiple of the bytes
 * received.
 */
public final class RespParser {
  /** The longest line, in bytes: an inline command, or a length. */
  static final int INLINE = 64 * 1024;

  /** The longest command, in bytes, with all its arguments. */
  static final int COMMAND = 1024 * 1024 * 1024;

  private static final int MOST_WORDS = Integer.MAX_VALUE;

  /** The first byte of a TLS connection. No command starts with it. */
  private static final byte HANDSHAKE = 0x16;

  /**
   * Limits for clients that have not authenticated: arguments of a command, and bytes of an
   * argument.
   */
  private static final int UNAUTHENTICATED_ARGUMENTS = 10;

  private static final int UNAUTHENTICATED_BYTES = 16 * 1024;

  private static final byte[] NONE = new byte[0];

  /** The bytes are not a command: the client gets this error, and is disconnected. */
  static final class Malformed extends Exception {
    Malformed(String message) {
      super("ERR Protocol error: " + message, null, false, false);
    }
  }

  /*
   * 0 .. start      commands that are done
   * start .. pos    parsed, of the current command
   * pos .. end      not parsed yet
   *
   * While the client is active, the buffer is lent to it. What is left afterwards, an incomplete
   * command, moves to an array of exactly that size, and then to the front of the next lent buffer.
   * If it is too long for that, it gets an array of its own, which doubles as it fills, so that
   * each byte is copied only a few times, however slowly the bytes arrive. Announced lengths
   * reserve no memory, except that of the last argument, and never more than was received so far.
   */
  private byte[] buffer = NONE;
  private int start;
  private int pos;
  private int end;

  private int expected = -1; // arguments in the current array; -1 outside of an array
  private int bulk = -1; // bytes of the current argument; -1 before its length
  private final Args args = new Args();
  private int mostWords = MOST_WORDS;
  private long mostBytes = 512L * 1024 * 1024;

  /** Sets how many arguments a command, and how many bytes an argument may have. */
  void limits(int words, long bytes) {
    mostWords = words;
    mostBytes = bytes;
  }

  /**
   * Sets how many bytes an argument may have. An unauthenticated client may send at most 10
   * arguments of 16 KiB.
   */
  void limit(boolean known, long bytes) {
    mostWords = known ? MOST_WORDS : UNAUTHENTICATED_ARGUMENTS;
    mostBytes = known ? bytes : Math.min(bytes, UNAUTHENTICATED_BYTES);
  }

  // --- Bytes in

  /** Uses this array, unless what is left from before is too long for it. */
  void lend(byte[] lent) {
    if (fits(lent)) {
      move(lent);
    }
  }

  /** Whether the array has room for what is left and as much again. */
  private boolean fits(byte[] lent) {
    return end - start <= lent.length / 2;
  }

  /**
   * The size of an array for what is left and more: twice as long, or as long as the command needs.
   */
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

  /** Gives the lent array back, and keeps a copy of an incomplete command. */
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

  /** The array for new bytes, from {@link #end} on. */
  byte[] buffer() {
    return buffer;
  }

  int end() {
    return end;
  }

  /** So many bytes were added at the end. */
  void filled(int count) {
    end += count;
  }

  /** Makes room at the end of the buffer, if there is none. */
  void makeRoom() {
    makeRoom(null);
  }

  /**
   * Like {@link #makeRoom()}, with memory from the client's share.
   *
   * @throws CommandError if the client may not take that much
   */
  void makeRoom(ClientMemory.@Nullable Share memory) {
    if (buffer.length == end) {
      if (start > 0) {
        move(buffer);
      } else {
        int length = roomy();
        if (memory != null && length > ClientMemory.FREE) {
          memory.take(Footprint.array(length));
        }
        try {
          move(new byte[length]);
        } catch (OutOfMemoryError e) { // other clients have it
          throw CommandError.noMemory();
        }
      }
    }
  }

  /** How many bytes wait to be parsed, or for the rest of their command. */
  int waiting() {
    return end - start;
  }

  /** The size of the buffer, in bytes. */
  int retained() {
    return buffer.length;
  }

  // --- Commands out

  /** The length of the command that {@link #next} found, in bytes. */
  int commandBytes() {
    return pos - start;
  }

  /** The command that {@link #next} found. It has no arguments if the line was empty. */
  Args args() {
    return args;
  }

  /** Whether there is a complete command. It stays until {@link #done} is called. */
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

  /** Parses one argument of an array; false if it is incomplete. */
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

  /** Where the line that starts at pos ends; -1 if its end has not arrived. */
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
    int first = buffer[from] - '0'; // at least the line end is there
    if (first > 0 && first <= 9 && to - from <= 9) { // by far the most frequent case
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

  /** Drops the command and its arguments, and moves on to the next one. */
  void done() {
    args.clear();
    start = pos;
    expected = -1;
    bulk = -1;
  }

  // --- Lines

  private boolean inline() throws Malformed {
    // otherwise it would wait for an answer, while we wait for a line end
    if (buffer[pos] == HANDSHAKE) {
      throw new Malformed("expected a command, got TLS, which this port does not use");
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
    expected = 0; // so that a repeated call finds it again
    return true;
  }

  /**
   * The arguments of a line. Quoted ones may contain spaces and escapes. Null if the quotes are not
   * balanced.
   */
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

  /** Parses one argument; returns where it ends, or -1 if its quotes are not balanced. */
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

  /** The parser's state, without the client's bytes: these may be secret. */
  @Override
  public String toString() {
    return "RespParser[" + waiting() + " bytes wait]";
  }
}
