package dev.ostler.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.Diag;
import jdk.jshell.EvalException;
import jdk.jshell.JShell;
import jdk.jshell.JShellException;
import jdk.jshell.MethodSnippet;
import jdk.jshell.Snippet;
import jdk.jshell.Snippet.Status;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import jdk.jshell.SourceCodeAnalysis.Suggestion;
import jdk.jshell.UnresolvedReferenceException;
import org.jspecify.annotations.Nullable;

/**
 * The Java that was typed so far. It compiles the next piece, and has it run in the shell's
 * process. Used by one thread.
 */
final class Snippets implements AutoCloseable {
  private static final List<String> IMPORTS =
      List.of(
          "import module java.base;",
          "import dev.ostler.*;",
          "import dev.ostler.kv.*;",
          "import static dev.ostler.shell.Commands.*;");

  /**
   * A complete piece of a text.
   *
   * @param source the piece
   * @param rest what follows it in the text
   */
  record Piece(String source, String rest) {}

  /**
   * What became of a piece.
   *
   * @param events what JShell tells of it: one for each snippet in it
   * @param failure why it failed, if it did
   * @param ended whether that was because the shell's process ended
   */
  record Outcome(List<SnippetEvent> events, Optional<Failure> failure, boolean ended) {}

  private final JShell jshell;

  /**
   * @param session what it declares is there from the beginning
   * @param classPath more classes for what is typed, as the option of {@code java}; may be empty
   */
  Snippets(Session session, ShellProcess process, String classPath) {
    var values = new AtomicInteger();
    jshell =
        JShell.builder()
            .executionEngine(SnippetControl.in(process), Map.of())
            .compilerOptions(modules())
            .tempVariableNameGenerator(() -> "$" + values.incrementAndGet())
            .build();
    if (!classPath.isEmpty()) {
      jshell.addToClasspath(classPath);
    }
    IMPORTS.forEach(this::declare);
    session.declarations().forEach(this::declare);
  }

  private void declare(String line) {
    run(line)
        .failure()
        .ifPresent(
            failure -> {
              throw new IllegalStateException(line + " " + failure.text());
            });
  }

  /** Options for the compiler, which knows the class path of this JVM, but not its modules. */
  private static String[] modules() {
    String path = System.getProperty("jdk.module.path", "");
    return path.isEmpty()
        ? new String[0]
        : new String[] {"--module-path", path, "--add-modules", "ALL-MODULE-PATH"};
  }

  /** The first piece of a text; empty if the text must go on to be complete, or there is none. */
  Optional<Piece> first(String text) {
    CompletionInfo info = jshell.sourceCodeAnalysis().analyzeCompletion(text);
    return info.completeness().isComplete()
        ? Optional.of(
            info.source() == null
                ? new Piece(text, "")
                : new Piece(info.source(), info.remaining()))
        : Optional.empty();
  }

  /** Whether the text lacks something: a bracket, for example. */
  boolean isBegun(String text) {
    return switch (jshell.sourceCodeAnalysis().analyzeCompletion(text).completeness()) {
      case DEFINITELY_INCOMPLETE, CONSIDERED_INCOMPLETE -> true;
      case COMPLETE, COMPLETE_WITH_SEMI, EMPTY, UNKNOWN -> false;
    };
  }

  /** Compiles a piece and runs it, up to the first snippet in it that fails. */
  Outcome run(String source) {
    List<SnippetEvent> events =
        jshell.eval(source).stream().filter(event -> event.causeSnippet() == null).toList();
    return new Outcome(
        events,
        events.stream().flatMap(event -> failure(event).stream()).findFirst(),
        events.stream().anyMatch(event -> isEnd(event.exception())));
  }

  private static boolean isEnd(@Nullable JShellException exception) {
    return exception instanceof EvalException thrown
        && thrown.getExceptionClassName().equals(ShellProcess.Ended.class.getName());
  }

  private Optional<Failure> failure(SnippetEvent event) {
    if (event.exception() != null) {
      return Optional.of(new Failure(text(event.exception()), places(event.exception())));
    }
    return event.status() == Status.REJECTED
        ? jshell
            .diagnostics(event.snippet())
            .filter(Diag::isError)
            .findFirst()
            .map(error -> refused(event.snippet(), error))
        : Optional.empty();
  }

