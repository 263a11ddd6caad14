package dev.ostler.kv.server.resp;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.args.CommandError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the first line of a library says of it, as in {@code #!lua name=mine}. Immutable.
 *
 * @param code of the library without the text of that line
 */
record LibraryHeader(String name, String code) {
  private static final String NAME = "name=";

  /**
   * The header of a library.
   *
   * @throws CommandError if it is not valid, with Redis's text
   */
  static LibraryHeader of(String text) {
    if (!text.startsWith("#!")) {
      throw new CommandError("ERR Missing library metadata");
    }
    int end = text.indexOf('\n');
    if (end < 0) {
      throw new CommandError("ERR Invalid library metadata");
    }
    List<String> words = List.of(text.substring(2, end).split("\\s+"));
    String name = null;
    for (String word : words.subList(1, words.size())) {
      if (!Bytes.lower(word).startsWith(NAME)) {
        throw new CommandError("ERR Invalid metadata value given: " + word);
      }
      if (name != null) {
        throw new CommandError(
            "ERR Invalid metadata value, name argument was given multiple times");
      }
      name = unquoted(word.substring(NAME.length()));
    }
    return new LibraryHeader(checked(name, words.getFirst()), text.substring(end));
  }

  private static String unquoted(String word) {
    return word.length() > 1 && word.startsWith("\"") && word.endsWith("\"")
        ? word.substring(1, word.length() - 1)
        : word;
  }

  private static String checked(@Nullable String name, String engine) {
    if (name == null) {
      throw new CommandError("ERR Library name was not given");
    }
    if (!name.matches("[A-Za-z0-9_]+")) {
      throw new CommandError(
          "ERR Library names can only contain letters, numbers, or underscores(_) and must be at"
              + " least one character long");
    }
    if (!engine.equalsIgnoreCase("lua")) {
      throw new CommandError("ERR Engine '" + engine + "' not found");
    }
    return name;
  }
}
