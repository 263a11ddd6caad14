package dev.ostler.kv.server.resp;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random commands, and one way to send them as bytes. An immutable value; any thread may use it.
 *
 * @param commands the arguments of each command, as byte strings
 * @param bytes all commands, one after the other
 */
record Requests(List<List<String>> commands, byte[] bytes) {
  private static final String ODD = "\"'\\ \r\n\t\b\u0007\0*$3-:xX41\u00ff\u00e9";

  /** This many commands, some as arrays, some inline. */
  static Requests any(Random random, int count) {
    var commands = new ArrayList<List<String>>();
    var bytes = new StringBuilder();
    for (int i = 0; i < count; i++) {
      boolean array = random.nextInt(3) > 0;
      var words = new ArrayList<String>();
      int most = random.nextInt(20) == 0 ? 300 : 6;
      for (int left = random.nextInt(1, most + 1); left > 0; left--) {
        words.add(word(random, array && random.nextInt(30) == 0 ? 100_000 : 40));
      }
      commands.add(words);
      bytes.append(array ? array(words) : line(words, random));
      while (random.nextInt(5) == 0) { // a line without arguments is not a command
        bytes.append(
            List.of("\r\n", "\n", "*0\r\n", "*-1\r\n", "  \t \r\n").get(random.nextInt(5)));
      }
    }
    return new Requests(commands, bytes.toString().getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String word(Random random, int most) {
    var word = new StringBuilder();
    for (int left = random.nextInt(most); left > 0; left--) {
      boolean odd = random.nextInt(3) == 0;
      word.append(odd ? ODD.charAt(random.nextInt(ODD.length())) : (char) random.nextInt(256));
    }
    return word.toString();
  }

  private static String array(List<String> words) {
    var bytes = new StringBuilder("*" + words.size() + "\r\n");
    words.forEach(
        w -> bytes.append('$').append(w.length()).append("\r\n").append(w).append("\r\n"));
    return bytes.toString();
  }

  private static String line(List<String> words, Random random) {
    var line = new StringBuilder();
    for (String word : words) {
      line.append(blanks(random, line.isEmpty() ? 0 : 1)).append(quoted(word, random));
    }
    if (line.charAt(0) == '*') {
      line.insert(0, ' '); // otherwise it would be an array
    }
    return line.append(blanks(random, 0)).append(random.nextBoolean() ? "\r\n" : "\n").toString();
  }

  private static String blanks(Random random, int least) {
    return " \t".repeat(2).substring(0, random.nextInt(least, 4));
  }

  private static String quoted(String word, Random random) {
    boolean plain =
        !word.isEmpty() && word.chars().allMatch(c -> c > ' ' && c < 127 && "\"'".indexOf(c) < 0);
    if (plain && random.nextBoolean()) {
      return word;
    }
    boolean single = random.nextBoolean() && word.indexOf('\n') < 0 && !word.contains("\\");
    if (single) {
      return "'" + word.replace("'", "\\'") + "'";
    }
    var quoted = new StringBuilder("\"");
    word.chars().forEach(c -> quoted.append(escaped((char) c, random)));
    return quoted.append('"').toString();
  }

  private static String escaped(char c, Random random) {
    return switch (c) {
      case '"', '\\' -> "\\" + c;
      case '\n' -> random.nextBoolean() ? "\\n" : "\\x0a";
      case '\r' -> random.nextBoolean() ? "\\r" : "\r";
      case '\t' -> random.nextBoolean() ? "\\t" : "\\x09";
      case '\b' -> random.nextBoolean() ? "\\b" : "\b";
      case 7 -> "\\a";
      default -> random.nextInt(3) == 0 ? "\\x%02X".formatted((int) c) : String.valueOf(c);
    };
  }

  /** The bytes, with a few of them changed, dropped or doubled. */
  byte[] mangled(Random random) {
    var mangled = new StringBuilder(new String(bytes, StandardCharsets.ISO_8859_1));
    for (int left = random.nextInt(1, 4); left > 0 && !mangled.isEmpty(); left--) {
      int at = random.nextInt(mangled.length());
      char odd = ODD.charAt(random.nextInt(ODD.length()));
      switch (random.nextInt(3)) {
        case 0 -> mangled.setCharAt(at, odd);
        case 1 -> mangled.deleteCharAt(at);
        default -> mangled.insert(at, odd);
      }
    }
    return mangled.toString().getBytes(StandardCharsets.ISO_8859_1);
  }
}
