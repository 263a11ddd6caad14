package dev.ostler.browser;

import dev.ostler.observer.Panel;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** A table of sixty carts, each of which takes some bytes more than the one before. */
record Carts() implements Panel {
  private static final int COUNT = 60;

  @Override
  public String name() {
    return "carts";
  }

  @Override
  public List<Column> columns() {
    return List.of(
        new Column("name", "Name", Type.TEXT, true),
        new Column("bytes", "Bytes", Type.BYTES, true),
        new Column("used", "Used", Type.TIME, false));
  }

  @Override
  public Page page(Query query) {
    Comparator<Integer> order = Comparator.naturalOrder();
    List<Integer> found =
        IntStream.rangeClosed(1, COUNT)
            .boxed()
            .filter(number -> List.of("", "cart " + number).contains(query.text()))
            .sorted(query.descending() ? order.reversed() : order)
            .toList();
    List<List<Object>> rows =
        found.stream()
            .skip(query.offset())
            .limit(query.limit())
            .map(number -> List.<Object>of("cart " + number, 1000 + 1000 * number, ""))
            .toList();
    return new Page(found.size(), rows);
  }
}
