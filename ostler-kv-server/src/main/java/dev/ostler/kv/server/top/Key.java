package dev.ostler.kv.server.top;

import java.io.IOException;

/** A key that was pressed. Immutable. */
record Key(Name name, int character) {
  enum Name {
    UP,
    DOWN,
    LEFT,
    RIGHT,
    PAGE_UP,
    PAGE_DOWN,
    HOME,
    END,
    ENTER,
    BACKSPACE,
    ESCAPE,
    END_OF_INPUT,
    OTHER,
    CHARACTER
  }

  /** Where characters come from. */
  interface Source {
    int END = -1;
    int NOTHING = -2;

    /**
     * The next character; {@link #NOTHING} if there is none within this time.
     *
     * @param millis 0 for no limit
     */
    int read(long millis) throws IOException;
  }

  private static final int ESC = 27;
  private static final int DEL = 127;
  private static final int CTRL_D = 4;

  /** The rest of what a key sends comes at once; a person who presses ESC takes longer. */
  private static final long REST_MILLIS = 50;

  /** Waits for the next key. */
  static Key read(Source in) throws IOException {
    int c = in.read(0);
    return switch (c) {
      case Source.END, CTRL_D -> of(Name.END_OF_INPUT);
      case Source.NOTHING -> of(Name.OTHER);
      case '\r', '\n' -> of(Name.ENTER);
      case '\b', DEL -> of(Name.BACKSPACE);
      case ESC -> escaped(in);
      default -> c < ' ' ? of(Name.OTHER) : new Key(Name.CHARACTER, c);
    };
  }

  private static Key of(Name name) {
    return new Key(name, 0);
  }

  private static Key escaped(Source in) throws IOException {
    int first = in.read(REST_MILLIS);
    if (first != '[' && first != 'O') {
      return of(first < 0 ? Name.ESCAPE : Name.OTHER);
    }
    var parameters = new StringBuilder();
    int last = in.read(REST_MILLIS);
    while (last >= ' ' && last < '@') {
      parameters.append((char) last);
      last = in.read(REST_MILLIS);
    }
    return of(
        switch (last) {
          case 'A' -> Name.UP;
          case 'B' -> Name.DOWN;
          case 'C' -> Name.RIGHT;
          case 'D' -> Name.LEFT;
          case 'H' -> Name.HOME;
          case 'F' -> Name.END;
          case 'M' -> Name.ENTER;
          case '~' ->
              switch (parameters.toString()) {
                case "1", "7" -> Name.HOME;
                case "4", "8" -> Name.END;
                case "5" -> Name.PAGE_UP;
                case "6" -> Name.PAGE_DOWN;
                default -> Name.OTHER;
              };
          default -> Name.OTHER;
        });
  }

  static Key character(char c) {
    return new Key(Name.CHARACTER, c);
  }
}
