package dev.ostler.kv.server.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.HdrHistogram.Histogram;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** The results as JSON. Used by one thread. */
final class JsonReport {
  private static final double[] PERCENTILES = {50, 75, 90, 95, 99, 99.9, 99.99, 99.999};
  private static final double NANOS = 1e9;

  private final JsonGenerator json;

  private JsonReport(JsonGenerator json) {
    this.json = json;
  }

  static void write(Results results, Path file) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), bytes)) {
      new JsonReport(json).results(results);
    }
    bytes.write('\n');
    Files.write(file, bytes.toByteArray());
  }

  private void results(Results results) {
    json.writeStartObject();
    json.writeStringProperty("format", "ostler-kv bench");
    json.writeNumberProperty("version", 1);
    plan(results.load(), results.schedule());
    json.writeArrayPropertyStart("servers");
    results.servers().forEach(this::server);
    json.writeEndArray();
    if (results.servers().size() == 2 && results.cutShort().isEmpty()) {
      json.writeObjectPropertyStart("ratios_of_medians");
      for (Results.Figure figure : Results.Figure.values()) {
        number(figure.text.replace(' ', '_'), results.ratio(figure));
      }
      json.writeEndObject();
    }
    results.cutShort().ifPresent(why -> json.writeStringProperty("ended_early", why));
    json.writeBooleanProperty("clean", results.isClean());
    json.writeEndObject();
  }

  private void plan(Load load, Schedule schedule) {
    json.writeObjectPropertyStart("options");
    json.writeNumberProperty("clients", schedule.clients());
    json.writeNumberProperty("pipeline", schedule.pipeline());
    json.writeStringProperty("mix", load.mix().toString());
    json.writeStringProperty("value_size", load.sizes().toString());
    json.writeNumberProperty("keys", load.keys());
    json.writeStringProperty("distribution", load.choice().toString());
    json.writeNumberProperty("fields", load.fields());
    json.writeNumberProperty("seed", load.seed());
    json.writeNumberProperty("warm_up", schedule.warmUp().toNanos() / NANOS);
    schedule.duration().ifPresent(time -> number("duration", time.toNanos() / NANOS));
    schedule.requests().ifPresent(count -> json.writeNumberProperty("requests", count));
    schedule.rate().ifPresent(rate -> number("rate", rate));
    json.writeEndObject();
  }

  private void server(Results.Measured server) {
    json.writeStartObject();
    json.writeStringProperty("name", server.name());
    number("requests_a_second", server.median(Round::rate));
    command("all", server.all());
    json.writeArrayPropertyStart("rounds");
    server.rounds().forEach(this::round);
    json.writeEndArray();
    json.writeEndObject();
  }

  private void round(Round round) {
    json.writeStartObject();
    json.writeNumberProperty("seconds", round.nanos() / NANOS);
    number("requests_a_second", round.rate());
    json.writeNumberProperty("failed_connections", round.lostClients());
    json.writeNumberProperty("unanswered", round.unanswered());
    json.writeObjectPropertyStart("commands");
    round.commands().forEach((kind, measured) -> command(kind.text(), measured));
    json.writeEndObject();
    command("all", round.all());
    json.writeObjectPropertyStart("complaints");
    round.complaints().forEach(json::writeNumberProperty);
    json.writeEndObject();
    latencies("sent_late", round.late());
    json.writeArrayPropertyStart("by_second");
    for (Round.Second second : round.seconds()) {
      json.writeStartObject();
      json.writeNumberProperty("seconds", second.seconds());
      json.writeNumberProperty("requests", second.requests());
      json.writeNumberProperty("errors", second.errors());
      json.writeNumberProperty("p50", second.p50() / NANOS);
      json.writeNumberProperty("p99", second.p99() / NANOS);
      json.writeNumberProperty("max", second.max() / NANOS);
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private void command(String name, Round.Command measured) {
    json.writeObjectPropertyStart(name);
    json.writeNumberProperty("requests", measured.answered());
    json.writeNumberProperty("unsent", measured.unsent());
    json.writeNumberProperty("nil", measured.missing());
    json.writeNumberProperty("errors", measured.errors());
    latencies("latency", measured.latencies());
    json.writeEndObject();
  }

  private void latencies(String name, Histogram latencies) {
    json.writeObjectPropertyStart(name);
    if (latencies.getTotalCount() > 0) {
      json.writeNumberProperty("mean", latencies.getMean() / NANOS);
      json.writeNumberProperty("min", latencies.getMinValue() / NANOS);
      for (double percentile : PERCENTILES) {
        json.writeNumberProperty(
            "p" + TextReport.withoutZero(percentile),
            latencies.getValueAtPercentile(percentile) / NANOS);
      }
      json.writeNumberProperty("max", latencies.getMaxValue() / NANOS);
    }
    json.writeEndObject();
  }

  /** Leaves out what is no number. */
  private void number(String name, double value) {
    if (Double.isFinite(value)) {
      json.writeNumberProperty(name, value);
    }
  }
}
