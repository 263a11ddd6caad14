package dev.ostler.kv.raft;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;

/** Bytes to which numbers and byte strings are appended. One thread at a time. */
final class ByteWriter {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  int length() {
    return bytes.size();
  }

  byte[] toArray() {
    return bytes.toByteArray();
  }

  ByteWriter one(int value) {
    bytes.write(value);
    return this;
  }

  /** Seven bits a byte, lowest first; the highest bit is set in all but the last byte. */
  ByteWriter number(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes.write((int) rest | 0x80);
      rest >>>= 7;
    }
    bytes.write((int) rest);
    return this;
  }

  /** All that another one has. */
  ByteWriter all(ByteWriter other) {
    bytes.writeBytes(other.bytes.toByteArray());
    return this;
  }

  /** A byte string, after its length. */
  ByteWriter string(String value) {
    byte[] latin = value.getBytes(ISO_8859_1);
    number(latin.length);
    bytes.writeBytes(latin);
    return this;
  }
}
