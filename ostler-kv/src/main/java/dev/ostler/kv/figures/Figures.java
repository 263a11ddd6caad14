package dev.ostler.kv.figures;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The figures of one moment, by name, in the order in which they were told. Used by one thread.
 *
 * <p>Names follow the conventions of Prometheus: base units, and {@code _total} for what only
 * grows. The values of labels must come from a bounded set: no names of buckets or clients.
 */
public final class Figures {
  private final Map<String, Family> families = new LinkedHashMap<>();

  /** A part of a store that has figures. Any thread may ask it, at any time. */
  @FunctionalInterface
  public interface Source {
    /** Adds what it counts. Must not wait. */
    void tell(Figures to);
  }

  /** What becomes of a value. */
  public enum Kind {
    /** It only grows, until the store is opened again or the statistics are reset. */
    COUNTER,
    /** It rises and falls. */
    GAUGE,
    /** Durations in seconds, by class. */
    HISTOGRAM
  }

  /**
   * One value.
   *
   * @param labels the values of its family's labels, in their order
   */
  public record Figure(List<String> labels, double value) {}

  /**
   * The values of a histogram.
   *
   * @param labels the values of its family's labels, in their order
   * @param bounds the upper bounds of all classes but the last, in order
   * @param counts how many there are in each class, one more than there are bounds
   * @param sum of all
   */
  public record Histogram(List<String> labels, List<Double> bounds, List<Long> counts, double sum) {
    /** There is a class more than there are bounds. */
    public Histogram {
      if (counts.size() != bounds.size() + 1) {
        throw new IllegalArgumentException(
            bounds.size() + " bounds need one count more, and found " + counts.size());
      }
    }
  }

  /** All figures of one name. */
  public static final class Family {
    private final String name;
    private final Kind kind;
    private final String help;
    private final List<String> labels;
    private final List<Figure> figures = new ArrayList<>();
    private final List<Histogram> histograms = new ArrayList<>();

    private Family(String name, Kind kind, String help, List<String> labels) {
      this.name = name;
      this.kind = kind;
      this.help = help;
      this.labels = labels;
    }

    public String name() {
      return name;
    }

    public Kind kind() {
      return kind;
    }

    /** One sentence for people. */
    public String help() {
      return help;
    }

    /** The names of the labels. */
    public List<String> labels() {
      return labels;
    }

    public List<Figure> figures() {
      return figures;
    }

    /** What there is instead of figures in a family of histograms. */
    public List<Histogram> histograms() {
      return histograms;
    }

    /** Adds a value; the values of the labels are in the order of their names. */
    public Family add(double value, String... of) {
      figures.add(new Figure(checked(of), value));
      return this;
    }

    private List<String> checked(String... of) {
      if (of.length != labels.size()) {
        throw new IllegalArgumentException(
            name + " expects values for " + labels + ", and found " + List.of(of));
      }
      return List.of(of);
    }

    /** Adds the values of a histogram; see {@link Histogram}. */
    public Family add(List<Double> bounds, List<Long> counts, double sum, String... of) {
      histograms.add(new Histogram(checked(of), bounds, counts, sum));
      return this;
    }

    /** Adds a value; the values of the labels are in the order of their names. */
    public Family add(long value, String... of) {
      return add((double) value, of);
    }
  }

  /** Adds a value that only grows. */
  public void counter(String name, String help, double value) {
    var _ = counters(name, help).add(value);
  }

  /** Adds a value that only grows. */
  public void counter(String name, String help, long value) {
    counter(name, help, (double) value);
  }

  /** Adds a value that rises and falls. */
  public void gauge(String name, String help, long value) {
    gauge(name, help, (double) value);
  }

  /** Adds a value that rises and falls. */
  public void gauge(String name, String help, double value) {
    var _ = gauges(name, help).add(value);
  }

  /** Values that only grow, told apart by labels. */
  public Family counters(String name, String help, String... labels) {
    return family(name, Kind.COUNTER, help, labels);
  }

  /** Values that rise and fall, told apart by labels. */
  public Family gauges(String name, String help, String... labels) {
    return family(name, Kind.GAUGE, help, labels);
  }

  /** Durations in seconds, told apart by labels. */
  public Family histograms(String name, String help, String... labels) {
    return family(name, Kind.HISTOGRAM, help, labels);
  }

  private Family family(String name, Kind kind, String help, String... labels) {
    return families.computeIfAbsent(name, first -> new Family(first, kind, help, List.of(labels)));
  }

  /** All of them. */
  public List<Family> families() {
    return List.copyOf(families.values());
  }
}
