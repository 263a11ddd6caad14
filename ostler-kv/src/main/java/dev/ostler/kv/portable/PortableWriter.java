package dev.ostler.kv.portable;

import static dev.ostler.kv.portable.Portable.BASE64;
import static dev.ostler.kv.portable.Portable.BINARY_KEYS;
import static dev.ostler.kv.portable.Portable.BUCKETS;
import static dev.ostler.kv.portable.Portable.CHECKSUM;
import static dev.ostler.kv.portable.Portable.DEADLINE;
import static dev.ostler.kv.portable.Portable.DEADLINES;
import static dev.ostler.kv.portable.Portable.FORMAT;
import static dev.ostler.kv.portable.Portable.KEPT;
import static dev.ostler.kv.portable.Portable.KEY;
import static dev.ostler.kv.portable.Portable.KEYS;
import static dev.ostler.kv.portable.Portable.NAME;
import static dev.ostler.kv.portable.Portable.SEQ;
import static dev.ostler.kv.portable.Portable.TEXT;
import static dev.ostler.kv.portable.Portable.VALUE;
import static dev.ostler.kv.portable.Portable.VERSION;

import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bytes.Bytes;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

/** Writes buckets as lines of JSON. Equal buckets give equal bytes. Used by one thread. */
final class PortableWriter {
  private final Summing out;
  private final JsonGenerator json;
  private Contents written = Contents.NONE;

  /** Writes to a stream, and does not flush or close it. */
  PortableWriter(OutputStream out) {
    this.out = new Summing(out);
    this.json = Portable.JSON.createGenerator(ObjectWriteContext.empty(), this.out);
  }

  /** Writes through, and computes the checksums of all bytes and of the last line. */
  private static final class Summing extends OutputStream {
    private final OutputStream out;
    private final CRC32C all = new CRC32C();
    private final CRC32C line = new CRC32C();

    Summing(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      all.update(bytes, offset, length);
      line.update(bytes, offset, length);
      out.write(bytes, offset, length);
    }
  }

  // --- Lines

  /** Writes the first line. */
  void begin() throws IOException {
    line(
        () -> {
          json.writeStringProperty(FORMAT, Portable.THIS_FORMAT);
          json.writeNumberProperty(VERSION, Portable.THIS_VERSION);
        });
  }

  /** Writes a bucket that exists; returns its contents. */
  Contents bucket(Entries bucket) throws IOException {
    List<String> keys = keys(bucket);
    out.line.reset();
    line(() -> members(bucket, keys));
    var contents = new Contents(1, bucket.size(), bytes(bucket), out.line.getValue());
    written = written.plus(contents);
    return contents;
  }

  /** Writes the last line; returns the contents of all buckets. */
  Contents end() throws IOException {
    String checksum = HexFormat.of().toHexDigits((int) out.all.getValue());
    line(
        () -> {
          json.writeNumberProperty(BUCKETS, written.buckets());
          json.writeNumberProperty(KEYS, written.keys());
          json.writeStringProperty(CHECKSUM, checksum);
        });
    json.close();
    return written;
  }

  private void line(Runnable members) throws IOException {
    try {
      json.writeStartObject();
      members.run();
      json.writeEndObject();
      json.writeRaw('\n');
      json.flush();
    } catch (JacksonException e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e);
    }
  }

  // --- Buckets

  private static List<String> keys(Entries bucket) {
    var keys = new ArrayList<String>(bucket.size());
    bucket.forEach((key, value) -> keys.add(key));
    Collections.sort(keys);
    return keys;
  }

  private static long bytes(Entries bucket) {
    String text = bucket.text();
    long[] bytes = {bucket.name().length() + (text == null ? 0L : text.length())};
    bucket.forEach((key, value) -> bytes[0] += key.length() + value.length());
    return bytes[0];
  }

  private void members(Entries bucket, List<String> keys) {
    json.writeName(NAME);
    value(bucket.name());
    json.writeNumberProperty(SEQ, bucket.seq());
    json.writeBooleanProperty(KEPT, bucket.isPinned());
    if (bucket.deadline() != 0) {
      json.writeNumberProperty(DEADLINE, bucket.deadline());
    }
    String alone = bucket.text();
    if (alone != null) {
      json.writeName(TEXT);
      value(alone);
      return;
    }
    var binary = new ArrayList<String>();
    json.writeName(KEYS);
    json.writeStartObject();
    for (String key : keys) {
      String name = text(key);
      if (name == null) {
        binary.add(key);
      } else {
        json.writeName(name);
        value(String.valueOf(bucket.get(key)));
      }
    }
    json.writeEndObject();
    if (bucket.deadlines() > 0) {
      deadlines(bucket, keys);
    }
    if (!binary.isEmpty()) {
      binary(bucket, binary);
    }
  }

  /** Writes the deadlines of the keys that are text. */
  private void deadlines(Entries bucket, List<String> keys) {
    json.writeName(DEADLINES);
    json.writeStartObject();
    for (String key : keys) {
      String name = bucket.deadline(key) == 0 ? null : text(key);
      if (name != null) {
        json.writeNumberProperty(name, bucket.deadline(key));
      }
    }
    json.writeEndObject();
  }

  /** Writes the keys that are not text: they cannot be member names in JSON. */
  private void binary(Entries bucket, List<String> keys) {
    json.writeName(BINARY_KEYS);
    json.writeStartArray();
    for (String key : keys) {
      json.writeStartObject();
      json.writeName(KEY);
      value(key);
      json.writeName(VALUE);
      value(String.valueOf(bucket.get(key)));
      if (bucket.deadline(key) != 0) {
        json.writeNumberProperty(DEADLINE, bucket.deadline(key));
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void value(String bytes) {
    String text = text(bytes);
    if (text == null) {
      json.writeStartObject();
      json.writeBinaryProperty(BASE64, Bytes.array(bytes));
      json.writeEndObject();
    } else {
      json.writeString(text);
    }
  }

  /** The bytes as text; null if they are not valid UTF-8. */
  private static @Nullable String text(String bytes) {
    String text = Bytes.text(bytes);
    return text.equals(bytes) || Bytes.isText(bytes) ? text : null;
  }
}
