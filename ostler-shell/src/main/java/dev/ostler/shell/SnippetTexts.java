package dev.ostler.shell;

import java.util.Locale;
import java.util.Optional;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.ExpressionSnippet;
import jdk.jshell.Snippet;
import jdk.jshell.Snippet.Status;
import jdk.jshell.Snippet.SubKind;
import jdk.jshell.SnippetEvent;
import jdk.jshell.VarSnippet;

/** What the shell says of a snippet that did not fail. Used by the thread that compiles. */
final class SnippetTexts {
  private static final int MOST_TEXT = 10_000;

  private SnippetTexts() {}

  /** A value, or what was declared; empty if there is nothing to say. */
  static Optional<String> of(SnippetEvent event, Snippets snippets) {
    Snippet snippet = event.snippet();
    if (Snippets.isUnresolved(event.status())) {
      return Optional.of("created " + snippets.missing((DeclarationSnippet) snippet));
    }
    return switch (snippet.kind()) {
      case VAR -> value(((VarSnippet) snippet).name(), event.value());
      case EXPRESSION -> value(((ExpressionSnippet) snippet).name(), event.value());
      case METHOD, TYPE_DECL ->
          Optional.of(
              (event.previousStatus() == Status.NONEXISTENT ? "created " : "replaced ")
                  + kind(snippet.subKind())
                  + " "
                  + Snippets.name((DeclarationSnippet) snippet));
      case IMPORT, STATEMENT, ERRONEOUS -> Optional.empty();
    };
  }

  private static String kind(SubKind kind) {
    return switch (kind) {
      case ANNOTATION_TYPE_SUBKIND -> "annotation";
      default -> kind.name().replace("_SUBKIND", "").toLowerCase(Locale.ROOT);
    };
  }

  private static Optional<String> value(String name, String value) {
    if (value == null || value.isEmpty()) {
      return Optional.empty();
    }
    String shown = value.length() > MOST_TEXT ? value.substring(0, MOST_TEXT) + "…" : value;
    return Optional.of(name == null ? shown : name + " ==> " + shown);
  }
}
