package dev.ostler.shell;

import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs a text as if it were typed, up to the first error. It prints nothing but what the text
 * prints. Used by one thread.
 */
final class Script {
  private final String name;
  private final List<String> lines;
  private final Snippets snippets;
  private final PrintWriter err;
  private final Map<String, Integer> begins = new HashMap<>(); // a snippet's first line, by its id

  /**
   * @param name what errors call it
   */
  Script(String name, List<String> lines, Snippets snippets, PrintWriter err) {
    this.name = name;
    this.lines = lines;
    this.snippets = snippets;
    this.err = err;
  }

  /** Returns whether all of it succeeded. */
  boolean run() {
    var text = new StringBuilder();
    int begin = 1;
    for (int line = 1; line <= lines.size(); line++) {
      if (text.toString().isBlank()) {
        text.setLength(0);
        begin = line;
      }
      text.append(lines.get(line - 1)).append('\n');
      if (line == lines.size() || !snippets.isBegun(text.toString())) {
        if (!run(text.toString(), begin)) {
          return false;
        }
        text.setLength(0);
      }
    }
    return isResolved();
  }

  private boolean run(String text, int begin) {
    String rest = text;
    while (!rest.isBlank()) {
      int blank = rest.length() - rest.stripLeading().length();
      int line = begin + lines(text.substring(0, text.length() - rest.length() + blank));
      String whole = rest.stripLeading();
      Snippets.Piece piece = snippets.first(whole).orElse(new Snippets.Piece(whole, ""));
      Snippets.Outcome outcome = snippets.run(piece.source());
      outcome.events().forEach(event -> begins.put(event.snippet().id(), line));
      if (outcome.failure().isPresent()) {
        tell(outcome.failure().get(), line);
        return false;
      }
      rest = piece.rest();
    }
    return true;
  }

  private static int lines(String text) {
    return (int) text.chars().filter(c -> c == '\n').count();
  }

  /** What is declared may use what is declared later, but not what nobody declares. */
  private boolean isResolved() {
    Optional<Failure> first = snippets.unresolved().stream().findFirst();
    first.ifPresent(failure -> tell(failure, 1));
    return first.isEmpty();
  }

  private void tell(Failure failure, int begin) {
    int line = failure.places().isEmpty() ? begin : line(failure.places().getFirst());
    err.println(name + ":" + line + ": " + failure.text());
    if (failure.places().size() > 1) {
      for (Failure.Place place : failure.places()) {
        String method = place.method().map(in -> " in " + in).orElse("");
        err.println("  at " + name + ":" + line(place) + method);
      }
    }
    err.flush();
  }

  private int line(Failure.Place place) {
    return begins.getOrDefault(place.snippet(), 1) + place.line() - 1;
  }
}
