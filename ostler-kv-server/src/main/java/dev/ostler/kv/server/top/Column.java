package dev.ostler.kv.server.top;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The columns of the table, from the left. */
enum Column {
  PID("pid", "PID", 12),
  LABEL("label", "PROCESS", 0),
  KIND("kind", "KIND", 20),
  QUEUED("queued", "QUEUED", 11),
  HANDLED("handled", "HANDLED", 13),
  RESTARTS("restarts", "RESTARTS", 9),
  LINKS("links", "LINKS", 7),
  MONITORS("monitors", "MONITORS", 9),
  BUSY("at_least", "BUSY", 8),
  MESSAGE("callback", "MESSAGE", 0);

  /** What is left out first where there is little room. */
  static final Column[] LESS_WANTED = {MONITORS, LINKS, KIND, RESTARTS, BUSY, HANDLED, PID};

  /** The name in the observer's interface. */
  final String field;

  final String title;

  /** With the space between columns; 0 for what takes the rest. */
  final int width;

  Column(String field, String title, int width) {
    this.field = field;
    this.title = title;
    this.width = width;
  }

  /** Whether the observer tells by how much it has grown. */
  boolean grows() {
    return this == QUEUED || this == HANDLED || this == RESTARTS;
  }

  boolean isText() {
    return this == LABEL || this == KIND || this == MESSAGE;
  }

  /** The name in options. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<Column> named(String text) {
    return Arrays.stream(values()).filter(column -> column.text().equals(text)).findFirst();
  }

  static String names() {
    return Arrays.stream(values()).map(Column::text).collect(Collectors.joining(", "));
  }

  /** The value of a process, for people. */
  String of(Told row, boolean growth) {
    return switch (this) {
      case PID -> Text.numbered(row.count("pid"));
      case LABEL -> Text.clean(row.text("label").orElse(""));
      case KIND -> Text.clean(row.text("kind").orElse(""));
      case MESSAGE -> Text.clean(row.text("callback").orElse(""));
      case BUSY ->
          row.flag("suspended")
              ? "paused"
              : row.number("at_least").isPresent()
                  ? Text.seconds(row.number("at_least").getAsDouble())
                  : row.flag("busy") ? "yes" : "";
      case QUEUED, HANDLED, RESTARTS -> {
        long grown = row.part("growth").count(field);
        yield growth
            ? row.part("growth").isEmpty() ? "" : (grown > 0 ? "+" : "") + Text.number(grown)
            : row.number(field).isEmpty() ? "" : Text.number(row.count(field));
      }
      case LINKS, MONITORS -> Text.number(row.count(field));
    };
  }
}
