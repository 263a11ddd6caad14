package dev.ostler.observer;

import com.sun.net.httpserver.HttpExchange;
import dev.ostler.observer.http.AnswerTime;
import java.io.IOException;
import java.util.Map;

/** What a request gets: a body, or a stream of events. */
sealed interface Answer {
  /** Sends it, on the thread of the request. */
  void send(HttpExchange exchange) throws IOException;

  /** An answer of JSON. */
  static Answer json(int status, Object value) {
    return new Whole(status, "application/json", Json.bytes(value), Map.of());
  }

  static Answer refused(int status, String why) {
    return json(status, Json.object("error", why));
  }

  /** An answer whose length is known. */
  final class Whole implements Answer {
    private final int status;
    private final String type;
    private final byte[] body;
    private final Map<String, String> headers;

    Whole(int status, String type, byte[] body, Map<String, String> headers) {
      this.status = status;
      this.type = type;
      this.body = body;
      this.headers = headers;
    }

    @Override
    public void send(HttpExchange exchange) throws IOException {
      prepare(exchange, type);
      headers.forEach(exchange.getResponseHeaders()::set);
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
        exchange.sendResponseHeaders(status, -1);
      } else if (body.length == 0) {
        exchange.sendResponseHeaders(status, -1);
      } else {
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
      }
    }
  }

  /**
   * A stream of events, until the source ends or the client goes.
   *
   * @param after runs at the end, whatever happened
   */
  record Streamed(Source source, Runnable after) implements Answer {
    /** Where the events come from. */
    interface Source {
      /** Sends events; returns at the end. */
      void to(EventStream stream) throws IOException, InterruptedException;
    }

    @Override
    public void send(HttpExchange exchange) throws IOException {
      try {
        AnswerTime.unlimited();
        prepare(exchange, "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        var stream = new EventStream(exchange.getResponseBody());
        stream.comment(); // sends the headers, too
        source.to(stream);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // the port is closed
      } finally {
        after.run();
      }
    }
  }

  private static void prepare(HttpExchange exchange, String type) {
    var headers = exchange.getResponseHeaders();
    headers.set("Content-Type", type);
    headers.set("Cache-Control", "no-store");
    headers.set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("X-Content-Type-Options", "nosniff");
  }
}
