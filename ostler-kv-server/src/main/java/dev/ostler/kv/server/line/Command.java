package dev.ostler.kv.server.line;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** One line of the line protocol, understood. Immutable; made by {@link #parse} on any thread. */
sealed interface Command {
  /** Makes sure there is such a bucket. */
  record Create(String bucket) implements Command {}

  /** Gives a key a value. */
  record Put(String bucket, String key, String value) implements Command {}

  /** Asks for a key's value. */
  record Get(String bucket, String key) implements Command {}

  /** Takes a key away. */
  record Delete(String bucket, String key) implements Command {}

  /** Asks to be told of every change from now on. */
  record Subscribe(String bucket) implements Command {}

  /** Anything else: another verb, too few or too many words, none, or no UTF-8. */
  record Unknown() implements Command {}

  /** What a line says; the line comes without its end. */
  static Command parse(byte[] line) {
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

  /** The property White_Space of Unicode, whose characters are all in the basic plane. */
  private static boolean isWhiteSpace(char c) {
    return switch (c) {
      case ' ', '\t', '\n', 0x0b, '\f', '\r' -> true;
      case 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000 -> true;
      default -> c >= 0x2000 && c <= 0x200a;
    };
  }
}
