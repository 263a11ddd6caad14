package dev.ostler.kv.server.line;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** One parsed line of the line protocol. Immutable; {@link #parse} may run on any thread. */
sealed interface LineCommand {
  /** Creates a bucket, unless it exists. */
  record Create(String bucket) implements LineCommand {}

  /** Sets a key's value. */
  record Put(String bucket, String key, String value) implements LineCommand {}

  /** Reads a key's value. */
  record Get(String bucket, String key) implements LineCommand {}

  /** Deletes a key. */
  record Delete(String bucket, String key) implements LineCommand {}

  /** Asks to be told every later change. */
  record Subscribe(String bucket) implements LineCommand {}

  /**
   * Any other line: an unknown verb, too few or too many arguments, an empty line, or invalid
   * UTF-8.
   */
  record Unknown() implements LineCommand {}

  /** Parses a line, given without its line end. Arguments are separated by white space. */
  static LineCommand parse(byte[] line) {
    List<String> words;
    try {
      words = words(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)));
    } catch (CharacterCodingException e) {
      return new Unknown();
    }
    if (words.isEmpty()) {
      return new Unknown();
    }
    return switch (words.getFirst() + "/" + (words.size() - 1)) {
      case "CREATE/1" -> new Create(words.get(1));
      case "PUT/3" -> new Put(words.get(1), words.get(2), words.get(3));
      case "GET/2" -> new Get(words.get(1), words.get(2));
      case "DELETE/2" -> new Delete(words.get(1), words.get(2));
      case "SUBSCRIBE/1" -> new Subscribe(words.get(1));
      default -> new Unknown();
    };
  }

  private static List<String> words(CharSequence text) {
    var words = new ArrayList<String>(4);
    int begin = 0;
    for (int i = 0; i <= text.length(); i++) {
      if (i == text.length() || isWhiteSpace(text.charAt(i))) {
        if (i > begin) {
          words.add(text.subSequence(begin, i).toString());
        }
        begin = i + 1;
      }
    }
    return words;
  }

  /** Unicode's property White_Space, whose characters are all in the Basic Multilingual Plane. */
  private static boolean isWhiteSpace(char c) {
    return switch (c) {
      case ' ', '\t', '\n', 0x0b, '\f', '\r' -> true;
      case 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000 -> true;
      default -> c >= 0x2000 && c <= 0x200a;
    };
  }
}
