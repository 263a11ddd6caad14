package dev.ostler.observer;

import dev.ostler.CallRecording;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;

/**
 * Recorded calls as spans of the {@link GlobalOpenTelemetry}, after the fact. Any thread may use
 * it. Only {@link Spans} does, because the API may be absent.
 *
 * <p>A span is a call, from when it was made until it returned. Its parent is the call in whose
 * callback it was made; a call from elsewhere begins a trace of its own, since what its thread was
 * doing for OpenTelemetry is not known any more.
 */
final class GlobalSpans {
  private static final AttributeKey<String> SERVER = AttributeKey.stringKey("ostler.server");
  private static final AttributeKey<String> LABEL = AttributeKey.stringKey("ostler.label");
  private static final AttributeKey<String> REQUEST = AttributeKey.stringKey("ostler.request");
  private static final AttributeKey<String> CALLER = AttributeKey.stringKey("ostler.caller");
  private static final AttributeKey<Double> WAITED =
      AttributeKey.doubleKey("ostler.waited_seconds");
  private static final AttributeKey<Double> RAN = AttributeKey.doubleKey("ostler.ran_seconds");
  private static final AttributeKey<Boolean> UNFINISHED =
      AttributeKey.booleanKey("ostler.unfinished");

  private final Tracer tracer;
  private final Instant start;

  /** The calls so far, by their numbers, each as a parent. */
  private final HashMap<Long, Context> told = new HashMap<>();

  private GlobalSpans(Tracer tracer, Instant start) {
    this.tracer = tracer;
    this.start = start;
  }

  /** False if the program has not set up OpenTelemetry. It is not set up by this. */
  static boolean tell(List<CallRecording.Span> calls, Instant start) {
    if (!GlobalOpenTelemetry.isSet()) {
      return false;
    }
    var spans = new GlobalSpans(GlobalOpenTelemetry.get().getTracer("dev.ostler"), start);
    calls.forEach(spans::tell); // a call is recorded before those that its callback makes
    return true;
  }

  private void tell(CallRecording.Span call) {
    Context root = Context.root();
    Context parent =
        call.parent().isPresent() ? told.getOrDefault(call.parent().get(), root) : root;
    Span span =
        tracer
            .spanBuilder(call.label() + " " + simple(call.request()))
            .setParent(parent)
            .setStartTimestamp(start.plus(call.called()))
            .setAttribute(SERVER, call.server().toString())
            .setAttribute(LABEL, call.label())
            .setAttribute(REQUEST, call.request())
            .startSpan();
    told.put(call.id(), root.with(span));
    call.caller().ifPresent(caller -> span.setAttribute(CALLER, caller.toString()));
    Duration last = call.called();
    if (call.began().isPresent()) {
      Duration began = call.began().get();
      span.setAttribute(WAITED, seconds(began.minus(call.called())));
      span.addEvent("began", start.plus(began));
      last = began;
      if (call.ended().isPresent()) {
        Duration ended = call.ended().get();
        span.setAttribute(RAN, seconds(ended.minus(began)));
        span.addEvent("ended", start.plus(ended));
        last = ended;
      }
    }
    if (call.replied().isEmpty()) {
      span.setAttribute(UNFINISHED, true);
    }
    span.end(start.plus(call.replied().orElse(last)));
  }

  private static String simple(String type) {
    return type.substring(Math.max(type.lastIndexOf('.'), type.lastIndexOf('$')) + 1);
  }

  private static double seconds(Duration time) {
    return time.toNanos() / 1e9;
  }
}
