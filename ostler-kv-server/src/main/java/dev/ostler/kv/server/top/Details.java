package dev.ostler.kv.server.top;

import java.util.ArrayList;
import java.util.List;

/** Everything of one process, as lines of a width. */
final class Details {
  private static final int NAMES = 14;

  private final List<Line> lines = new ArrayList<>();
  private final int width;

  private Details(int width) {
    this.width = Math.max(20, width);
  }

  static List<Line> of(Told process, int width) {
    var details = new Details(width);
    details.add(process);
    return details.lines;
  }

  private void add(Told process) {
    line(
        "process",
        Text.clean(process.text("label").orElse("")) + ", " + Text.numbered(process.count("pid")));
    text("name", process);
    text("kind", process);
    text("strategy", process);
    line(
        "mailbox",
        Text.number(process.count("queued"))
            + " waiting, "
            + Text.number(process.count("handled"))
            + " handled");
    if (process.text("callback").isPresent()) {
      line(
          "handles",
          Text.clean(process.text("callback").get())
              + ", for "
              + Text.seconds(process.number("at_least").orElse(0)));
    } else if (process.flag("suspended")) {
      line("handles", "nothing: it is suspended");
    }
    peers("ancestors", process);
    if (!process.part("supervisor").isEmpty()) {
      line("supervisor", peer(process.part("supervisor")));
    }
    if (process.count("restarts") > 0) {
      line("restarts", Text.number(process.count("restarts")));
    }
    text("last_crash", process);
    peers("links", process);
    peers("monitors", process);
    peers("monitored_by", process);
    peers("callers", process);
    for (String message : process.texts("mailbox")) {
      line("waiting", Text.clean(message));
    }
    for (Told crash : process.parts("crashes")) {
      line(
          "crash",
          Text.clean(crash.text("time").orElse("") + " " + crash.text("reason").orElse("")));
    }
    if (process.number("memory").isPresent()) {
      line("memory", Text.bytes(process.number("memory").getAsDouble()));
    }
    process
        .text("state")
        .ifPresent(
            state -> {
              String name = "state";
              for (String part : state.split("\n", -1)) {
                line(name, Text.clean(part));
                name = "";
              }
            });
    text("error", process);
  }

  private void text(String name, Told process) {
    process.text(name).ifPresent(text -> line(name.replace('_', ' '), Text.clean(text)));
  }

  private void peers(String name, Told process) {
    List<Told> peers = process.parts(name);
    if (peers.isEmpty()) {
      return;
    }
    long more = process.count(name + "_total") - peers.size();
    line(
        name.replace('_', ' '),
        String.join(", ", peers.stream().map(Details::peer).toList())
            + (more > 0 ? ", and " + Text.number(more) + " more" : ""));
  }

  private static String peer(Told peer) {
    return Text.clean(peer.text("label").orElse("")) + " " + Text.numbered(peer.count("pid"));
  }

  /** A name and its value, in as many lines as it needs. */
  private void line(String name, String clean) {
    String head = Text.left(name, NAMES);
    String rest = clean;
    do {
      String part = part(rest);
      lines.add(Line.plain((head + part).stripTrailing()));
      rest = rest.substring(part.length());
      head = " ".repeat(NAMES);
    } while (!rest.isEmpty());
  }

  /** As much of a text as one line holds. */
  private String part(String clean) {
    int end = 0;
    int used = NAMES;
    while (end < clean.length()) {
      int c = clean.codePointAt(end);
      used += Text.width(Character.toString(c));
      if (used > width && end > 0) {
        break;
      }
      end += Character.charCount(c);
    }
    return clean.substring(0, end);
  }
}
