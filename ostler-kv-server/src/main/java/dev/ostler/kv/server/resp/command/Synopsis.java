package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.resp.RespWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The arguments of a command, as manuals show them and as COMMAND DOCS tells them. Immutable; any
 * thread may use it.
 *
 * <p>In the text, capitals are typed as they are, other words stand for what is typed, brackets are
 * around what may be left out, parentheses around alternatives, and {@code [key ...]} repeats what
 * is before it: {@code (ON|OFF) [COUNT count] key [key ...]}.
 *
 * @param arguments in their order
 */
record Synopsis(List<Argument> arguments) {
  private static final Pattern WORD = Pattern.compile("[\\[\\]()|]|[^\\s\\[\\]()|]+");

  /** What Redis calls the type of an argument of this name; of others, it is a string. */
  private static final Map<String, String> TYPES =
      types(
          "key: key source destination newkey key1 key2 destkey",
          "pattern: pattern",
          "double: float",
          "unix-time: unix-time-seconds unix-time-milliseconds",
          "integer: seconds milliseconds count start end offset index index1 index2 db increment",
          "integer: decrement cursor numfields ttl timeout protover len client-id numlocal",
          "integer: numreplicas bits frequency bit revision");

  private static Map<String, String> types(String... lines) {
    var types = new HashMap<String, String>();
    for (String line : lines) {
      List<String> words = List.of(line.split(":? ", -1));
      words.subList(1, words.size()).forEach(name -> types.put(name, words.getFirst()));
    }
    return Map.copyOf(types);
  }

  /**
   * One argument.
   *
   * @param name what it stands for
   * @param type Redis's word for it: {@code key}, {@code integer}, {@code oneof} and so on
   * @param token a word that is typed before it, or instead of it; empty for none
   * @param optional whether it may be left out
   * @param multiple whether it may be repeated
   * @param parts alternatives, or what it consists of
   */
  record Argument(
      String name,
      String type,
      String token,
      boolean optional,
      boolean multiple,
      List<Argument> parts) {
    private static Argument word(String name) {
      return new Argument(name, TYPES.getOrDefault(name, "string"), "", false, false, List.of());
    }

    private static Argument token(String token) {
      return new Argument(Bytes.lower(token), "pure-token", token, false, false, List.of());
    }

    /** One argument of several; of one, itself. */
    private static Argument of(String type, List<Argument> parts) {
      return parts.size() == 1
          ? parts.getFirst()
          : new Argument(parts.getFirst().name(), type, "", false, false, List.copyOf(parts));
    }

    private Argument after(String newToken) {
      return new Argument(name, type, newToken, optional, multiple, parts);
    }

    private Argument left() {
      return new Argument(name, type, token, true, multiple, parts);
    }

    private Argument repeated() {
      return new Argument(name, type, token, optional, true, parts);
    }

    /** How many words it takes at least. */
    int least() {
      if (optional) {
        return 0;
      }
      int inside =
          switch (type) {
            case "pure-token" -> 0;
            case "oneof" -> parts.stream().mapToInt(Argument::least).min().orElse(0);
            case "block" -> parts.stream().mapToInt(Argument::least).sum();
            default -> 1;
          };
      return inside + (token.isEmpty() ? 0 : 1);
    }

    /** Whether it can be more words than that. */
    private boolean isOpen() {
      return optional || multiple || parts.stream().anyMatch(Argument::isOpen);
    }

    private void write(RespWriter out) {
      boolean flagged = optional || multiple;
      out.map(2 + (token.isEmpty() ? 0 : 1) + (flagged ? 1 : 0) + (parts.isEmpty() ? 0 : 1));
      out.bulk("name");
      out.bulk(name);
      out.bulk("type");
      out.bulk(type);
      if (!token.isEmpty()) {
        out.bulk("token");
        out.bulk(token);
      }
      if (flagged) {
        out.bulk("flags");
        out.set((optional ? 1 : 0) + (multiple ? 1 : 0));
        if (optional) {
          out.simple("optional");
        }
        if (multiple) {
          out.simple("multiple");
        }
      }
      if (!parts.isEmpty()) {
        out.bulk("arguments");
        out.array(parts.size());
        parts.forEach(part -> part.write(out));
      }
    }
  }

  /** Reads the text. */
  static Synopsis of(String text) {
    Deque<String> words =
        WORD.matcher(text)
            .results()
            .map(found -> found.group())
            .collect(Collectors.toCollection(ArrayDeque::new));
    var synopsis = new Synopsis(sequence(words));
    if (!words.isEmpty()) {
      throw new IllegalArgumentException("expected the end, and found " + words + " in " + text);
    }
    return synopsis;
  }

  /** How many words the arguments are at least. */
  int least() {
    return arguments.stream().mapToInt(Argument::least).sum();
  }

  /** Whether they can be more words than that. */
  boolean isOpen() {
    return arguments.stream().anyMatch(Argument::isOpen);
  }

  /** Writes them as COMMAND DOCS does. */
  void write(RespWriter out) {
    out.array(arguments.size());
    arguments.forEach(each -> each.write(out));
  }

  // --- Reading

  /** What follows, up to the end of an alternative. */
  private static List<Argument> sequence(Deque<String> words) {
    var found = new ArrayList<Argument>();
    while (!words.isEmpty() && !"|])".contains(words.peek())) {
      String word = words.remove();
      if (word.equals("[")) {
        List<Argument> inside = alternatives(words);
        if (inside.getLast().name().equals("...")) {
          repeat(found, inside.size() - 1);
        } else {
          found.add(Argument.of("block", inside).left());
        }
      } else if (word.equals("(")) {
        found.add(Argument.of("oneof", alternatives(words)));
      } else if (isToken(word)) {
        List<Argument> its = argumentsOf(words);
        found.add(its.isEmpty() ? Argument.token(word) : Argument.of("block", its).after(word));
      } else {
        found.add(Argument.word(word));
      }
    }
    return found;
  }

  private static boolean isToken(String word) {
    return word.chars().anyMatch(Character::isUpperCase);
  }

  /** What belongs to the token before: words up to the next token, or alternatives. */
  private static List<Argument> argumentsOf(Deque<String> words) {
    var own = new ArrayDeque<String>();
    if (!words.isEmpty() && words.peek().equals("(")) {
      words.remove();
      return List.of(Argument.of("oneof", alternatives(words)));
    }
    while (!words.isEmpty() && !"|])(".contains(words.peek()) && !isToken(words.peek())) {
      if (words.peek().equals("[") && !isRepetition(words)) {
        break;
      }
      do {
        own.add(words.remove());
      } while (own.contains("[") && !own.peekLast().equals("]"));
    }
    return sequence(own);
  }

  /** Whether the brackets that begin here say that something is repeated. */
  private static boolean isRepetition(Deque<String> words) {
    for (String word : words) {
      if (word.equals("...")) {
        return true;
      }
      if (word.equals("]")) {
        return false;
      }
    }
    return false;
  }

  /** The inside of brackets or parentheses, and their end. */
  private static List<Argument> alternatives(Deque<String> words) {
    var all = new ArrayList<Argument>();
    List<Argument> one = sequence(words);
    while (words.remove().equals("|")) {
      all.add(Argument.of("block", one));
      one = sequence(words);
    }
    if (all.isEmpty()) {
      return one;
    }
    all.add(Argument.of("block", one));
    return List.of(Argument.of("oneof", all));
  }

  private static void repeat(List<Argument> found, int count) {
    List<Argument> last = found.subList(found.size() - count, found.size());
    Argument repeated = Argument.of("block", last).repeated();
    last.clear();
    found.add(repeated);
  }
}
