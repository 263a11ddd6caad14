package dev.ostler.kv.server.resp;

import dev.ostler.kv.bucket.Footprint;
import dev.ostler.kv.bucket.Keyspace;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.bytes.Stored;
import dev.ostler.kv.server.args.CommandError;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes replies in the Redis serialization protocol, one after another into one array.
 *
 * <p>Used by one thread at a time. For types that protocol 2 lacks, it writes the type that Redis
 * uses instead.
 */
public final class RespWriter {
  private static final int FIRST = 1024;

  /** Of the text of an error, which may quote an argument of any length. */
  private static final int LONGEST_ERROR = 1000;

  private static final byte[] SMALL = new byte[0];

  private final boolean mayWait;
  private byte[] buffer = SMALL;
  private int length;
  private int protocol;
  private ClientMemory.@Nullable Share memory; // null: not counted
  private @Nullable Consumer<RespWriter> rest;

  /** An empty writer for protocol 2 or 3, for a thread that serves many clients. */
  public RespWriter(int protocol) {
    this(protocol, false);
  }

  /**
   * An empty writer.
   *
   * @param protocol 2 or 3
   * @param mayWait whether the thread that writes may wait, because it serves no other clients
   */
  RespWriter(int protocol, boolean mayWait) {
    this.protocol = protocol;
    this.mayWait = mayWait;
  }

  public int protocol() {
    return protocol;
  }

  /** Sets the version of the protocol, 2 or 3. */
  public void protocol(int version) {
    protocol = version;
  }

  /** Starts to write for this client, whose share counts large replies. */
  void begin(int version, ClientMemory.Share share) {
    protocol = version;
    memory = share;
  }

  /** A new, empty writer for the same client. */
  public RespWriter another() {
    return another(mayWait);
  }

  /** A new, empty writer for the same client, for a thread that finishes what it has begun. */
  public RespWriter anotherThatMayWait() {
    return another(true);
  }

  private RespWriter another(boolean waits) {
    var other = new RespWriter(protocol, waits);
    other.memory = memory;
    return other;
  }

  /** Whether the thread that writes may wait or take long, because it serves no other clients. */
  public boolean mayWait() {
    return mayWait;
  }

  /**
   * Must be called before something that takes long.
   *
   * @throws Keyspace.WouldWait if it must not be done on this thread
   */
  public void expectMayWait() {
    if (!mayWait) {
      throw new Keyspace.WouldWait();
    }
  }

  /**
   * Must be called before a large reply is made, and before anything is changed.
   *
   * @param bytes the least size of the reply
   * @throws CommandError if there is no memory for it
   */
  public void expect(long bytes) {
    if (memory != null) {
      memory.expect(bytes);
    }
  }

  /** Sets a part of the reply that is written last, once the bucket is free for other clients. */
  public void later(Consumer<RespWriter> writing) {
    rest = writing;
  }

  /** Writes the part that another writer has left for later, if there is one. */
  void finish(RespWriter other) {
    Consumer<RespWriter> writing = other.rest;
    other.rest = null;
    if (writing != null) {
      writing.accept(this);
    }
  }

  // --- What was written

  public byte[] array() {
    return buffer;
  }

  /** The number of bytes written; also the position for {@link #truncate}. */
  int length() {
    return length;
  }

  /** Drops everything after this position. */
  void truncate(int newLength) {
    length = newLength;
    rest = null;
  }

  /** Drops everything, and the array, too, if it is longer than this. */
  void clear(int most) {
    length = 0;
    rest = null;
    if (buffer.length > most) {
      buffer = SMALL;
    }
  }

  public byte[] toBytes() {
    return Arrays.copyOf(buffer, length);
  }

  /**
   * Appends the bytes of another writer. It is never refused, because their memory is counted
   * already, and the command is done.
   */
  public void append(RespWriter other) {
    if (length == 0 && other.buffer.length > buffer.length) {
      buffer = other.buffer;
      length = other.length;
      other.buffer = SMALL;
      other.length = 0;
    } else {
      appendUncounted(other.buffer, other.length);
    }
  }

  void appendUncounted(byte[] bytes, int count) {
    ClientMemory.@Nullable Share counted = memory;
    memory = null;
    try {
      append(bytes, count);
    } finally {
      memory = counted;
    }
  }

  /** Appends these bytes. */
  public void append(byte[] bytes, int count) {
    room(count);
    System.arraycopy(bytes, 0, buffer, length, count);
    length += count;
  }

  private void room(int count) {
    if (buffer.length - length < count) {
      grow(count);
    }
  }

