package dev.ostler.kv.server.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * What was measured, on one server or on two in turn. Any thread may use it.
 *
 * @param cutShort why there are fewer rounds than wanted
 */
public record Results(
    Load load, Schedule schedule, List<Measured> servers, Optional<String> cutShort) {

  /** The rounds on one server. */
  public record Measured(String name, List<Round> rounds) {
    /** All commands of all rounds. */
    Round.Command all() {
      return rounds.stream().map(Round::all).reduce(Round.Command.none(), Round.Command::plus);
    }

    /** What all rounds measured of one command. */
    Round.Command command(Kind kind) {
      return rounds.stream()
          .map(round -> round.commands().getOrDefault(kind, Round.Command.none()))
          .reduce(Round.Command.none(), Round.Command::plus);
    }

    Map<String, Long> complaints() {
      var all = new TreeMap<String, Long>();
      for (Round round : rounds) {
        round.complaints().forEach((text, count) -> all.merge(text, count, Long::sum));
      }
      return all;
    }

    long sum(ToLongFunction<Round> figure) {
      return rounds.stream().mapToLong(figure).sum();
    }

    /** The median of a figure over the rounds. */
    double median(ToDoubleFunction<Round> figure) {
      double[] sorted = rounds.stream().mapToDouble(figure).sorted().toArray();
      int middle = sorted.length / 2;
      if (sorted.length == 0) {
        return Double.NaN;
      }
      return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
  }

  /** A figure by which servers are compared. */
  enum Figure {
    RATE("requests a second") {
      @Override
      double of(Round round) {
        return round.rate();
      }
    },
    P50("p50") {
      @Override
      double of(Round round) {
        return round.all().latencies().getValueAtPercentile(50);
      }
    },
    P99("p99") {
      @Override
      double of(Round round) {
        return round.all().latencies().getValueAtPercentile(99);
      }
    },
    P999("p99.9") {
      @Override
      double of(Round round) {
        return round.all().latencies().getValueAtPercentile(99.9);
      }
    };

    final String text;

    Figure(String text) {
      this.text = text;
    }

    abstract double of(Round round);
  }

  /** The median of the first server, divided by that of the second. */
  double ratio(Figure figure) {
    return servers.getFirst().median(figure::of) / servers.getLast().median(figure::of);
  }

  /** Whether every request was answered, and without an error. */
  public boolean isClean() {
    return cutShort.isEmpty()
        && servers.stream().flatMap(each -> each.rounds().stream()).allMatch(Round::isClean);
  }

  /** For people. */
  public String text() {
    return new TextReport(this).toString();
  }

  /** For programs. */
  public void writeJson(Path file) throws IOException {
    JsonReport.write(this, file);
  }

  /** The latencies by percentile, as a picture. */
  public void writeSvg(Path file) throws IOException {
    PercentilePlot.write(this, file);
  }
}
