package dev.ostler.kv.server.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Requests that are sent together, in the form of RESP. Used by one thread. */
final class RequestBuffer {
  private static final int DIGITS = 12;
  private static final int LONGEST_HEADER = 32;

  /** What values are cut from, so that they are no repetition of one byte. */
  private final byte[] noise;

  private final Load load;
  private final RandomGenerator random;
  private byte[] bytes = new byte[4 * 1024];
  private int length;

  RequestBuffer(Load load, RandomGenerator random) {
    this.load = load;
    this.random = random;
    this.noise = new byte[2 * Math.max(load.sizes().most(), 512)];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = (byte) ('a' + random.nextInt(26));
    }
  }

  /** Adds a request of the mix, and returns its command. */
  Kind add() {
    Kind kind = draw();
    kind.write(this, load.choice().next(random), load);
    return kind;
  }

  /** One of the commands of the mix; nothing is added. */
  Kind draw() {
    return load.mix().next(random);
  }

  /** Begins a request, which has so many arguments. */
  RequestBuffer command(String name, int arguments) {
    header('*', arguments + 1);
    return word(name);
  }

  /** An argument: the name of a key. */
  RequestBuffer name(String prefix, String type, long number) {
    header('$', prefix.length() + type.length() + DIGITS);
    return ascii(prefix).ascii(type).digits(number, DIGITS).end();
  }

  /** An argument: one of the fields of a hash. */
  RequestBuffer anyField(int fields) {
    return field(random.nextInt(fields));
  }

  /** An argument: this field of a hash. */
  RequestBuffer field(long number) {
    header('$', "field:".length() + DIGITS);
    return ascii("field:").digits(number, DIGITS).end();
  }

  /** An argument: a value. */
  RequestBuffer value(Sizes sizes) {
    int size = sizes.next(random);
    header('$', size);
    room(size);
    System.arraycopy(noise, random.nextInt(noise.length - size + 1), bytes, length, size);
    length += size;
    return end();
  }

  /** An argument. */
  RequestBuffer word(String text) {
    header('$', text.length());
    return ascii(text).end();
  }

  int length() {
    return length;
  }

  /** Sends the requests, and forgets them. */
  void sendTo(OutputStream out) throws IOException {
    int sent = length;
    length = 0;
    out.write(bytes, 0, sent);
  }

  private void header(char type, int number) {
    room(LONGEST_HEADER);
    bytes[length++] = (byte) type;
    int digits = 1;
    for (int n = number; n >= 10; n /= 10) {
      digits++;
    }
    digits(number, digits);
    end();
  }

  @SuppressWarnings("deprecation") // the only copy that makes no array; the text is ASCII
  private RequestBuffer ascii(String text) {
    room(text.length());
    text.getBytes(0, text.length(), bytes, length);
    length += text.length();
    return this;
  }

  private RequestBuffer digits(long number, int count) {
    room(count);
    long left = number;
    for (int i = length + count - 1; i >= length; i--) {
      bytes[i] = (byte) ('0' + left % 10);
      left /= 10;
    }
    length += count;
    return this;
  }

  private RequestBuffer end() {
    room(2);
    bytes[length++] = '\r';
    bytes[length++] = '\n';
    return this;
  }

  private void room(int count) {
    if (bytes.length - length < count) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + count));
    }
  }

  @Override
  public String toString() {
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }
}
