package dev.ostler.observer;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * JSON as maps, lists, strings, numbers and booleans, which are written and read. Pure functions;
 * any thread may use them.
 */
final class Json {
  private static final int DEEPEST = 32;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
          .build();

  private Json() {}

  /**
   * An object of these names and values, in this order. Values that are null or {@link
   * Optional#empty} are left out.
   */
  static Map<String, Object> object(@Nullable Object... namesAndValues) {
    var object = new LinkedHashMap<String, Object>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      Object value = namesAndValues[i + 1];
      Object present = value instanceof Optional<?> some ? some.orElse(null) : value;
      if (present != null) {
        object.put(String.valueOf(namesAndValues[i]), present);
      }
    }
    return object;
  }

  static byte[] bytes(Object value) {
    var out = new ByteArrayOutputStream(1024);
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      write(value, json);
    }
    return out.toByteArray();
  }

  private static void write(Object value, JsonGenerator json) {
    switch (value) {
      case String text -> json.writeString(text);
      case Boolean flag -> json.writeBoolean(flag);
      case Integer number -> json.writeNumber((int) number);
      case Long number -> json.writeNumber((long) number);
      case Double number -> {
        if (Double.isFinite(number)) {
          json.writeNumber((double) number);
        } else {
          json.writeNull();
        }
      }
      case List<?> list -> {
        json.writeStartArray();
        list.forEach(each -> write(each, json));
        json.writeEndArray();
      }
      case Map<?, ?> object -> {
        json.writeStartObject();
        object.forEach(
            (name, each) -> {
              json.writeName(String.valueOf(name));
              write(each, json);
            });
        json.writeEndObject();
      }
      case Null _ -> json.writeNull();
      default -> throw new IllegalArgumentException("no JSON: " + value.getClass());
    }
  }

  /** What stands for null in what was read, and is to be written. */
  enum Null {
    NULL
  }

  /**
   * What a client sent.
   *
   * @throws Refusal if it is no JSON
   */
  static Object parse(byte[] text) {
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
      Object value = read(json, json.nextToken());
      if (json.nextToken() != null) {
        throw Refusal.bad("expected one value of JSON, and found more");
      }
      return value;
    } catch (JacksonException e) {
      throw Refusal.bad("expected JSON, and found something else: " + e.getOriginalMessage());
    }
  }

  private static Object read(JsonParser json, @Nullable JsonToken token) {
    if (token == null) {
      throw Refusal.bad("expected JSON, and found nothing");
    }
    return switch (token) {
      case START_OBJECT -> {
        var object = new LinkedHashMap<String, Object>();
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
          String name = json.currentName();
          object.put(name, read(json, json.nextToken()));
        }
        yield object;
      }
      case START_ARRAY -> {
        var list = new ArrayList<Object>();
        for (JsonToken each = json.nextToken();
            each != JsonToken.END_ARRAY;
            each = json.nextToken()) {
          list.add(read(json, each));
        }
        yield list;
      }
      case VALUE_STRING -> json.getString();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> Null.NULL;
      case VALUE_NUMBER_INT -> {
        if (json.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
          throw Refusal.bad("expected a number of at most 64 bits");
        }
        yield json.getLongValue();
      }
      case VALUE_NUMBER_FLOAT -> json.getDoubleValue();
      default -> throw Refusal.bad("expected JSON, and found " + token);
    };
  }
}
