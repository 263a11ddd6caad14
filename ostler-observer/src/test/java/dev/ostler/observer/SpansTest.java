package dev.ostler.observer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Agent;
import dev.ostler.CallRecording;
import dev.ostler.junit.OstlerExtension;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Recorded calls, as OpenTelemetry gets them. */
@ExtendWith(OstlerExtension.class)
class SpansTest {
  private Agent<Integer> last;
  private Agent<Agent<Integer>> middle;
  private Agent<Agent<Agent<Integer>>> first;

  @BeforeEach
  void start() {
    last = Agent.of(() -> 1).label("last").start();
    middle = Agent.of(() -> last).label("middle").start();
    first = Agent.of(() -> middle).label("first").start();
  }

  private int callAll() {
    return first.get(next -> next.get(end -> end.get(value -> value)));
  }

  @Nested
  class In_a_program_that_has_it {
    private final InMemorySpanExporter told = InMemorySpanExporter.create();
    private final OpenTelemetrySdk telemetry =
        OpenTelemetrySdk.builder()
            .setTracerProvider(
                SdkTracerProvider.builder()
                    .addSpanProcessor(SimpleSpanProcessor.create(told))
                    .build())
            .buildAndRegisterGlobal();

    @AfterEach
    void close() {
      telemetry.close();
      GlobalOpenTelemetry.resetForTest();
    }

    private SpanData span(String label) {
      List<SpanData> found =
          told.getFinishedSpanItems().stream()
              .filter(span -> label.equals(text(span, "ostler.label")))
              .toList();
      assertThat(found).as(label).hasSize(1);
      return found.getFirst();
    }

    private static String text(SpanData span, String name) {
      return span.getAttributes().get(AttributeKey.stringKey(name));
    }

    @Test
    void they_have_their_callers_as_parents() {
      Instant start = Instant.now();
      try (var recording = CallRecording.start(1_000, Duration.ofMinutes(1))) {
        callAll();
        recording.close();

        assertThat(Spans.tell(recording.spans(), start)).isTrue();
      }

      SpanData one = span("first");
      SpanData two = span("middle");
      SpanData three = span("last");
      assertThat(one.getParentSpanContext().isValid()).isFalse();
      assertThat(two.getParentSpanId()).isEqualTo(one.getSpanId());
      assertThat(three.getParentSpanId()).isEqualTo(two.getSpanId());
      assertThat(three.getTraceId()).isEqualTo(two.getTraceId()).isEqualTo(one.getTraceId());
      assertThat(text(three, "ostler.caller")).isEqualTo(middle.pid().toString());
      assertThat(text(three, "ostler.server")).isEqualTo(last.pid().toString());
      assertThat(one.getName()).startsWith("first ");
    }

    @Test
    void they_tell_how_long_they_waited_and_ran() {
      Instant start = Instant.now();
      try (var recording = CallRecording.start(1_000, Duration.ofMinutes(1))) {
        callAll();
        recording.close();
        Spans.tell(recording.spans(), start);
      }

      SpanData one = span("first");
      SpanData two = span("middle");
      assertThat(one.getEvents().stream().map(EventData::getName).toList())
          .isEqualTo(List.of("began", "ended"));
      long began = one.getEvents().getFirst().getEpochNanos();
      long ended = one.getEvents().getLast().getEpochNanos();
      assertThat(began).isBetween(one.getStartEpochNanos(), two.getStartEpochNanos());
      assertThat(ended).isBetween(two.getEndEpochNanos(), Long.MAX_VALUE);
      assertThat(one.getAttributes().get(AttributeKey.doubleKey("ostler.waited_seconds")))
          .isEqualTo((began - one.getStartEpochNanos()) / 1e9);
      assertThat(one.getAttributes().get(AttributeKey.doubleKey("ostler.ran_seconds")))
          .isEqualTo((ended - began) / 1e9);
    }

    @Test
    void they_are_told_with_each_recording_of_the_observer() throws Exception {
      var answers = new ArrayList<Map<String, Object>>();
      Thread asking = Thread.ofVirtual().start(() -> answers.add(new Calls().record(3, 20)));
      while (asking.isAlive()) { // the recording begins at some moment
        callAll();
      }
      asking.join();

      assertThat(answers.getFirst().get("telemetry")).isEqualTo(true);
      assertThat(told.getFinishedSpanItems()).hasSize(3);
    }
  }

  @Test
  void are_not_told_where_it_is_not_set_up() {
    assertThat(Spans.tell(List.of(), Instant.EPOCH)).isFalse();
    assertThat(GlobalOpenTelemetry.isSet()).isFalse(); // so that the program can still do it
  }

  @Test
  void are_not_told_where_it_is_absent() throws Exception {
    var without = new ArrayList<URL>();
    for (String each : System.getProperty("java.class.path").split(File.pathSeparator)) {
      if (!each.contains("opentelemetry")) {
        without.add(Path.of(each).toUri().toURL());
      }
    }
    ClassLoader platform = ClassLoader.getPlatformClassLoader();
    try (var loader = new URLClassLoader(without.toArray(URL[]::new), platform)) {
      Class<?> spans = loader.loadClass(Spans.class.getName());
      var tell = spans.getDeclaredMethod("tell", List.class, Instant.class);
      tell.setAccessible(true);

      assertThat(spans).isNotSameAs(Spans.class);
      assertThat(tell.invoke(null, List.of(), Instant.EPOCH)).isEqualTo(false);
    }
  }
}
