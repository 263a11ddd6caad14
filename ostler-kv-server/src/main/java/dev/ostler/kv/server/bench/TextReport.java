package dev.ostler.kv.server.bench;

import java.util.Locale;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/** The results as text. Used by one thread. */
final class TextReport {
  private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99};

  private final StringBuilder text = new StringBuilder();
  private final int clients;
  private final boolean isFixedRate;

  TextReport(Results results) {
    clients = results.schedule().clients();
    isFixedRate = results.schedule().rate().isPresent();
    plan(results.load(), results.schedule());
    results.servers().forEach(this::server);
    if (results.servers().size() == 2
        && results.servers().stream().noneMatch(each -> each.rounds().isEmpty())) {
      comparison(results);
    }
    results.cutShort().ifPresent(why -> line("%nIt ended early. %s", why));
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more dependency
  private void line(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append(System.lineSeparator());
  }

  private void plan(Load load, Schedule schedule) {
    line(
        "%,d clients, pipeline %,d, %s, values of %s bytes, %,d keys (%s), seed %d",
        schedule.clients(),
        schedule.pipeline(),
        load.mix(),
        load.sizes(),
        load.keys(),
        load.choice(),
        load.seed());
    if (schedule.rate().isPresent()) {
      line(
          "at a fixed rate of %,.0f requests a second; a latency counts from the time a request was due",
          schedule.rate().get());
    } else {
      line(
          "as fast as the server answers (closed loop): a latency is the time of an answer, and not what"
              + " users wait%nwhose requests do not depend on each other; for that, give a --rate");
    }
  }

  private void server(Results.Measured server) {
    line("%n%s", server.name());
    if (server.rounds().isEmpty()) {
      line("  was not measured");
      return;
    }
    line(
        "  %-6s%13s%11s%9s%7s%s%10s",
        "", "requests", "a second", "errors", "nil", heads(), "max ms");
    double seconds = server.sum(Round::nanos) / 1e9;
    for (Kind kind : server.rounds().getFirst().commands().keySet()) {
      row(kind.text(), server.command(kind), seconds);
    }
    row("all", server.all(), seconds);
    if (server.rounds().size() > 1) {
      line(
          "  a second, by round: %s",
          server.rounds().stream()
              .map(round -> String.format(Locale.ROOT, "%,.0f", round.rate()))
              .collect(Collectors.joining(", ")));
    }
    if (isFixedRate) {
      Histogram late = Tally.empty();
      server.rounds().forEach(round -> late.add(round.late()));
      line(
          "  of that, sent late by this machine: p50 %.3f, p99 %.3f, max %.3f ms",
          late.getValueAtPercentile(50) / 1e6,
          late.getValueAtPercentile(99) / 1e6,
          late.getMaxValue() / 1e6);
    }
    trouble(server);
  }

  private static String heads() {
    var heads = new StringBuilder();
    for (double percentile : PERCENTILES) {
      heads.append(String.format(Locale.ROOT, "%10s", "p" + withoutZero(percentile)));
    }
    return heads.toString();
  }

  static String withoutZero(double percentile) {
    String text = String.valueOf(percentile);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }

  private void row(String name, Round.Command measured, double seconds) {
    long count = measured.answered();
    Histogram latencies = measured.latencies();
    var row =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "  %-6s%,13d%,11.0f%,9d%6.0f%%",
                name,
                count,
                seconds == 0 ? 0 : count / seconds,
                measured.errors(),
                count == 0 ? 0 : 100.0 * measured.missing() / count));
    for (double percentile : PERCENTILES) {
      row.append(millis(latencies.getValueAtPercentile(percentile)));
    }
    line("%s%s", row, millis(latencies.getMaxValue()));
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%10.3f", nanos / 1e6);
  }

  private void trouble(Results.Measured server) {
    long unsent = server.all().unsent();
    if (unsent > 0) {
      line(
          "  the server did not keep up; requests that were due, and were not sent before the end: %,d%n"
              + "  They count with the time they had waited until then, so the true percentiles are higher.",
          unsent);
    }
    long lost = server.sum(Round::lostClients);
    if (lost > 0) {
      line(
          "  connections that failed: %,d of %,d; requests without a reply: %,d",
          lost, (long) clients * server.rounds().size(), server.sum(Round::unanswered));
    }
    server.complaints().forEach((text, count) -> line("  %,d times: %s", count, text));
  }

  private void comparison(Results results) {
    line(
        "%n%s divided by %s, medians of %d rounds:",
        results.servers().getFirst().name(),
        results.servers().getLast().name(),
        results.servers().getLast().rounds().size());
    for (Results.Figure figure : Results.Figure.values()) {
      line("  %-18s %.3f", figure.text, results.ratio(figure));
    }
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
