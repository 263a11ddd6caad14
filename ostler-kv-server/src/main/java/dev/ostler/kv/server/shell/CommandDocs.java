package dev.ostler.kv.server.shell;

import dev.ostler.kv.bytes.Bytes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a server says of its commands, in its reply to {@code COMMAND DOCS}. Immutable; any thread.
 *
 * @param commands by name, in lower case
 */
record CommandDocs(Map<String, Doc> commands) {
  /** Nothing is known. */
  static final CommandDocs NONE = new CommandDocs(Map.of());

  /**
   * One command, or subcommand.
   *
   * @param arguments its synopsis; empty if the server does not tell it
   * @param subcommands by name, in lower case
   */
  record Doc(
      String summary, String since, String group, String arguments, Map<String, Doc> subcommands) {}

  /** Reads the reply; whatever of it has another form is left out. */
  static CommandDocs of(Reply reply) {
    return new CommandDocs(docs(reply));
  }

  private static Map<String, Doc> docs(Reply reply) {
    var docs = new TreeMap<String, Doc>();
    for (Reply.Pair pair : pairs(reply)) {
      String name = Bytes.lower(text(pair.key()));
      name = name.substring(name.indexOf('|') + 1); // a subcommand comes with its command's name
      Map<String, Reply> facts = facts(pair.value());
      docs.put(
          name,
          new Doc(
              text(facts.get("summary")),
              text(facts.get("since")),
              text(facts.get("group")),
              synopsis(elements(facts.get("arguments")), " "),
              docs(facts.getOrDefault("subcommands", new Reply.Nil()))));
    }
    return docs;
  }

  /** The doc of the command that these words begin, and of how many words its name consists. */
  Optional<Found> find(List<String> words) {
    if (words.isEmpty()) {
      return Optional.empty();
    }
    Doc doc = commands.get(Bytes.lower(words.getFirst()));
    if (doc == null) {
      return Optional.empty();
    }
    Doc sub = words.size() < 2 ? null : doc.subcommands().get(Bytes.lower(words.get(1)));
    return Optional.of(sub == null ? new Found(doc, 1) : new Found(sub, 2));
  }

  /** See {@link #find}. */
  record Found(Doc doc, int words) {}

  private static String synopsis(List<Reply> arguments, String between) {
    return arguments.stream().map(CommandDocs::argument).collect(Collectors.joining(between));
  }

  private static String argument(Reply reply) {
    Map<String, Reply> facts = facts(reply);
    List<String> flags = elements(facts.get("flags")).stream().map(CommandDocs::text).toList();
    List<Reply> parts = elements(facts.get("arguments"));
    String token = text(facts.get("token"));
    String shown =
        switch (text(facts.get("type"))) {
          case "pure-token" -> "";
          case "oneof" -> synopsis(parts, "|");
          case "block" -> synopsis(parts, " ");
          default -> text(facts.get("name"));
        };
    if (flags.contains("multiple")) {
      String again = flags.contains("multiple_token") ? token + " " + shown : shown;
      shown = shown + " [" + again + " ...]";
    }
    String whole = (token + " " + shown).strip();
    return flags.contains("optional") ? "[" + whole + "]" : whole;
  }

  private static Map<String, Reply> facts(Reply reply) {
    return pairs(reply).stream()
        .collect(Collectors.toMap(pair -> text(pair.key()), Reply.Pair::value, (one, two) -> one));
  }

  /** A map of RESP3, or what stands for it in RESP2: an array of keys and values. */
  private static List<Reply.Pair> pairs(Reply reply) {
    if (reply instanceof Reply.Mapping(var pairs)) {
      return pairs;
    }
    List<Reply> elements = elements(reply);
    return IntStream.range(0, elements.size() / 2)
        .mapToObj(i -> new Reply.Pair(elements.get(2 * i), elements.get(2 * i + 1)))
        .toList();
  }

  private static List<Reply> elements(@Nullable Reply reply) {
    return switch (reply) {
      case Reply.Many(var elements) -> elements;
      case Reply.Unordered(var elements) -> elements;
      case null, default -> List.of();
    };
  }

  private static String text(@Nullable Reply reply) {
    return switch (reply) {
      case Reply.Bulk(var bytes) -> Bytes.text(bytes);
      case Reply.Status(var text) -> Bytes.text(text);
      case null, default -> "";
    };
  }
}
