package dev.ostler.kv.server.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * The latencies by percentile, as SVG. Both axes are logarithmic: to the right, each step has one
 * request in ten of the step before. Used by one thread.
 */
final class PercentilePlot {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 500;
  private static final int LEFT = 80;
  private static final int RIGHT = 50;
  private static final int TOP = 50;
  private static final int BOTTOM = 60;
  private static final int LEGEND_LINE = 20;
  private static final int POINTS = 240;

  /** Colours that people tell apart who see few (Okabe and Ito), each with its own dashes. */
  private static final String[] STROKES = {
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#7f7f7f"
  };

  private static final String[] DASHES = {
    "none", "8 4", "2 3", "12 4 2 4", "4 4", "1 4", "16 6", "6 2 2 2"
  };

  private final StringBuilder svg = new StringBuilder();
  private final List<Line> lines;
  private final double nines; // the right end of the axis
  private final int least; // the lower end of the axis, as the power of ten of nanoseconds
  private final int most;

  private record Line(String name, Histogram latencies) {}

  private PercentilePlot(List<Line> lines) {
    this.lines = lines;
    long count = 10;
    long min = Long.MAX_VALUE;
    long max = 1;
    for (Line line : lines) {
      count = Math.max(count, line.latencies.getTotalCount());
      min = Math.min(min, Math.max(1, line.latencies.getMinValue()));
      max = Math.max(max, line.latencies.getMaxValue());
    }
    this.nines = Math.min(7, Math.ceil(Math.log10((double) count)));
    this.least = (int) Math.floor(Math.log10((double) Math.min(min, max)));
    this.most = Math.max(least + 1, (int) Math.ceil(Math.log10((double) max)));
  }

  static void write(Results results, Path file) throws IOException {
    Files.writeString(file, new PercentilePlot(lines(results)).draw(results));
  }

  /** A line for each command of a server, or for all commands of each of two. */
  private static List<Line> lines(Results results) {
    var lines = new ArrayList<Line>();
    for (Results.Measured server : results.servers()) {
      if (results.servers().size() == 1 && results.load().mix().kinds().size() > 1) {
        for (Kind kind : results.load().mix().kinds()) {
          lines.add(new Line(kind.text(), server.command(kind).latencies()));
        }
      }
      String name = results.servers().size() == 1 ? "all" : server.name();
      lines.add(new Line(name, server.all().latencies()));
    }
    lines.removeIf(line -> line.latencies.getTotalCount() == 0);
    return lines;
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more dependency
  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private String draw(Results results) {
    String title = "Latency by percentile of " + servers(results);
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\""
            + " aria-labelledby=\"title description\" font-family=\"sans-serif\" font-size=\"13\">",
        WIDTH, HEIGHT);
    add("<title id=\"title\">%s</title>", escaped(title));
    add("<desc id=\"description\">%s</desc>", escaped(description(results)));
    add("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>", WIDTH, HEIGHT);
    add("<text x=\"%d\" y=\"28\" font-size=\"16\">%s</text>", LEFT, escaped(title));
    percentiles();
    latencies();
    for (int i = 0; i < lines.size(); i++) {
      line(i);
    }
    add("</svg>");
    return svg.toString();
  }

  private static String servers(Results results) {
    return String.join(" and ", results.servers().stream().map(Results.Measured::name).toList());
  }

  private String description(Results results) {
    var text = new StringBuilder();
    for (Line line : lines) {
      text.append(
          String.format(
              Locale.ROOT,
              "%s: median %.3f ms, 99th percentile %.3f ms, longest %.3f ms. ",
              line.name,
              line.latencies.getValueAtPercentile(50) / 1e6,
              line.latencies.getValueAtPercentile(99) / 1e6,
              line.latencies.getMaxValue() / 1e6));
    }
    return text
        + (results.schedule().rate().isPresent()
            ? "At a fixed rate, from the time each request was due."
            : "As fast as the servers answer, in a closed loop.");
  }

  private void percentiles() {
    for (int step = 0; step <= nines; step++) {
      double x = x(step);
      add(
          "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#dddddd\"/>",
          x, TOP, x, HEIGHT - BOTTOM);
      String text =
          TextReport.withoutZero(Math.round((100 - 100 / Math.pow(10, step)) * 1e6) / 1e6);
      add(
          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s %%</text>",
          x, HEIGHT - BOTTOM + 20, text);
    }
    add(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">of the requests took at most</text>",
        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 15);
  }

  private void latencies() {
    for (int power = least; power <= most; power++) {
      double y = y(Math.pow(10, power));
      add(
          "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#dddddd\"/>",
          LEFT, y, WIDTH - RIGHT, y);
      add(
          "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
          LEFT - 8, y + 4, duration(power));
    }
  }

  private static String duration(int power) {
    String[] units = {"ns", "µs", "ms", "s"};
    int unit = Math.clamp(power / 3, 0, units.length - 1);
    return Math.round(Math.pow(10, power - 3 * unit)) + " " + units[unit];
  }

  private void line(int number) {
    Line line = lines.get(number);
    String style =
        "stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\""
            .formatted(STROKES[number % STROKES.length], DASHES[number % DASHES.length]);
    double end = Math.min(nines, Math.log10((double) Math.max(10, line.latencies.getTotalCount())));
    var points = new StringBuilder();
    for (int i = 0; i <= POINTS; i++) {
      double at = end * i / POINTS;
      long latency = line.latencies.getValueAtPercentile(100 - 100 / Math.pow(10, at));
      points.append(
          String.format(Locale.ROOT, "%.1f,%.1f ", x(at), y((double) Math.max(1, latency))));
    }
    add("<polyline fill=\"none\" %s points=\"%s\"/>", style, points.toString().strip());
    int y = TOP + 15 + LEGEND_LINE * number;
    add("<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" %s/>", LEFT + 15, y, LEFT + 55, y, style);
    add("<text x=\"%d\" y=\"%d\">%s</text>", LEFT + 63, y + 4, escaped(line.name));
  }

  private double x(double nine) {
    return LEFT + nine / nines * (WIDTH - LEFT - RIGHT);
  }

  private double y(double nanos) {
    double share = (Math.log10(nanos) - least) / (most - least);
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
