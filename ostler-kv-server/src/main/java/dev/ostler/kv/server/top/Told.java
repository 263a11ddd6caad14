package dev.ostler.kv.server.top;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * An object of JSON. What is absent, or of another type than asked for, is left out. Any thread may
 * use it.
 */
record Told(Map<?, ?> values) {
  static final Told NOTHING = new Told(Map.of());

  private static final JsonFactory JSON = new JsonFactory();

  /**
   * Reads an object.
   *
   * @throws IOException if it is none
   */
  static Told parse(byte[] bytes) throws IOException {
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), bytes)) {
      json.nextToken();
      if (value(json) instanceof Map<?, ?> object) {
        return new Told(object);
      }
    } catch (JacksonException e) {
      throw new IOException("expected JSON: " + e.getOriginalMessage(), e);
    }
    throw new IOException("expected an object of JSON");
  }

  private static @Nullable Object value(JsonParser json) {
    JsonToken token = json.currentToken();
    return switch (token) {
      case null -> null;
      case START_OBJECT -> {
        var object = new LinkedHashMap<String, @Nullable Object>();
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
          String name = json.currentName();
          json.nextToken();
          object.put(name, value(json));
        }
        yield object;
      }
      case START_ARRAY -> {
        var list = new ArrayList<@Nullable Object>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(json));
        }
        yield list;
      }
      case VALUE_STRING -> json.getString();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> json.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }

  Optional<String> text(String name) {
    return values.get(name) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  OptionalDouble number(String name) {
    return values.get(name) instanceof Double number
        ? OptionalDouble.of(number)
        : OptionalDouble.empty();
  }

  long count(String name) {
    return (long) number(name).orElse(0);
  }

  boolean flag(String name) {
    return Boolean.TRUE.equals(values.get(name));
  }

  /** The object of this name; an empty one if there is none. */
  Told part(String name) {
    return values.get(name) instanceof Map<?, ?> object ? new Told(object) : NOTHING;
  }

  boolean isEmpty() {
    return values.isEmpty();
  }

  /** The objects in the list of this name. */
  List<Told> parts(String name) {
    var parts = new ArrayList<Told>();
    for (Object each : elements(name)) {
      if (each instanceof Map<?, ?> object) {
        parts.add(new Told(object));
      }
    }
    return parts;
  }

  /** The texts in the list of this name. */
  List<String> texts(String name) {
    var texts = new ArrayList<String>();
    for (Object each : elements(name)) {
      if (each instanceof String text) {
        texts.add(text);
      }
    }
    return texts;
  }

  private List<?> elements(String name) {
    return values.get(name) instanceof List<?> list ? list : List.of();
  }
}
