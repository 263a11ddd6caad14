package dev.ostler.observer;

import dev.ostler.observer.http.AnswerTime;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Server-sent events to one client. Used by the thread of the request; a client that does not take
 * an event within 10 seconds loses its connection.
 */
final class EventStream {
  /** How long a client may take for one event. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  private final OutputStream out;
  private final Duration patience;

  EventStream(OutputStream out) {
    this(out, PATIENCE);
  }

  EventStream(OutputStream out, Duration patience) {
    this.out = out;
    this.patience = patience;
  }

  /** An event, whose data is JSON on one line. */
  static byte[] event(String name, Object data) {
    return ("event: "
            + name
            + "\ndata: "
            + new String(Json.bytes(data), StandardCharsets.UTF_8)
            + "\n\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  void send(String name, Object data) throws IOException {
    write(event(name, data));
  }

  /** A line that clients ignore; it shows whether they are there. */
  void comment() throws IOException {
    write(": still here\n\n".getBytes(StandardCharsets.UTF_8));
  }

  void write(byte[] event) throws IOException {
    AnswerTime.within(patience.toNanos());
    try {
      out.write(event);
      out.flush();
    } finally {
      AnswerTime.unlimited();
    }
  }
}
