package dev.ostler.kv.server.shell;

import dev.ostler.kv.bytes.Bytes;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.Widget;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/**
 * Reads commands that a person types, and prints their replies. Used by one thread.
 *
 * <p>Ctrl-C while it waits, for a reply or for messages, ends the connection, and it connects
 * again: RESP has no other way to take a command back.
 */
final class TypedShell {
  private final String server;
  private final Dial dial;
  private final Format format;
  private final Path history;
  private final PrintWriter err;
  private final CommandCompleter completer = new CommandCompleter();

  private volatile boolean interrupted; // set by the thread of the signal

  TypedShell(String server, Dial dial, Format format, Path history, PrintWriter err) {
    this.server = server;
    this.dial = dial;
    this.format = format;
    this.history = history;
    this.err = err;
  }

  /** Goes on until somebody quits. Returns whether it was connected in the beginning. */
  boolean run() throws IOException {
    try (Terminal terminal = TerminalBuilder.builder().system(true).dumb(true).build();
        Talk talk = new Talk(dial, reply -> print(terminal, Bytes.text(format.text(reply))))) {
      try {
        talk.connect();
      } catch (IOException e) {
        err.println("kv: no connection to " + server + ": " + e.getMessage());
        return false;
      }
      learn(talk);
      terminal.handle(
          Terminal.Signal.INT,
          signal -> {
            interrupted = true;
            talk.hangUp();
          });
      print(terminal, "connected to " + server + "; help explains, Tab completes, Ctrl-D quits");
      LineReader reader = reader(terminal);
      Optional<String> line = line(reader, talk);
      while (line.isPresent() && handle(terminal, talk, line.get())) {
        line = line(reader, talk);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  private static void print(Terminal terminal, String text) {
    terminal.writer().println(text);
    terminal.flush();
  }

  private LineReader reader(Terminal terminal) {
    LineReader reader =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .parser(new DefaultParser().quoteChars(new char[0]).escapeChars(new char[0]))
            .completer(completer)
            .history(new PrivateHistory())
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
            .option(LineReader.Option.CASE_INSENSITIVE, true)
            .option(LineReader.Option.HISTORY_TIMESTAMPED, false)
            .build();
    if (isPrivateFile(history)) {
      reader.setVariable(LineReader.HISTORY_FILE, history);
    }
    reader.setAutosuggestion(LineReader.SuggestionType.TAIL_TIP);
    for (String widget :
        List.of(
            LineReader.SELF_INSERT,
            LineReader.BACKWARD_DELETE_CHAR,
            LineReader.EXPAND_OR_COMPLETE,
            LineReader.KILL_WHOLE_LINE,
            LineReader.UP_LINE_OR_HISTORY,
            LineReader.DOWN_LINE_OR_HISTORY)) {
      Widget builtin = Objects.requireNonNull(reader.getBuiltinWidgets().get(widget));
      reader
          .getWidgets()
          .put(
              widget,
              () -> {
                boolean done = builtin.apply();
                reader.setTailTip(completer.hint(reader.getBuffer().toString()));
                return done;
              });
    }
    Widget accept = Objects.requireNonNull(reader.getBuiltinWidgets().get(LineReader.ACCEPT_LINE));
    reader
        .getWidgets()
        .put(
            LineReader.ACCEPT_LINE,
            () -> {
              reader.setTailTip(""); // a hint is for the one who types
              return accept.apply();
            });
    return reader;
  }

  /** Whether there is this file now, and nobody else may read it. */
  private static boolean isPrivateFile(Path file) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      if (!Files.exists(file)) {
        Files.createFile(file);
      }
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      return Files.isWritable(file);
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /** The next line; empty if somebody quits. */
  private Optional<String> line(LineReader reader, Talk talk) {
    while (true) {
      try {
        reader.setTailTip("");
        return Optional.of(reader.readLine(prompt(talk)));
      } catch (UserInterruptException e) {
        // Ctrl-C drops a line that was begun.
      } catch (EndOfFileException e) {
        return Optional.empty();
      }
    }
  }

  private String prompt(Talk talk) {
    if (!talk.isConnected()) {
      return "not connected> ";
    }
    String database = talk.database().isEmpty() ? "" : "[" + talk.database() + "]";
    return server + database + (talk.isInTransaction() ? "(TX)" : "") + "> ";
  }

  /** Whether it goes on. */
  private boolean handle(Terminal terminal, Talk talk, String line) throws InterruptedException {
    List<String> words;
    try {
      words = Words.split(Bytes.of(line));
    } catch (Words.Malformed e) {
      print(terminal, "kv: " + e.getMessage());
      return true;
    }
    if (Shell.isEnd(words)) {
      return false;
    }
    if (words.isEmpty()) {
      return true;
    }
    if (Words.begin(words, "help")) {
      print(terminal, help(words.subList(1, words.size())));
    } else if (Shell.isMute(words)) {
      print(terminal, "kv: " + Shell.MUTE);
    } else {
      send(terminal, talk, words);
    }
    return true;
  }

  private void send(Terminal terminal, Talk talk, List<String> words) throws InterruptedException {
    interrupted = false;
    try {
      talk.catchUp();
    } catch (Talk.Lost e) {
      print(terminal, "kv: " + server + ": " + e.getMessage());
    }
    if (!talk.isConnected() && !isConnected(terminal, talk)) {
      return;
    }
    try {
      talk.run(words);
      if (Words.begin(words, "auth")) {
        learn(talk);
      }
    } catch (IOException e) {
      print(
          terminal,
          interrupted ? "" : "kv: " + server + ": " + e.getMessage() + "; the command may be done");
      var _ = isConnected(terminal, talk);
    }
  }

  private boolean isConnected(Terminal terminal, Talk talk) throws InterruptedException {
    try {
      talk.connect();
      if (!interrupted) {
        print(terminal, "kv: connected to " + server + " again");
      }
      return true;
    } catch (IOException e) {
      print(terminal, "kv: no connection to " + server + ": " + e.getMessage());
      return false;
    }
  }

  /** Learns what commands there are, if this user may ask. */
  private void learn(Talk talk) throws InterruptedException {
    try {
      completer.know(CommandDocs.of(talk.ask(List.of("COMMAND", "DOCS"))));
    } catch (IOException e) {
      // The next command notices that.
    }
  }

  private String help(List<String> words) {
    return words.isEmpty()
        ? """
          A command and its arguments are words. "a b", 'a b' and "\\x00" are words with any bytes.
          help COMMAND says what it does, as far as the server tells. Tab completes.
          Ctrl-C ends waiting: for a reply, or for messages after SUBSCRIBE. exit, quit and Ctrl-D end the shell."""
        : completer.help(words);
  }
}
