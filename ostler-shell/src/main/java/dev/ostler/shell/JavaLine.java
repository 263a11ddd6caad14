package dev.ostler.shell;

import java.util.List;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.EOFError;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;

/**
 * Java for the reader of lines: it asks for more until what is typed is complete, and completes
 * names. Used by the thread that reads lines.
 */
final class JavaLine implements Parser, Completer {
  private final Snippets snippets;

  JavaLine(Snippets snippets) {
    this.snippets = snippets;
  }

  /** A text with a position in it; its word is the name that ends there. */
  private record At(String line, int cursor, String word) implements CompletingParsedLine {
    static At of(String line, int cursor) {
      int from = cursor;
      while (from > 0 && Character.isJavaIdentifierPart(line.charAt(from - 1))) {
        from--;
      }
      return new At(line, cursor, line.substring(from, cursor));
    }

    int from() {
      return cursor - word.length();
    }

    @Override
    public int wordCursor() {
      return word.length();
    }

    @Override
    public CharSequence escape(CharSequence candidate, boolean complete) {
      return candidate;
    }

    @Override
    public int rawWordCursor() {
      return wordCursor();
    }

    @Override
    public int rawWordLength() {
      return word.length();
    }

    @Override
    public int wordIndex() {
      return 0;
    }

    @Override
    public List<String> words() {
      return List.of(word);
    }
  }

  @Override
  public ParsedLine parse(String line, int cursor, ParseContext context) {
    if (context == ParseContext.ACCEPT_LINE && snippets.isBegun(line)) {
      throw new EOFError(-1, cursor, "more is needed");
    }
    return At.of(line, cursor);
  }

  @Override
  public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
    At at = At.of(line.line(), line.cursor());
    Snippets.Suggestions found = snippets.suggestions(at.line(), at.cursor());
    if (found.from() < at.from()) {
      return; // it would replace more than the name
    }
    String before = at.line().substring(at.from(), found.from());
    for (String text : found.texts()) {
      candidates.add(new Candidate(before + text, text, null, null, null, null, false));
    }
  }
}
