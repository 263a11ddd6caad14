package dev.ostler.observer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The tables that the program has added. Immutable; any thread may ask. */
final class Panels {
  static final String[] PARAMETERS = {"q", "sort", "order", "offset", "limit"};

  private final List<Panel> panels;

  Panels(List<Panel> panels) {
    this.panels = panels;
  }

  List<String> names() {
    return panels.stream().map(Panel::name).toList();
  }

  Map<String, Object> page(String name, Question.Parameters asked) {
    Panel panel =
        panels.stream()
            .filter(each -> each.name().equals(name))
            .findFirst()
            .orElseThrow(() -> new Refusal(404, "there are the panels " + names()));
    List<Panel.Column> columns = panel.columns();
    Set<String> sortable =
        columns.stream()
            .filter(Panel.Column::sortable)
            .map(Panel.Column::name)
            .collect(Collectors.toUnmodifiableSet());
    var query =
        new Panel.Query(
            asked.text("q", ""),
            asked.oneOf("sort", columns.getFirst().name(), sortable),
            asked.oneOf("order", "asc", Set.of("asc", "desc")).equals("desc"),
            asked.number("offset", 0, 0, 10_000_000),
            asked.number("limit", 50, 1, 1000));
    Panel.Page page = panel.page(query);
    var shown = new ArrayList<Object>();
    for (Panel.Column each : columns) {
      shown.add(
          Json.object(
              "name",
              each.name(),
              "title",
              each.title(),
              "type",
              each.type().shown(),
              "sortable",
              each.sortable()));
    }
    return Json.object(
        "columns",
        shown,
        "total",
        page.total(),
        "offset",
        query.offset(),
        "rows",
        List.<Object>copyOf(page.rows()));
  }
}