  private void grow(int count) {
    long wanted = Math.max((long) length + count, Math.max(FIRST, 2L * buffer.length));
    int most = Integer.MAX_VALUE - 8;
    if ((long) length + count > most) {
      throw new CommandError("ERR the reply is larger than 2 GiB");
    }
    int next = (int) Math.min(wanted, most);
    if (memory != null && next > RespBuffers.RETAINED) {
      long before = buffer.length > RespBuffers.RETAINED ? Footprint.array(buffer.length) : 0;
      memory.take(Footprint.array(next) - before);
    }
    try {
      buffer = Arrays.copyOf(buffer, next);
    } catch (OutOfMemoryError e) { // other clients have it
      throw CommandError.noMemory();
    }
  }

  // --- Types

  /** A simple string: a byte string without line breaks. */
  public void simple(String text) {
    line('+', text);
  }

  public void ok() {
    simple("OK");
  }

  /**
   * An error: its code and its text. Line breaks are dropped at the end, and become spaces
   * elsewhere. A long text is cut. It is not refused while other clients take all memory they may.
   *
   * @throws CommandError if the heap has no room for it
   */
  void error(String text) {
    String shown = text.length() <= LONGEST_ERROR ? text : text.substring(0, LONGEST_ERROR) + "...";
    boolean plain = shown.indexOf('\n') < 0 && shown.indexOf('\r') < 0;
    ClientMemory.@Nullable Share counted = memory;
    memory = null;
    try {
      line('-', plain ? shown : inOneLine(shown));
    } finally {
      memory = counted;
    }
  }

  private static String inOneLine(String text) {
    int end = text.length();
    while (end > 0 && (text.charAt(end - 1) == '\n' || text.charAt(end - 1) == '\r')) {
      end--;
    }
    return text.substring(0, end).replace('\r', ' ').replace('\n', ' ');
  }

  private void line(char type, String text) {
    int count = text.length();
    room(count + 3);
    buffer[length] = (byte) type;
    Bytes.copy(text, buffer, length + 1);
    length += count + 1;
    end();
  }

  private void end() {
    buffer[length] = '\r';
    buffer[length + 1] = '\n';
    length += 2;
  }

  public void number(long value) {
    header(':', value);
  }

  /** A type's letter, a number, and the line end. */
  private void header(char type, long value) {
    room(24);
    buffer[length++] = (byte) type;
    if (value >= 0 && value < 10) {
      buffer[length++] = (byte) ('0' + value);
    } else {
      digits(value);
    }
    end();
  }

  private void digits(long value) {
    int count = Bytes.length(value);
    Bytes.copy(value, buffer, length, count);
    length += count;
  }

  /** A bulk string with any bytes; nil for null. */
  public void bulk(@Nullable String value) {
    if (value == null) {
      nil();
      return;
    }
    int count = value.length();
    header('$', count);
    room(count + 2);
    Bytes.copy(value, buffer, length);
    length += count;
    end();
  }

  /** As {@link #bulk}, with a value in the form in which buckets {@linkplain Stored store} it. */
  public void stored(@Nullable Object value) {
    if (value instanceof byte[] bytes) {
      header('$', bytes.length);
      room(bytes.length + 2);
      System.arraycopy(bytes, 0, buffer, length, bytes.length);
      length += bytes.length;
      end();
    } else {
      bulk((String) value);
    }
  }

  /** Nil, in place of a string. */
  public void nil() {
    if (protocol == 2) {
      header('$', -1);
    } else {
      line('_', "");
    }
  }

  /** Nil, in place of an array. */
  public void nilArray() {
    if (protocol == 2) {
      header('*', -1);
    } else {
      line('_', "");
    }
  }

  /** The header of an array: so many replies follow. */
  public void array(int count) {
    header('*', count);
  }

  /** The header of a map: so many pairs of replies follow. */
  public void map(int pairs) {
    if (protocol == 2) {
      header('*', 2L * pairs);
    } else {
      header('%', pairs);
    }
  }

  /** The header of a set: so many replies follow. */
  public void set(int count) {
    header(protocol == 2 ? '*' : '~', count);
  }

  /** The header of a push; of an array in protocol 2. */
  public void push(int count) {
    header(protocol == 2 ? '*' : '>', count);
  }

  /** A message that a writer of protocol 2 has written as one {@link #push}. */
  void pushed(byte[] message) {
    int at = length;
    appendUncounted(message, message.length); // it is counted once, for all clients that get it
    if (protocol != 2) {
      buffer[at] = '>';
    }
  }

  /** A floating-point number, as Redis writes it; a string in protocol 2. */
  public void real(String digits) {
    if (protocol == 2) {
      bulk(digits);
    } else {
      line(',', digits);
    }
  }

  void bool(boolean value) {
    if (protocol == 2) {
      number(value ? 1 : 0);
    } else {
      line('#', value ? "t" : "f");
    }
  }

  /** Text for people; a bulk string in protocol 2. */
  public void verbatim(String text) {
    if (protocol == 2) {
      bulk(text);
    } else {
      header('=', text.length() + 4L);
      room(text.length() + 6);
      Bytes.copy("txt:", buffer, length);
      Bytes.copy(text, buffer, length + 4);
      length += text.length() + 4;
      end();
    }
  }
}
