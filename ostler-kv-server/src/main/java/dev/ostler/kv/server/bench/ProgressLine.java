package dev.ostler.kv.server.bench;

import java.io.PrintWriter;

/** What is going on, in one line: on a terminal always the same one. Used by one thread. */
final class ProgressLine implements AutoCloseable {
  private final PrintWriter out;
  private final boolean isTerminal;
  private int length; // of the visible line

  ProgressLine(PrintWriter out, boolean isTerminal) {
    this.out = out;
    this.isTerminal = isTerminal;
  }

  void show(String line) {
    if (isTerminal) {
      out.print("\r" + line + " ".repeat(Math.max(0, length - line.length())));
      out.flush();
      length = line.length();
    } else {
      out.println(line);
    }
  }

  /** Clears the line of a terminal. */
  @Override
  public void close() {
    if (length > 0) {
      out.print("\r" + " ".repeat(length) + "\r");
      out.flush();
      length = 0;
    }
  }
}
