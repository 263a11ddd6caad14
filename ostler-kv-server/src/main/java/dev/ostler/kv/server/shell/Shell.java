package dev.ostler.kv.server.shell;

import dev.ostler.kv.bytes.Bytes;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;

/** The shell for RESP. Used by one thread. */
public final class Shell {
  private static final int LONGEST_LINE = 1 << 29;

  private final String server;
  private final Dial dial;
  private final Format format;
  private final PrintStream out;
  private final PrintWriter err;

  /**
   * Prepares a shell.
   *
   * @param server its name in messages, as {@code 127.0.0.1:6380}
   * @param out where the replies go
   * @param err where messages of the shell itself go
   */
  public Shell(String server, Dial dial, Format format, OutputStream out, PrintWriter err) {
    this.server = server;
    this.dial = dial;
    this.format = format;
    this.out = new PrintStream(out, false);
    this.err = err;
  }

  /**
   * Runs one command.
   *
   * @param words texts
   * @return whether it succeeded
   */
  public boolean run(List<String> words) {
    try (Talk talk = talk()) {
      return connect(talk) && tried(talk, words.stream().map(Bytes::of).toList());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * Runs the command on each line, and goes on after one that fails.
   *
   * @return whether all succeeded
   */
  public boolean run(InputStream lines) throws IOException {
    var in = new BufferedInputStream(lines);
    boolean whole = true;
    int number = 0;
    try (Talk talk = talk()) {
      if (!connect(talk)) {
        return false;
      }
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        number++;
        try {
          List<String> words = Words.split(line);
          if (isEnd(words)) {
            break;
          }
          whole &= words.isEmpty() || tried(talk, words);
        } catch (Words.Malformed e) {
          err.println("kv: line " + number + ": " + e.getMessage());
          whole = false;
        }
        if (!talk.isConnected()) {
          return false;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    return whole;
  }

  /**
   * Talks with a person until that person quits.
   *
   * @param history the file in which typed commands are kept
   * @return whether it was connected in the beginning
   */
  public boolean typed(Path history) throws IOException {
    return new TypedShell(server, dial, format, history, err).run();
  }

  static boolean isEnd(List<String> words) {
    return words.size() == 1 && (Words.begin(words, "quit") || Words.begin(words, "exit"));
  }

  private Talk talk() {
    return new Talk(
        dial,
        reply -> {
          out.writeBytes(Bytes.array(format.text(reply)));
          out.write('\n');
          out.flush();
        });
  }

  private boolean connect(Talk talk) throws InterruptedException {
    try {
      talk.connect();
      return true;
    } catch (IOException e) {
      err.println("kv: no connection to " + server + ": " + e.getMessage());
      return false;
    }
  }

  private boolean tried(Talk talk, List<String> words) throws InterruptedException {
    if (isMute(words)) {
      err.println("kv: " + MUTE);
      return false;
    }
    try {
      return !talk.run(words);
    } catch (IOException e) {
      err.println("kv: " + server + ": " + e.getMessage());
      return false;
    }
  }

  static final String MUTE = "the shell waits for replies, so CLIENT REPLY is not for it";

  static boolean isMute(List<String> words) {
    return Words.begin(words, "client", "reply");
  }

  /** The next line, with its end; empty at the end of the input. */
  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c >= 0; c = in.read()) {
      line.append((char) c);
      if (c == '\n') {
        break;
      }
      if (line.length() > LONGEST_LINE) {
        throw new IOException("a line of more than " + LONGEST_LINE + " bytes");
      }
    }
    return line.toString();
  }
}
