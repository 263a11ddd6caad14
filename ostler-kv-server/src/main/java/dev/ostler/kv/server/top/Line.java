package dev.ostler.kv.server.top;

/** A line of the screen. Immutable. */
record Line(String text, Style style) {
  enum Style {
    PLAIN,
    HEADER,
    SELECTED,
    TROUBLE,
    FAINT
  }

  static Line plain(String text) {
    return new Line(text, Style.PLAIN);
  }
}
