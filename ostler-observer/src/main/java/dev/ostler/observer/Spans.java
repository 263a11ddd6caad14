package dev.ostler.observer;

import dev.ostler.CallRecording;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.List;

/**
 * Tells recorded calls to OpenTelemetry, if the program has its API and has set it up. Any thread
 * may use it.
 *
 * <p>Nothing else here may name a class of that API but {@link GlobalSpans}, which is loaded only
 * if the API is there.
 */
final class Spans {
  private static final Logger LOG = System.getLogger("dev.ostler.observer");
  private static final boolean PRESENT = isPresent();

  private Spans() {}

  private static boolean isPresent() {
    try {
      Class.forName(
          "io.opentelemetry.api.GlobalOpenTelemetry", false, Spans.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }

  /**
   * Tells all calls of a recording.
   *
   * @param start when the recording began
   * @return whether there is somebody who was told
   */
  static boolean tell(List<CallRecording.Span> calls, Instant start) {
    try {
      return PRESENT && GlobalSpans.tell(calls, start);
    } catch (RuntimeException | LinkageError e) {
      LOG.log(Level.WARNING, "OpenTelemetry could not be told of recorded calls", e);
      return false;
    }
  }
}
