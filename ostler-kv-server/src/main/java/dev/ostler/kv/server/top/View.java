package dev.ostler.kv.server.top;

import java.util.List;
import java.util.Optional;

/**
 * What is shown, and how. Immutable.
 *
 * @param growth whether columns show by how much they grew
 * @param marked whether they grew since a mark, and not since the last look
 * @param typing the filter that is being typed
 * @param offset the place of the first row that is shown, among all processes
 * @param selected the row on the screen, from 0
 * @param process the process that is shown, unless all are
 * @param state whether its state is asked for: that interrupts it
 * @param scroll the first line of it that is shown
 */
record View(
    Column sort,
    boolean descending,
    boolean growth,
    boolean marked,
    String filter,
    Optional<String> typing,
    int offset,
    int selected,
    Optional<Long> process,
    boolean state,
    int scroll) {

  private static final int LONGEST_FILTER = 200;

  static View of(Column sort, boolean growth, String filter) {
    return new View(
        sort,
        !sort.isText(),
        growth,
        false,
        filter,
        Optional.empty(),
        0,
        0,
        Optional.empty(),
        false,
        0);
  }

  private View sort(Column column, boolean isDescending) {
    return new View(
        column, isDescending, growth, marked, filter, typing, 0, 0, process, state, scroll);
  }

  private View growth(boolean shown, boolean isMarked) {
    return new View(
        sort, descending, shown, isMarked, filter, typing, 0, 0, process, state, scroll);
  }

  private View filter(String text, Optional<String> typed) {
    return new View(sort, descending, growth, marked, text, typed, 0, 0, process, state, scroll);
  }

  private View at(int row, int place) {
    return new View(
        sort, descending, growth, marked, filter, typing, place, row, process, state, scroll);
  }

  private View process(Optional<Long> pid, boolean withState, int line) {
    return new View(
        sort, descending, growth, marked, filter, typing, offset, selected, pid, withState, line);
  }

  /** Whether the observer has to be asked something else than for the other view. */
  boolean asksOther(View other) {
    return sort != other.sort
        || descending != other.descending
        || growth != other.growth
        || marked != other.marked
        || !filter.equals(other.filter)
        || offset != other.offset
        || !process.equals(other.process)
        || state != other.state;
  }

  /**
   * After a key.
   *
   * @param seen what is on the screen
   * @param rows how many rows of the table the screen has
   */
  View after(Key key, Snapshot seen, int rows) {
    if (typing.isPresent()) {
      return typed(key, typing.get());
    }
    return process.isPresent() ? inProcess(key, rows) : inTable(key, seen, rows);
  }

  private View typed(Key key, String text) {
    return switch (key.name()) {
      case ENTER -> filter(text, Optional.empty());
      case ESCAPE -> filter(filter, Optional.empty());
      case BACKSPACE ->
          filter(
              filter,
              Optional.of(
                  text.isEmpty()
                      ? text
                      : text.substring(0, text.offsetByCodePoints(text.length(), -1))));
      case CHARACTER ->
          filter(
              filter,
              Optional.of(
                  text.length() >= LONGEST_FILTER
                      ? text
                      : text + Character.toString(key.character())));
      default -> this;
    };
  }

  private View inProcess(Key key, int rows) {
    return switch (key.name()) {
      case ESCAPE, BACKSPACE, LEFT -> process(Optional.empty(), false, 0);
      case UP -> process(process, state, Math.max(0, scroll - 1));
      case DOWN -> process(process, state, scroll + 1);
      case PAGE_UP -> process(process, state, Math.max(0, scroll - rows));
      case PAGE_DOWN -> process(process, state, scroll + rows);
      case HOME -> process(process, state, 0);
      case CHARACTER -> key.character() == 's' ? process(process, !state, scroll) : this;
      default -> this;
    };
  }

  private View inTable(Key key, Snapshot seen, int rows) {
    List<Told> shown = seen.page().parts("rows");
    int total = (int) seen.page().count("total");
    return switch (key.name()) {
      case UP -> moved(-1, total, rows);
      case DOWN -> moved(1, total, rows);
      case PAGE_UP -> moved(-rows, total, rows);
      case PAGE_DOWN -> moved(rows, total, rows);
      case HOME -> at(0, 0);
      case END -> moved(total, total, rows);
      case LEFT -> sort(neighbour(-1), !neighbour(-1).isText());
      case RIGHT -> sort(neighbour(1), !neighbour(1).isText());
      case ENTER ->
          selected < shown.size()
              ? process(Optional.of(shown.get(selected).count("pid")), false, 0)
              : this;
      case ESCAPE -> filter("", Optional.empty());
      case CHARACTER ->
          switch (key.character()) {
            case '/' -> filter(filter, Optional.of(filter));
            case '<' -> sort(neighbour(-1), !neighbour(-1).isText());
            case '>' -> sort(neighbour(1), !neighbour(1).isText());
            case 'r' -> sort(sort, !descending);
            case 'g' -> growth(!growth, false);
            case 'm' -> growth(true, true);
            case 'j' -> moved(1, total, rows);
            case 'k' -> moved(-1, total, rows);
            default -> this;
          };
      default -> this;
    };
  }

  private Column neighbour(int by) {
    List<Column> all = List.of(Column.values());
    return all.get(Math.floorMod(all.indexOf(sort) + by, all.size()));
  }

  /** The row so far away; what is above and below the screen moves into it. */
  private View moved(int by, int total, int rows) {
    int place = Math.clamp((long) offset + selected + by, 0, Math.max(0, total - 1));
    int first = Math.clamp(offset, Math.max(0, place - rows + 1), place);
    return at(place - first, first);
  }
}
