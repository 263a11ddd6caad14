package dev.ostler.kv.server.shell;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.shell.CommandDocs.Doc;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

/**
 * Completes commands and subcommands, and says what follows. Used by the thread that reads lines.
 */
final class CommandCompleter implements Completer {
  private CommandDocs docs = CommandDocs.NONE;

  /** From now on, the server has these commands. */
  void know(CommandDocs now) {
    docs = now;
  }

  @Override
  public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
    List<String> words = line.words();
    switch (line.wordIndex()) {
      case 0 -> {
        add(docs.commands(), line.word(), candidates);
        add(OWN, line.word(), candidates);
      }
      case 1 -> {
        Doc doc = docs.commands().get(Bytes.lower(words.getFirst()));
        if (Words.begin(words, "help")) {
          add(docs.commands(), line.word(), candidates);
        } else if (doc != null) {
          add(doc.subcommands(), line.word(), candidates);
        }
      }
      default -> {}
    }
  }

  private static final Map<String, Doc> OWN =
      Map.of(
          "help", own("Says what a command does."),
          "exit", own("Ends the shell."),
          "quit", own("Ends the shell."));

  private static Doc own(String summary) {
    return new Doc(summary, "", "", "", Map.of());
  }

  /** In lower case if the word begins so, and else in upper case. */
  private static void add(Map<String, Doc> docs, String word, List<Candidate> candidates) {
    boolean lower = !word.isEmpty() && Character.isLowerCase(word.charAt(0));
    docs.forEach(
        (name, doc) -> {
          String value = lower ? name : name.toUpperCase(Locale.ROOT);
          candidates.add(new Candidate(value, value, null, doc.summary(), null, null, true));
        });
  }

  /**
   * What follows the line as typed so far: arguments, or what the command does if the server does
   * not tell its arguments. Empty if there is nothing to say.
   */
  String hint(String line) {
    List<String> words;
    try {
      words = Words.split(Bytes.of(line));
    } catch (Words.Malformed e) {
      return "";
    }
    return docs.find(words).map(found -> hint(found, words, line)).orElse("");
  }

  private static String hint(CommandDocs.Found found, List<String> words, String line) {
    boolean complete = line.endsWith(" ");
    if (!found.doc().arguments().isEmpty()) {
      List<String> left = List.of(found.doc().arguments().split(" (?![^\\[]*\\])"));
      int given = words.size() - found.words();
      return given >= left.size()
          ? ""
          : (complete ? "" : " ") + String.join(" ", left.subList(given, left.size()));
    }
    return words.size() == found.words() ? (complete ? "" : " ") + " " + found.doc().summary() : "";
  }

  /** What the server says of the command that these words name. */
  String help(List<String> words) {
    String name = Bytes.text(String.join(" ", words)).toUpperCase(Locale.ROOT);
    return docs.find(words)
        .filter(found -> found.words() == words.size())
        .map(found -> help(name, found.doc()))
        .orElse("kv: the server tells nothing about " + name);
  }

  private static String help(String name, Doc doc) {
    var text = new StringBuilder((name + " " + doc.arguments()).strip());
    text.append("\n  ").append(doc.summary());
    text.append("\n  since ").append(doc.since()).append(", group ").append(doc.group());
    if (!doc.subcommands().isEmpty()) {
      text.append("\n  subcommands:");
      doc.subcommands()
          .keySet()
          .forEach(sub -> text.append(' ').append(sub.toUpperCase(Locale.ROOT)));
    }
    return text.toString();
  }
}
