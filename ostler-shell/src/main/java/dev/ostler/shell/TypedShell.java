package dev.ostler.shell;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/**
 * Reads what a person types, has it run, and prints what became of it. Used by one thread.
 *
 * <p>Ctrl-C interrupts what runs; once more, and it kills the shell's process.
 */
final class TypedShell {
  private static final String MORE = "   ...> ";

  private final Terminal terminal;
  private final OutputAbove above;
  private final Session session;
  private final String prompt;

  /**
   * @param above what the session prints to
   */
  TypedShell(Terminal terminal, OutputAbove above, Session session, String prompt) {
    this.terminal = terminal;
    this.above = above;
    this.session = session;
    this.prompt = prompt;
  }

  /**
   * A shell on the terminal of this program, which does nothing else. Returns when it has ended.
   *
   * @param classPath more classes for what is typed; may be empty
   * @param history the file for what is typed
   */
  static void own(String classPath, Path history) throws IOException {
    PrintStream out = System.out;
    PrintStream err = System.err;
    try (Terminal terminal = TerminalBuilder.builder().system(true).dumb(true).build()) {
      var above = new OutputAbove(terminal);
      System.setOut(new PrintStream(above, true, StandardCharsets.UTF_8));
      System.setErr(System.out);
      Session session = Session.OWN;
      try (var process = new ShellProcess(session, session::tell);
          var snippets = new Snippets(session, process, classPath);
          var reports = Reports.insteadOfLog(event -> process.is(event.pid()), session::tell)) {
        session.print(
            "A shell for Java, with Ostler. help explains, Tab completes, Ctrl-D ends it.");
        new TypedShell(terminal, above, session, "ostler> ")
            .run(process, snippets, reports::flush, history);
      }
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  /**
   * Goes on until somebody ends it.
   *
   * @param settle returns when what the last piece of code has caused is printed
   */
  void run(ShellProcess process, Snippets snippets, Runnable settle, Path history) {
    LineReader reader = reader(new JavaLine(snippets), history);
    above.typedWith(reader);
    terminal.handle(Terminal.Signal.INT, signal -> process.interrupt());
    Optional<String> text = read(reader);
    while (text.isPresent() && !isEnd(text.get())) {
      handle(text.get(), snippets, settle);
      above.endLine();
      text = read(reader);
    }
  }

  private LineReader reader(JavaLine java, Path history) {
    LineReader reader =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .parser(java)
            .completer(java)
            .variable(LineReader.SECONDARY_PROMPT_PATTERN, MORE)
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
            .option(LineReader.Option.HISTORY_TIMESTAMPED, false)
            .build();
    if (isPrivateFile(history)) {
      reader.setVariable(LineReader.HISTORY_FILE, history);
    }
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

  /** The next text; empty if somebody ends the shell. */
  private Optional<String> read(LineReader reader) {
    while (true) {
      try {
        return Optional.of(reader.readLine(prompt));
      } catch (UserInterruptException e) {
        // Ctrl-C drops what was begun.
      } catch (EndOfFileException e) {
        return Optional.empty();
      }
    }
  }

  private static boolean isEnd(String text) {
    return text.strip().equals("exit") || text.strip().equals("quit");
  }

  private void handle(String text, Snippets snippets, Runnable settle) {
    if (text.strip().equals("help")) {
      session.print(HELP);
      return;
    }
    Optional<Snippets.Piece> piece = snippets.first(text);
    while (piece.isPresent()) {
      Snippets.Outcome outcome = snippets.run(piece.get().source());
      settle.run();
      outcome.events().stream()
          .takeWhile(event -> event.exception() == null)
          .forEach(event -> SnippetTexts.of(event, snippets).ifPresent(session::print));
      if (!outcome.ended()) { // which has been told
        outcome.failure().ifPresent(failure -> session.print(text(failure, outcome)));
      }
      piece = outcome.failure().isPresent() ? Optional.empty() : snippets.first(piece.get().rest());
    }
  }

  private static String text(Failure failure, Snippets.Outcome outcome) {
    var text = new StringBuilder(failure.text());
    for (Failure.Place place : failure.places()) {
      if (place.method().isPresent()) {
        text.append("\n  in ").append(place.method().get()).append(", line ").append(place.line());
      } else if (outcome.events().stream().anyMatch(event -> isLong(event, place))) {
        text.append("\n  in line ").append(place.line());
      }
    }
    return text.toString();
  }

  /** Whether it was just typed, in several lines. */
  private static boolean isLong(SnippetEvent event, Failure.Place place) {
    Snippet snippet = event.snippet();
    return snippet.id().equals(place.snippet()) && snippet.source().strip().contains("\n");
  }

  private static final String HELP =
      """
      Java is run in a process: self(). A value gets a name, $1 or the one you give it. Classes and methods can be declared.
        self()           the process that runs what is typed
        flush()          print the messages in its mailbox, and take them out
        i()  i(pid)      print all processes, or what can be told about one; info(pid) is that as a value
        tree()  tree(pid)  print all processes, or those below one, each below the one that started it
        pid(7)           the process that is printed as <0.7>
        trace(pid)       print what a server does; noTrace(pid) ends that
        print(value)     print the text of a value
        kv               a store in memory; in a program that one is attached to, what the program gives
      Ctrl-C interrupts what runs, and again kills the process; another one takes its place. exit and Ctrl-D end the shell.""";
}