  // --- What the compiler refuses

  private static Failure refused(Snippet snippet, Diag error) {
    String source = snippet.source();
    int start = Math.clamp(error.getStartPosition(), 0, source.length());
    int end = Math.clamp(error.getEndPosition(), start, source.length());
    int from = source.lastIndexOf('\n', start - 1) + 1;
    int to = source.indexOf('\n', start);
    String line = source.substring(from, to < 0 ? source.length() : to);
    String message =
        error
            .getMessage(Locale.ROOT)
            .lines()
            .filter(each -> !each.strip().startsWith("location:"))
            .collect(Collectors.joining("\n"));
    String mark = "^".repeat(Math.max(1, Math.min(end, from + line.length()) - start));
    return new Failure(
        "error: " + message + "\n  " + line + "\n  " + " ".repeat(start - from) + mark,
        List.of(
            new Failure.Place(
                snippet.id(),
                Optional.empty(),
                1 + (int) source.substring(0, start).chars().filter(c -> c == '\n').count())));
  }

  /** The declared names that need others, which nobody has declared, with the reason. */
  List<Failure> unresolved() {
    return jshell
        .snippets()
        .filter(snippet -> isUnresolved(jshell.status(snippet)))
        .map(
            snippet ->
                new Failure(
                    missing((DeclarationSnippet) snippet),
                    List.of(new Failure.Place(snippet.id(), Optional.empty(), 1))))
        .toList();
  }

  static boolean isUnresolved(Status status) {
    return status == Status.RECOVERABLE_DEFINED || status == Status.RECOVERABLE_NOT_DEFINED;
  }

  /** What a declaration needs, and nobody has declared. */
  String missing(DeclarationSnippet snippet) {
    return name(snippet)
        + " needs "
        + jshell.unresolvedDependencies(snippet).collect(Collectors.joining(", "));
  }

  static String name(DeclarationSnippet snippet) {
    return snippet instanceof MethodSnippet method
        ? method.name() + "(" + method.parameterTypes() + ")"
        : snippet.name();
  }

  // --- What the code throws

  private String text(JShellException exception) {
    var text = new StringBuilder();
    Throwable each = exception;
    while (each instanceof JShellException) {
      text.append(text.isEmpty() ? "" : "\n  caused by ").append(line((JShellException) each));
      each = each.getCause();
    }
    return text.toString();
  }

  private String line(JShellException exception) {
    return switch (exception) {
      case EvalException thrown -> {
        String message = thrown.getMessage();
        if (isEnd(thrown)) {
          yield String.valueOf(message);
        }
        yield typeName(thrown.getExceptionClassName())
            + (message == null ? "" : ": " + PlainText.of(message));
      }
      case UnresolvedReferenceException thrown -> missing(thrown.getSnippet());
      default -> exception.toString();
    };
  }

  /** Without its package. */
  private static String typeName(String binaryName) {
    return PlainText.of(binaryName).replaceFirst("^.*\\.", "").replace('$', '.');
  }

  private static List<Failure.Place> places(JShellException exception) {
    var places = new ArrayList<Failure.Place>();
    for (StackTraceElement each : exception.getStackTrace()) {
      String file = each.getFileName();
      if (file != null && file.startsWith("#")) {
        Optional<String> method =
            Optional.of(each.getMethodName())
                .filter(name -> !name.isEmpty() && !name.contains("$"));
        places.add(new Failure.Place(file.substring(1), method, each.getLineNumber()));
      }
    }
    return List.copyOf(places);
  }

  // --- What could follow

  /**
   * What could be typed next.
   *
   * @param from the position in the text from which on each of them replaces the text
   */
  record Suggestions(int from, List<String> texts) {}

  /** What could be typed at this position of the text: what fits there, if something does. */
  Suggestions suggestions(String text, int cursor) {
    int[] from = {cursor};
    List<Suggestion> all = jshell.sourceCodeAnalysis().completionSuggestions(text, cursor, from);
    boolean fits = from[0] == cursor && all.stream().anyMatch(Suggestion::matchesType);
    return new Suggestions(
        from[0],
        all.stream()
            .filter(each -> !fits || each.matchesType())
            .map(Suggestion::continuation)
            .distinct()
            .toList());
  }

  @Override
  public void close() {
    jshell.close();
  }
}
