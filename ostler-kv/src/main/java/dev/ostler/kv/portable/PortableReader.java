package dev.ostler.kv.portable;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.bytes.Lines;
import java.io.IOException;
import java.io.InputStream;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/**
 * Reads and checks an export that {@link PortableWriter} wrote. Used by one thread. Single use.
 *
 * <p>An error is an {@link IOException} that names the file, the line, what was expected and what
 * was found.
 */
public final class PortableReader {
  /** Is called with each bucket. */
  public interface Each {
    /** A bucket to import. */
    void bucket(String name, BucketStore.Stored stored) throws IOException;
  }

  private final String source;
  private final Lines lines;
  private long buckets;
  private long keys;

  /**
   * Reads from a stream, and does not close it.
   *
   * @param source the name of the file, for errors
   */
  public PortableReader(String source, InputStream in) {
    this.source = source;
    this.lines = new Lines(in);
  }

  /** The number of bytes read so far. */
  public long bytes() {
    return lines.bytes();
  }

  /** The number of buckets read so far. */
  public long buckets() {
    return buckets;
  }

  /**
   * Calls a consumer with each bucket as it is read. When this returns, the end was checked, too.
   */
  public void read(Each each) throws IOException {
    if (!lines.next()) {
      throw new IOException(source + ": expected an export, and found nothing");
    }
    line(
        json -> {
          header(json);
          return false;
        });
    boolean ended = false;
    while (!ended) {
      long before = lines.checksum();
      if (!lines.next()) {
        throw new IOException(
            source
                + ", line "
                + (lines.number() + 1)
                + ": expected a bucket, or the last line with the number of buckets, and found the"
                + " end: the file is incomplete");
      }
      ended =
          line(
              json -> {
                if (Portable.BUCKETS.equals(json.currentName())) {
                  last(json, before);
                  return true;
                }
                var bucket = new PortableBucket(json);
                each.bucket(bucket.name(), bucket.stored());
                buckets++;
                keys += bucket.size();
                return false;
              });
    }
    if (lines.next()) {
      throw wrong("nothing after the line with the number of buckets", "another line");
    }
  }

  /** One line. */
  private interface Line {
    /** Reads the object from the name of its first member to its end; true for the last line. */
    boolean read(JsonParser json) throws IOException, Unexpected;
  }

  private boolean line(Line line) throws IOException {
    try (JsonParser json = Portable.JSON.createParser(ObjectReadContext.empty(), lines)) {
      expect(json, JsonToken.START_OBJECT, "an object in JSON");
      if (json.nextToken() != JsonToken.PROPERTY_NAME) {
        throw new Unexpected("an object with members", found(json));
      }
      boolean last = line.read(json);
      if (json.nextToken() != null) {
        throw new Unexpected("the end of the line", found(json));
      }
      if (!lines.isWhole()) {
        throw new Unexpected("the end of the line", "the end of the file");
      }
      return last;
    } catch (Unexpected e) {
      throw wrong(e.expected, e.found);
    } catch (JacksonException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      int column = e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
      throw wrong("JSON", "at column " + column + ": " + e.getOriginalMessage());
    }
  }

  private IOException wrong(String expected, String found) {
    return new IOException(
        source + ", line " + lines.number() + ": expected " + expected + ", and found " + found);
  }

  private void header(JsonParser json) throws Unexpected {
    String expected =
        "\""
            + Portable.FORMAT
            + "\": \""
            + Portable.THIS_FORMAT
            + "\" at the beginning of an export";
    if (!Portable.FORMAT.equals(json.currentName())) {
      throw new Unexpected(expected, "\"" + json.currentName() + "\"");
    }
    String format = expect(json, JsonToken.VALUE_STRING, expected).getString();
    if (!format.equals(Portable.THIS_FORMAT)) {
      throw new Unexpected(expected, "\"" + format + "\"");
    }
    name(json, Portable.VERSION);
    long version = number(json, Portable.VERSION, 0);
    if (version != Portable.THIS_VERSION) {
      throw new Unexpected("version " + Portable.THIS_VERSION, "version " + version);
    }
    expect(json, JsonToken.END_OBJECT, "the end of the object");
  }

  private void last(JsonParser json, long checksum) throws Unexpected {
    long buckets = number(json, Portable.BUCKETS, 0);
    name(json, Portable.KEYS);
    long keys = number(json, Portable.KEYS, 0);
    name(json, Portable.CHECKSUM);
    String crc = expect(json, JsonToken.VALUE_STRING, "a checksum").getString();
    expect(json, JsonToken.END_OBJECT, "the end of the object");
    String read = HexFormat.of().toHexDigits((int) checksum);
    if (buckets != this.buckets || keys != this.keys) {
      throw new Unexpected(
          counts(buckets, keys) + ", as the line says",
          counts(this.buckets, this.keys) + " before it");
    }
    if (!crc.equals(read)) {
      throw new Unexpected(
          "lines with the checksum " + crc + " before it", read + ": a line was changed");
    }
  }

  private static String counts(long buckets, long keys) {
    return buckets + " buckets and " + keys + " keys";
  }

  // --- Tokens

  /** The line is JSON, but not what was expected. */
  static final class Unexpected extends Exception {
    final String expected;
    final String found;

    Unexpected(String expected, String found) {
      super("expected " + expected + ", and found " + found);
      this.expected = expected;
      this.found = found;
    }
  }

  /** Reads the next token, which must be this one. */
  static JsonParser expect(JsonParser json, JsonToken token, String what) throws Unexpected {
    if (json.nextToken() != token) {
      throw new Unexpected(what, found(json));
    }
    return json;
  }

  /** Reads the name of the next member, which must be this one. */
  private static void name(JsonParser json, String name) throws Unexpected {
    expect(json, JsonToken.PROPERTY_NAME, "\"" + name + "\"");
    if (!name.equals(json.currentName())) {
      throw new Unexpected("\"" + name + "\"", "\"" + json.currentName() + "\"");
    }
  }

  /** Reads the next number, which must be an integer of at least this value. */
  static long number(JsonParser json, String what, long least) throws Unexpected {
    String expected = "a whole number from " + least + " on as \"" + what + "\"";
    expect(json, JsonToken.VALUE_NUMBER_INT, expected);
    boolean fits = json.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
    if (!fits || json.getLongValue() < least) {
      throw new Unexpected(expected, json.getString());
    }
    return json.getLongValue();
  }

  /** A short description of the current token. */
  static String found(JsonParser json) {
    @Nullable JsonToken token = json.currentToken();
    if (token == null) {
      return "the end of the line";
    }
    return switch (token) {
      case START_OBJECT -> "an object";
      case END_OBJECT -> "the end of the object";
      case START_ARRAY -> "an array";
      case END_ARRAY -> "the end of the array";
      case PROPERTY_NAME -> "\"" + shown(String.valueOf(json.currentName())) + "\"";
      case VALUE_STRING -> "the text \"" + shown(json.getString()) + "\"";
      default -> json.getString();
    };
  }

  private static String shown(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "…";
  }
}
