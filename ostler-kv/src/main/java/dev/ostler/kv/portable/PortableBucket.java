package dev.ostler.kv.portable;

import static dev.ostler.kv.portable.PortableReader.expect;
import static dev.ostler.kv.portable.PortableReader.found;
import static dev.ostler.kv.portable.PortableReader.number;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.portable.PortableReader.Unexpected;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** One bucket, parsed from a line of an export. Used by {@link PortableReader}. */
final class PortableBucket {
  private final JsonParser json;
  private final String name;
  private long seq = -1;
  private boolean kept;
  private long deadline; // here and below 0 is none
  private @Nullable String text;
  private @Nullable Map<String, String> keys;
  private final Map<String, Long> deadlines = new HashMap<>();

  /** Reads the object from the name of its first member to its end. */
  PortableBucket(JsonParser json) throws Unexpected {
    this.json = json;
    if (!Portable.NAME.equals(json.currentName())) {
      throw new Unexpected("a bucket, which begins with its \"name\"", found(json));
    }
    name = bytes("the bucket's name");
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      member(String.valueOf(json.currentName()));
    }
    if (json.currentToken() != JsonToken.END_OBJECT) {
      throw new Unexpected("the end of the bucket", found(json));
    }
    check();
  }

  String name() {
    return name;
  }

  /** The number of keys. */
  int size() {
    return keys == null ? 0 : keys.size();
  }

  /** The bucket as a store has it. */
  BucketStore.Stored stored() {
    var changes = new ArrayList<Change>();
    if (text != null) {
      changes.add(new Change.Text(text));
    }
    if (keys != null) {
      keys.forEach(
          (key, value) -> {
            changes.add(new Change.Put(key, value));
            long at = deadlines.getOrDefault(key, 0L);
            if (at != 0) {
              changes.add(new Change.KeyDeadline(key, at));
            }
          });
    }
    if (kept) {
      changes.add(new Change.Kept());
    }
    if (deadline != 0) {
      changes.add(new Change.Deadline(deadline));
    }
    return new BucketStore.Stored(seq, List.copyOf(changes));
  }

  private void member(String member) throws Unexpected {
    switch (member) {
      case Portable.SEQ -> seq = number(json, member, 0);
      case Portable.KEPT -> kept = yes();
      case Portable.DEADLINE -> deadline = number(json, member, 1);
      case Portable.TEXT -> text = bytes("the bucket's text");
      case Portable.KEYS -> keys();
      case Portable.DEADLINES -> deadlines();
      case Portable.BINARY_KEYS -> binaryKeys();
      default ->
          throw new Unexpected(
              "seq, kept, deadline, text, keys, deadlines or binaryKeys", found(json));
    }
  }

  private boolean yes() throws Unexpected {
    return switch (json.nextToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case null, default -> throw new Unexpected("true or false as \"kept\"", found(json));
    };
  }

  private void keys() throws Unexpected {
    expect(json, JsonToken.START_OBJECT, "an object of keys and values");
    Map<String, String> all = some();
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      put(all, member(), bytes("a value"));
    }
  }

  private Map<String, String> some() {
    if (keys == null) {
      keys = new LinkedHashMap<>();
    }
    return keys;
  }

  private static void put(Map<String, String> all, String key, String value) throws Unexpected {
    if (all.put(key, value) != null) {
      throw new Unexpected("each key once", "\"" + Bytes.text(key) + "\" twice");
    }
  }

  private void deadlines() throws Unexpected {
    expect(json, JsonToken.START_OBJECT, "an object of keys and deadlines");
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = member();
      deadlines.put(key, number(json, Bytes.text(key), 1));
    }
  }

  private void binaryKeys() throws Unexpected {
    expect(json, JsonToken.START_ARRAY, "an array of keys and values");
    Map<String, String> all = some();
    while (json.nextToken() == JsonToken.START_OBJECT) {
      String key = null;
      String value = null;
      long at = 0;
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        switch (json.currentName()) {
          case Portable.KEY -> key = bytes("a key");
          case Portable.VALUE -> value = bytes("a value");
          case Portable.DEADLINE -> at = number(json, Portable.DEADLINE, 1);
          case null, default -> throw new Unexpected("key, value or deadline", found(json));
        }
      }
      if (key == null || value == null) {
        throw new Unexpected("a key and its value", key == null ? "no key" : "no value");
      }
      put(all, key, value);
      if (at != 0) {
        deadlines.put(key, at);
      }
    }
    if (json.currentToken() != JsonToken.END_ARRAY) {
      throw new Unexpected("an object with key and value", found(json));
    }
  }

  /** The name of the current member, as a byte string. */
  private String member() throws Unexpected {
    return encoded(String.valueOf(json.currentName()));
  }

  /** Reads the next byte string: a text, or an object with its bytes in Base64. */
  private String bytes(String what) throws Unexpected {
    JsonToken token = json.nextToken();
    if (token == JsonToken.VALUE_STRING) {
      return encoded(json.getString());
    }
    String expected = what + ", as text or as {\"base64\": \"...\"}";
    if (token != JsonToken.START_OBJECT
        || json.nextToken() != JsonToken.PROPERTY_NAME
        || !Portable.BASE64.equals(json.currentName())
        || json.nextToken() != JsonToken.VALUE_STRING) {
      throw new Unexpected(expected, found(json));
    }
    byte[] bytes = json.getBinaryValue();
    expect(json, JsonToken.END_OBJECT, expected);
    return Bytes.of(bytes, 0, bytes.length);
  }

  private static String encoded(String text) throws Unexpected {
    String bytes = Bytes.of(text);
    if (!bytes.equals(text) && !StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new Unexpected("text in Unicode", "half a surrogate pair");
    }
    return bytes;
  }

  private void check() throws Unexpected {
    boolean empty = keys == null || keys.isEmpty();
    if ((text != null && keys != null) || (text != null && kept)) {
      throw new Unexpected("one value, or keys", "\"text\" and more in one bucket");
    }
    if (text == null && empty && !kept) {
      throw new Unexpected("\"text\", or \"keys\", or a bucket that is \"kept\"", "none of them");
    }
    for (String key : deadlines.keySet()) {
      if (keys == null || !keys.containsKey(key)) {
        throw new Unexpected("deadlines of keys", "one of \"" + Bytes.text(key) + "\", no key");
      }
    }
    int least = stored().changes().size();
    if (seq < least) {
      throw new Unexpected(
          "a \"seq\" from " + least + " on, as many changes as the bucket takes", "" + seq);
    }
  }
}
