package dev.ostler.kv.server.shell;

import java.util.List;

/** How replies are printed. */
public enum Format {
  /** For people, as redis-cli does on a terminal: strings quoted, elements numbered. */
  PRETTY {
    @Override
    String text(Reply reply) {
      return PrettyText.of(reply);
    }
  },

  /** For programs, as redis-cli does in a pipe: bytes as they are, an element on each line. */
  RAW {
    @Override
    String text(Reply reply) {
      return switch (reply) {
        case Reply.Status(var text) -> text;
        case Reply.Failure(var text) -> text;
        case Reply.Whole(var digits) -> digits;
        case Reply.Real(var digits) -> digits;
        case Reply.Bool(var value) -> String.valueOf(value);
        case Reply.Nil() -> "";
        case Reply.Bulk(var bytes) -> bytes;
        case Reply.Verbatim(_, var text) -> text;
        case Reply.Many(var elements) -> lines(elements);
        case Reply.Unordered(var elements) -> lines(elements);
        case Reply.Push(var elements) -> lines(elements);
        case Reply.Mapping(var pairs) ->
            String.join(
                "\n",
                pairs.stream().map(pair -> text(pair.key()) + " " + text(pair.value())).toList());
      };
    }

    private String lines(List<Reply> elements) {
      return String.join("\n", elements.stream().map(this::text).toList());
    }
  },

  /** For programs that read JSON: one value on a line. */
  JSON {
    @Override
    String text(Reply reply) {
      return JsonText.of(reply);
    }
  };

  /** The text of a reply, without a line end after it: a byte string. */
  abstract String text(Reply reply);
}
