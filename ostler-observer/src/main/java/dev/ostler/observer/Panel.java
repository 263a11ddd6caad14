package dev.ostler.observer;

import java.util.List;
import java.util.Locale;

/**
 * A table that a program adds to the observer, such as the buckets of a store. Any thread may ask,
 * several at a time; it answers within a second or so.
 */
public interface Panel {
  /** Its name in addresses: lower-case letters and digits. */
  String name();

  /** Its columns, always the same. */
  List<Column> columns();

  /** The rows of one page. */
  Page page(Query query);

  /**
   * A column.
   *
   * @param name by which it is asked for
   * @param title which people see
   * @param type what its cells are
   * @param sortable whether rows can be sorted by it
   */
  record Column(String name, String title, Type type, boolean sortable) {}

  /** What the cells of a column are. An empty string stands for no value. */
  enum Type {
    /** A string. */
    TEXT,
    /** A number. */
    NUMBER,
    /** A number of bytes. */
    BYTES,
    /** A number of seconds. */
    SECONDS,
    /** A time, as text in ISO 8601. */
    TIME;

    String shown() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A question for a page of rows.
   *
   * @param text that the rows contain; empty for all rows
   * @param sort the name of a column
   * @param descending whether the largest come first
   * @param offset how many rows are on pages before
   * @param limit how many rows at most
   */
  record Query(String text, String sort, boolean descending, int offset, int limit) {}

  /**
   * A page of rows.
   *
   * @param total how many rows there are on all pages
   * @param rows of cells: strings and numbers
   */
  record Page(long total, List<List<Object>> rows) {}
}
