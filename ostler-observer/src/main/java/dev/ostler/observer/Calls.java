package dev.ostler.observer;

import dev.ostler.CallRecording;
import dev.ostler.Pid;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;

/** Recordings of calls: who called whom, and how long it took. Any thread may make one. */
final class Calls {
  /** How long a recording takes at most; it is answered once it is over. */
  static final int MOST_SECONDS = 20;

  private static final int MOST = 4;

  private final Semaphore places = new Semaphore(MOST);

  Map<String, Object> record(int count, int seconds) {
    if (!places.tryAcquire()) {
      throw new Refusal(503, "there are " + MOST + " recordings already");
    }
    Instant start = Instant.now();
    try (CallRecording recording = CallRecording.start(count, Duration.ofSeconds(seconds))) {
      var _ = recording.awaitEnd(Duration.ofSeconds(seconds + 1L));
      List<CallRecording.Span> spans = recording.spans();
      List<Object> calls = new ArrayList<>();
      spans.forEach(span -> calls.add(told(span)));
      return Json.object("calls", calls, "telemetry", Spans.tell(spans, start) ? true : null);
    } finally {
      places.release();
    }
  }

  private static Map<String, Object> told(CallRecording.Span span) {
    return Json.object(
        "id",
        span.id(),
        "parent",
        span.parent(),
        "caller",
        span.caller().map(Pid::id),
        "server",
        span.server().id(),
        "label",
        span.label(),
        "request",
        span.request(),
        "called",
        ProcessRows.seconds(span.called()),
        "began",
        span.began().map(ProcessRows::seconds),
        "ended",
        span.ended().map(ProcessRows::seconds),
        "replied",
        span.replied().map(ProcessRows::seconds));
  }
}
