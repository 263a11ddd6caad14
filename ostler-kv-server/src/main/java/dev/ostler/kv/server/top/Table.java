package dev.ostler.kv.server.top;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/** The processes, as lines of a width. */
final class Table {
  private static final int LEAST_LABEL = 16;

  private final View view;
  private final List<Told> rows;
  private final EnumSet<Column> columns = EnumSet.allOf(Column.class);
  private final int labelWidth;
  private final int messageWidth;

  Table(Snapshot seen, int width) {
    this.view = seen.asked();
    this.rows = seen.page().parts("rows");
    int longest = LEAST_LABEL;
    for (Told row : rows) {
      longest = Math.max(longest, Text.width(Column.LABEL.of(row, false)));
    }
    for (Column column : Column.LESS_WANTED) {
      if (fixed() + LEAST_LABEL <= width) {
        break;
      }
      columns.remove(column);
    }
    labelWidth = Math.clamp(width - fixed(), 1, longest);
    int left = width - fixed() - labelWidth - 2;
    messageWidth = left < Column.MESSAGE.title.length() + 1 ? 0 : left;
    if (messageWidth == 0) {
      columns.remove(Column.MESSAGE);
    }
  }

  /** The width of all columns but the two that are as wide as there is room. */
  private int fixed() {
    return columns.stream().mapToInt(column -> column.width).sum();
  }

  Line header() {
    var line = new StringBuilder();
    for (Column column : columns) {
      String mark = column == view.sort() ? view.descending() ? "▼" : "▲" : "";
      line.append(cell(column, column.title + mark));
    }
    return new Line(line.toString().stripTrailing(), Line.Style.HEADER);
  }

  /** The rows; the selected one is marked if there is one. */
  List<Line> lines(int selected) {
    var lines = new ArrayList<Line>();
    for (int i = 0; i < rows.size(); i++) {
      var line = new StringBuilder();
      for (Column column : columns) {
        line.append(cell(column, column.of(rows.get(i), view.growth())));
      }
      lines.add(
          new Line(
              line.toString().stripTrailing(),
              i == selected ? Line.Style.SELECTED : Line.Style.PLAIN));
    }
    return lines;
  }

  private String cell(Column column, String text) {
    return switch (column) {
      case PID -> Text.left(text, column.width);
      case LABEL -> Text.left(text, labelWidth);
      case KIND -> "  " + Text.left(text, column.width - 2);
      case MESSAGE -> "  " + Text.left(text, messageWidth);
      case QUEUED, HANDLED, RESTARTS, LINKS, MONITORS, BUSY ->
          " " + Text.right(text, column.width - 1);
    };
  }
}
