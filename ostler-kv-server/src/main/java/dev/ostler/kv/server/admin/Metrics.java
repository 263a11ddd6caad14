package dev.ostler.kv.server.admin;

import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.figures.Figures;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.concurrent.atomic.LongAdder;

/** The figures of a store and of its JVM, as text for Prometheus. Any thread may use it. */
final class Metrics implements AutoCloseable {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");
  private static final String TOTAL = "_total";

  private final Store store;
  private final Figures.Source jvm = new JvmFigures();
  private final EventFigures events = new EventFigures();
  private final ProcessFigures processes = new ProcessFigures();
  private final LongAdder failures = new LongAdder();
  private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();

  Metrics(Store store) {
    this.store = store;
  }

  /** The type of the text, with its version. */
  String contentType() {
    return writer.getContentType();
  }

  /** The figures of this moment. */
  String text() throws IOException {
    var figures = new Figures();
    store.sources().forEach(source -> tell(source, figures));
    tell(processes, figures);
    tell(events, figures);
    tell(jvm, figures);
    figures.counter(
        "kv_metrics_failures_total",
        "Parts of the server that could not tell their figures.",
        failures.sum());
    var snapshots = MetricSnapshots.builder();
    for (Figures.Family family : figures.families()) {
      snapshots.metricSnapshot(snapshot(family));
    }
    var text = new ByteArrayOutputStream(16 * 1024);
    writer.write(text, snapshots.build(), EscapingScheme.UNDERSCORE_ESCAPING);
    return text.toString(StandardCharsets.UTF_8);
  }

  /** One part that fails does not keep the others from being told. */
  private void tell(Figures.Source source, Figures to) {
    try {
      source.tell(to);
    } catch (RuntimeException e) {
      failures.increment();
      LOG.log(Level.WARNING, "figures of the store are missing", e);
    }
  }

  private static MetricSnapshot snapshot(Figures.Family family) {
    return switch (family.kind()) {
      case COUNTER -> counter(family);
      case GAUGE -> gauge(family);
      case HISTOGRAM -> histogram(family);
    };
  }

  /** The library adds {@code _total} to the name. */
  private static MetricSnapshot counter(Figures.Family family) {
    String name = family.name();
    if (!name.endsWith(TOTAL)) {
      throw new IllegalStateException("a counter's name ends with " + TOTAL + ", not " + name);
    }
    var snapshot =
        CounterSnapshot.builder()
            .name(name.substring(0, name.length() - TOTAL.length()))
            .help(family.help());
    for (Figures.Figure figure : family.figures()) {
      snapshot.dataPoint(
          CounterDataPointSnapshot.builder()
              .labels(labels(family, figure))
              .value(figure.value())
              .build());
    }
    return snapshot.build();
  }

  private static MetricSnapshot gauge(Figures.Family family) {
    var snapshot = GaugeSnapshot.builder().name(family.name()).help(family.help());
    for (Figures.Figure figure : family.figures()) {
      snapshot.dataPoint(
          GaugeDataPointSnapshot.builder()
              .labels(labels(family, figure))
              .value(figure.value())
              .build());
    }
    return snapshot.build();
  }

  private static MetricSnapshot histogram(Figures.Family family) {
    var snapshot = HistogramSnapshot.builder().name(family.name()).help(family.help());
    for (Figures.Histogram each : family.histograms()) {
      var bounds = new ArrayList<Double>(each.bounds());
      bounds.add(Double.POSITIVE_INFINITY);
      snapshot.dataPoint(
          HistogramDataPointSnapshot.builder()
              .labels(Labels.of(family.labels(), each.labels()))
              .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, each.counts()))
              .sum(each.sum())
              .build());
    }
    return snapshot.build();
  }

  private static Labels labels(Figures.Family family, Figures.Figure figure) {
    return Labels.of(family.labels(), figure.labels());
  }

  /** Stops counting. */
  @Override
  public void close() {
    events.close();
    processes.close();
  }
}
