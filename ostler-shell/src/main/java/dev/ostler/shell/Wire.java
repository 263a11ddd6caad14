package dev.ostler.shell;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * The connection between a program and a shell that is attached to it: frames of a kind, a length
 * and bytes, both ways. Any thread may send and close; one thread receives.
 */
final class Wire implements Closeable {
  /** The version of what the frames mean; both sides must have the same. */
  static final String VERSION = "1";

  private static final int HEAD = 5;
  private static final int MOST_BYTES = 1 << 16;
  private static final String NO_SHELL = "what is on the other side is not a shell of Ostler";

  /** What a frame is. */
  enum Kind {
    /** The first one, to the program: lines of text that say what is wanted. */
    HELLO('h'),

    /** Keys, or a part of a script, to the program. An empty one is the end of the script. */
    INPUT('i'),

    /** The new size of the terminal, to the program: columns and rows. */
    SIZE('s'),

    /** What is to be shown, from the program. */
    OUT('o'),

    /** What a script's errors say, from the program. */
    ERR('e'),

    /** The last one, from the program: the exit code. */
    END('x');

    private final char letter;

    Kind(char letter) {
      this.letter = letter;
    }

    private static Kind of(int letter) throws IOException {
      for (Kind kind : values()) {
        if (kind.letter == letter) {
          return kind;
        }
      }
      throw new IOException(NO_SHELL);
    }
  }

  /** One frame: its kind, and at most 65,536 bytes. Immutable as long as nobody writes to them. */
  static final class Frame {
    private final Kind kind;
    private final byte[] bytes;

    private Frame(Kind kind, byte[] bytes) {
      this.kind = kind;
      this.bytes = bytes;
    }

    Kind kind() {
      return kind;
    }

    byte[] bytes() {
      return bytes;
    }

    String text() {
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  private final SocketChannel channel;
  private final DataInputStream in;
  private final OutputStream out;

  Wire(SocketChannel channel) {
    this.channel = channel;
    this.in = new DataInputStream(new BufferedInputStream(Channels.newInputStream(channel)));
    this.out = Channels.newOutputStream(channel);
  }

  /** Sends bytes, in as many frames as they need, at least one. Waits while the other is slow. */
  void send(Kind kind, byte[] bytes) throws IOException {
    int from = 0;
    do {
      int to = Math.min(bytes.length, from + MOST_BYTES);
      sendFrame(kind, bytes, from, to - from);
      from = to;
    } while (from < bytes.length);
  }

  private synchronized void sendFrame(Kind kind, byte[] bytes, int from, int length)
      throws IOException {
    out.write(
        ByteBuffer.allocate(HEAD + length)
            .put((byte) kind.letter)
            .putInt(length)
            .put(bytes, from, length)
            .array());
  }

  /**
   * The next frame; empty if the other side has ended.
   *
   * @throws IOException also if what comes is not a frame
   */
  Optional<Frame> receive() throws IOException {
    int letter = in.read();
    if (letter < 0) {
      return Optional.empty();
    }
    Kind kind = Kind.of(letter);
    try {
      int length = in.readInt();
      if (length < 0 || length > MOST_BYTES) {
        throw new IOException(NO_SHELL);
      }
      return Optional.of(new Frame(kind, in.readNBytes(length)));
    } catch (EOFException e) {
      return Optional.empty();
    }
  }

  /** Sends what is written as frames of this kind. */
  OutputStream output(Kind kind) {
    return new OutputStream() {
      @Override
      public void write(int octet) throws IOException {
        write(new byte[] {(byte) octet}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        if (length > 0) {
          send(kind, Arrays.copyOfRange(bytes, offset, offset + length));
        }
      }
    };
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
