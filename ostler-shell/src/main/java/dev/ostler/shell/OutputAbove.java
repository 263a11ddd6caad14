package dev.ostler.shell;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jline.reader.LineReader;
import org.jline.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/**
 * What programs print while somebody types: it appears above the line that is being typed, which
 * stays as it is. Any thread may write.
 */
final class OutputAbove extends OutputStream {
  private final Terminal terminal;

  // Under the lock.
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private boolean begun; // the terminal has the beginning of this line
  private @Nullable LineReader reader; // from when somebody can type

  OutputAbove(Terminal terminal) {
    this.terminal = terminal;
  }

  /** From now on, this reader may have a line that is being typed. */
  synchronized void typedWith(LineReader typed) {
    reader = typed;
  }

  @Override
  public void write(int octet) {
    write(new byte[] {(byte) octet}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) {
    int end = offset + length;
    int last = end;
    while (last > offset && bytes[last - 1] != '\n') {
      last--;
    }
    line.write(bytes, offset, last - offset);
    if (last > offset) {
      printAbove();
    }
    line.write(bytes, last, end - last);
  }

  /** Shows the beginning of a line, unless somebody types just now. */
  @Override
  public synchronized void flush() {
    if (line.size() > 0 && (reader == null || !reader.isReading())) {
      terminal.writer().print(taken());
      terminal.flush();
      begun = true;
    }
  }

  /** Ends a line that was begun, before a prompt. */
  synchronized void endLine() {
    if (line.size() > 0 || begun) {
      printAbove();
    }
  }

  private void printAbove() {
    if (reader == null) {
      terminal.writer().print(taken());
      terminal.flush();
    } else {
      reader.printAbove(taken());
    }
    begun = false;
  }

  private String taken() {
    String text = line.toString(StandardCharsets.UTF_8);
    line.reset();
    return text;
  }
}
