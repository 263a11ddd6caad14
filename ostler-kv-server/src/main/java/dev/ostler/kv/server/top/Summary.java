package dev.ostler.kv.server.top;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;

/** The lines above the table: what the observer tells of the whole program. */
final class Summary {
  private Summary() {}

  static List<Line> of(Told overview) {
    if (overview.isEmpty()) {
      return List.of(Line.plain("asking…"));
    }
    var lines = new ArrayList<Line>();
    lines.add(new Line(program(overview), Line.Style.HEADER));
    add(lines, rates(overview));
    add(lines, resources(overview));
    add(lines, slowest(overview));
    String totals = totals(overview.part("totals"));
    if (!totals.isEmpty()) {
      lines.add(new Line(totals, Line.Style.TROUBLE));
    }
    return lines;
  }

  private static void add(List<Line> lines, String text) {
    if (!text.isEmpty()) {
      lines.add(Line.plain(text));
    }
  }

  private static String program(Told overview) {
    Told application = overview.part("application");
    var line = new StringJoiner(", ");
    line.add(
        Text.clean(application.text("name").orElse("a program"))
            + " ("
            + application.count("os_pid")
            + ")");
    line.add(Text.number(overview.count("processes")) + " processes");
    Optional<Instant> now = time(overview.text("time"));
    Optional<Instant> started = time(application.text("started"));
    if (now.isPresent() && started.isPresent()) {
      long seconds = Duration.between(started.get(), now.get()).toSeconds();
      line.add("up " + Text.seconds((double) Math.max(1, seconds)));
    }
    now.ifPresent(time -> line.add(time.toString().replaceAll("\\.\\d+", "")));
    return line.toString();
  }

  private static Optional<Instant> time(Optional<String> text) {
    try {
      return text.map(Instant::parse);
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private static String rates(Told overview) {
    Told rates = overview.part("rates");
    Told calls = overview.part("calls");
    var line = new StringJoiner(", ");
    for (String name : new String[] {"started", "ended", "crashed", "restarted", "calls"}) {
      if (rates.number(name).isPresent()) {
        line.add(name + " " + Text.number(Math.round(rates.number(name).getAsDouble())) + "/s");
      }
    }
    for (String name : new String[] {"p50", "p99"}) {
      if (calls.number(name).isPresent()) {
        line.add(name + " " + Text.seconds(calls.number(name).getAsDouble()));
      }
    }
    return line.toString();
  }

  private static String resources(Told overview) {
    Told memory = overview.part("memory");
    var line = new StringJoiner(", ");
    if (memory.number("used").isPresent()) {
      line.add(
          "memory "
              + Text.bytes(memory.number("used").getAsDouble())
              + " of "
              + Text.bytes(memory.number("max").orElse(0)));
    }
    if (overview.number("cpu").isPresent()) {
      line.add(
          "processors "
              + Text.number(Math.round(100 * overview.number("cpu").getAsDouble()))
              + " %");
    }
    if (overview.number("queued").isPresent()) {
      line.add("messages that wait " + Text.number(overview.count("queued")));
    }
    return line.toString();
  }

  private static String slowest(Told overview) {
    Told mailbox = overview.part("longest_mailbox");
    Told callback = overview.part("longest_callback");
    var line = new StringJoiner(", ");
    if (!mailbox.isEmpty()) {
      line.add("longest mailbox " + Text.number(mailbox.count("queued")) + " of " + label(mailbox));
    }
    if (!callback.isEmpty()) {
      line.add(
          "longest callback "
              + Text.seconds(callback.number("at_least").orElse(0))
              + " of "
              + label(callback));
    }
    return line.toString();
  }

  private static String label(Told process) {
    return Text.clean(process.text("label").orElse(Text.numbered(process.count("pid"))));
  }

  /** What should not happen, and has, since the observer began. */
  private static String totals(Told totals) {
    var line = new StringJoiner(", ");
    for (String name :
        new String[] {"crashed", "restarted", "gave_up", "timeouts", "dead_letters", "zombies"}) {
      if (totals.count(name) > 0) {
        line.add(name.replace('_', ' ') + " " + Text.number(totals.count(name)));
      }
    }
    return line.length() == 0 ? "" : "in all: " + line;
  }
}
