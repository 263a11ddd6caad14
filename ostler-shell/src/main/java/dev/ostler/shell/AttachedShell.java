package dev.ostler.shell;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.NonBlockingInputStream;

/**
 * The side of a person who is attached to another program: it hands keys or a script over, and
 * shows what comes. Used by the main thread.
 */
final class AttachedShell implements Closeable {
  private static final long AN_HOUR = TimeUnit.HOURS.toMillis(1);

  private final Wire wire;

  private AttachedShell(Wire wire) {
    this.wire = wire;
  }

  static AttachedShell to(Path socket) throws IOException {
    return new AttachedShell(new Wire(ShellSockets.connect(socket)));
  }

  /** Shows what comes, until the program says that it is the end; returns the exit code. */
  private int show(OutputStream out, OutputStream err) throws IOException {
    Optional<Wire.Frame> frame = wire.receive();
    while (frame.isPresent()) {
      byte[] bytes = frame.get().bytes();
      switch (frame.get().kind()) {
        case OUT -> show(bytes, out);
        case ERR -> show(bytes, err);
        case END -> {
          return bytes[0];
        }
        case HELLO, INPUT, SIZE -> throw new IOException("not expected: " + frame.get().kind());
      }
      frame = wire.receive();
    }
    throw new IOException("the program has ended, or refuses shells");
  }

  private static void show(byte[] bytes, OutputStream to) throws IOException {
    to.write(bytes);
    to.flush();
  }

  // --- A script

  /** Runs a script there; returns the exit code. */
  int run(String name, List<String> lines, PrintWriter out, PrintWriter err) throws IOException {
    wire.send(Wire.Kind.HELLO, AttachedSession.hello(Wire.VERSION, "script", name));
    byte[] text = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    if (text.length > 0) {
      wire.send(Wire.Kind.INPUT, text);
    }
    wire.send(Wire.Kind.INPUT, new byte[0]);
    return show(new Decoded(out), new Decoded(err));
  }

  /** Bytes of UTF-8 as text, however they are cut. */
  private static final class Decoded extends OutputStream {
    private final PrintWriter to;
    private final CharsetDecoder decoder =
        StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPLACE);
    private byte[] rest = new byte[0]; // of a character that has not come completely

    Decoded(PrintWriter to) {
      this.to = to;
    }

    @Override
    public void write(int octet) {
      write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      var in =
          ByteBuffer.allocate(rest.length + length).put(rest).put(bytes, offset, length).flip();
      var chars = CharBuffer.allocate(in.remaining());
      decoder.decode(in, chars, false);
      rest = new byte[in.remaining()];
      in.get(rest);
      to.print(chars.flip());
    }

    @Override
    public void flush() {
      to.flush();
    }
  }

  // --- Typed

  /**
   * Hands over what is typed until somebody ends the shell; returns the exit code.
   *
   * @param history the file in which the program keeps what is typed
   */
  int type(Path history) throws IOException {
    try (Terminal terminal = TerminalBuilder.builder().system(true).dumb(true).build()) {
      Attributes before = terminal.enterRawMode();
      try {
        var raw = new Attributes(terminal.getAttributes());
        raw.setLocalFlag(Attributes.LocalFlag.ISIG, false); // Ctrl-C is for the program
        terminal.setAttributes(raw);
        wire.send(
            Wire.Kind.HELLO,
            AttachedSession.hello(
                Wire.VERSION,
                "typed",
                terminal.getType(),
                Integer.toString(terminal.getColumns()),
                Integer.toString(terminal.getRows()),
                history.toAbsolutePath().toString()));
        terminal.handle(Terminal.Signal.WINCH, signal -> resize(terminal));
        Thread.ofPlatform().daemon().name("keys").start(() -> handOver(terminal));
        return show(terminal.output(), terminal.output());
      } finally {
        terminal.setAttributes(before);
      }
    }
  }

  private void resize(Terminal terminal) {
    try {
      wire.send(
          Wire.Kind.SIZE,
          AttachedSession.hello(terminal.getColumns() + "", terminal.getRows() + ""));
    } catch (IOException e) {
      // The other thread hears of it, too.
    }
  }

  private void handOver(Terminal terminal) {
    try {
      var typed = (NonBlockingInputStream) terminal.input();
      // With a time, it waits without the lock that closing the terminal takes.
      int key = typed.read(AN_HOUR);
      while (key != NonBlockingInputStream.EOF) {
        if (key != NonBlockingInputStream.READ_EXPIRED) {
          wire.send(Wire.Kind.INPUT, new byte[] {(byte) key});
        }
        key = typed.read(AN_HOUR);
      }
      close();
    } catch (IOException e) {
      // The shell has ended.
    }
  }

  @Override
  public void close() throws IOException {
    wire.close();
  }
}
