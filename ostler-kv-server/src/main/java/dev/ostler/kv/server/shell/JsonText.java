package dev.ostler.kv.server.shell;

import dev.ostler.kv.bytes.Bytes;
import java.io.StringWriter;
import java.util.Base64;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Replies as JSON. Pure functions; any thread.
 *
 * <p>Bytes that are not UTF-8 are {@code {"base64":"..."}}, an error is {@code {"error":"..."}}, a
 * push {@code {"push":[...]}}. A map is an object, if all its keys are texts and different, and an
 * array of pairs otherwise. Infinity and not-a-number are strings.
 */
final class JsonText {
  private static final JsonFactory JSON = new JsonFactory();

  private final JsonGenerator to;

  private JsonText(JsonGenerator to) {
    this.to = to;
  }

  static String of(Reply reply) {
    var text = new StringWriter();
    try (JsonGenerator to = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      new JsonText(to).add(reply);
    }
    return Bytes.of(text.toString());
  }

  private void add(Reply reply) {
    switch (reply) {
      case Reply.Status(var status) -> bytes(status);
      case Reply.Failure(var error) -> {
        to.writeStartObject();
        to.writeName("error");
        to.writeString(Bytes.text(error));
        to.writeEndObject();
      }
      case Reply.Whole(var digits) -> number(digits);
      case Reply.Real(var digits) -> number(digits);
      case Reply.Bool(var value) -> to.writeBoolean(value);
      case Reply.Nil() -> to.writeNull();
      case Reply.Bulk(var bytes) -> bytes(bytes);
      case Reply.Verbatim(_, var text) -> bytes(text);
      case Reply.Many(var elements) -> array(elements);
      case Reply.Unordered(var elements) -> array(elements);
      case Reply.Push(var elements) -> {
        to.writeStartObject();
        to.writeName("push");
        array(elements);
        to.writeEndObject();
      }
      case Reply.Mapping(var pairs) -> map(pairs);
    }
  }

  private void number(String digits) {
    if (digits.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) {
      to.writeNumber(digits);
    } else {
      to.writeString(digits);
    }
  }

  private void bytes(String bytes) {
    if (Bytes.isText(bytes)) {
      to.writeString(Bytes.text(bytes));
    } else {
      to.writeStartObject();
      to.writeName("base64");
      to.writeString(Base64.getEncoder().encodeToString(Bytes.array(bytes)));
      to.writeEndObject();
    }
  }

  private void array(List<Reply> elements) {
    to.writeStartArray();
    elements.forEach(this::add);
    to.writeEndArray();
  }

  private void map(List<Reply.Pair> pairs) {
    List<String> names =
        pairs.stream().map(pair -> key(pair.key())).filter(Bytes::isText).distinct().toList();
    if (names.size() < pairs.size()) {
      to.writeStartArray();
      pairs.forEach(pair -> array(List.of(pair.key(), pair.value())));
      to.writeEndArray();
      return;
    }
    to.writeStartObject();
    for (int i = 0; i < names.size(); i++) {
      to.writeName(Bytes.text(names.get(i)));
      add(pairs.get(i).value());
    }
    to.writeEndObject();
  }

  /** A key as a byte string; one that is no text if it is no string or number. */
  private static String key(Reply key) {
    return switch (key) {
      case Reply.Bulk(var bytes) -> bytes;
      case Reply.Status(var text) -> text;
      case Reply.Whole(var digits) -> digits;
      default -> "\u00ff";
    };
  }
}
