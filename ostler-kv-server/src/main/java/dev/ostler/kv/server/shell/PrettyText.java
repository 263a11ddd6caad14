package dev.ostler.kv.server.shell;

import java.util.List;

/** Replies as redis-cli prints them on a terminal. Pure functions; any thread. */
final class PrettyText {
  private final StringBuilder text = new StringBuilder();

  private PrettyText() {}

  static String of(Reply reply) {
    var pretty = new PrettyText();
    pretty.add(reply, "");
    return pretty.text.toString();
  }

  private void add(Reply reply, String indent) {
    switch (reply) {
      case Reply.Status(var status) -> text.append(status);
      case Reply.Failure(var error) -> text.append("(error) ").append(error);
      case Reply.Whole(var digits) -> text.append("(integer) ").append(digits);
      case Reply.Real(var digits) -> text.append("(double) ").append(digits);
      case Reply.Bool(var value) -> text.append(value ? "(true)" : "(false)");
      case Reply.Nil() -> text.append("(nil)");
      case Reply.Bulk(var bytes) -> text.append(Words.quote(bytes));
      case Reply.Verbatim(_, var words) -> text.append(words);
      case Reply.Many(var elements) -> list(elements, ')', "(empty array)", indent);
      case Reply.Unordered(var elements) -> list(elements, '~', "(empty set)", indent);
      case Reply.Push(var elements) -> list(elements, ')', "(empty push)", indent);
      case Reply.Mapping(var pairs) -> {
        if (pairs.isEmpty()) {
          text.append("(empty hash)");
        }
        int width = width(pairs.size());
        String inner = indent + " ".repeat(width + 2);
        for (int i = 0; i < pairs.size(); i++) {
          number(i, width, '#', indent);
          add(pairs.get(i).key(), inner);
          text.append(" => ");
          add(pairs.get(i).value(), inner);
        }
      }
    }
  }

  private void list(List<Reply> elements, char mark, String ifEmpty, String indent) {
    if (elements.isEmpty()) {
      text.append(ifEmpty);
    }
    int width = width(elements.size());
    for (int i = 0; i < elements.size(); i++) {
      number(i, width, mark, indent);
      add(elements.get(i), indent + " ".repeat(width + 2));
    }
  }

  /** The first element stands where its list does, behind the number of that. */
  private void number(int index, int width, char mark, String indent) {
    if (index > 0) {
      text.append('\n').append(indent);
    }
    text.append(("%" + width + "d").formatted(index + 1)).append(mark).append(' ');
  }

  private static int width(int count) {
    return String.valueOf(Math.max(1, count)).length();
  }
}
