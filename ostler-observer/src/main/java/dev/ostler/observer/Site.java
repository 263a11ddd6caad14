package dev.ostler.observer;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Objects;

/**
 * The observer's answers to HTTP requests, without a port: for a program that has an HTTP server of
 * its own. Any thread may use it, virtual threads best: a request may wait a second for a process,
 * and a stream lasts as long as somebody reads it.
 */
public final class Site implements HttpHandler, AutoCloseable {
  private static final Logger LOG = System.getLogger("dev.ostler.observer");

  /** The paths of the page's files, and their types. */
  private static final Map<String, String> FILES =
      Map.of(
          "/icon.svg", "image/svg+xml",
          "/index.html", "text/html; charset=utf-8",
          "/page.js", "text/javascript; charset=utf-8",
          "/style.css", "text/css; charset=utf-8");

  private final String token;
  private final Guard guard;
  private final Api api;

  Site(Observer.Spec spec) {
    this.token = spec.token;
    this.guard = new Guard(spec.token, spec.hosts, spec.actions);
    this.api = new Api(guard, spec.name, spec.panels);
  }

  /** The token: a secret, since who has it can kill processes. */
  public String token() {
    return token;
  }

  /** Answers a request. Whatever it throws, it is answered, and harms no other. */
  @Override
  public void handle(HttpExchange exchange) {
    try (exchange) {
      answer(new Question(exchange)).send(exchange);
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "a client of the observer has gone", e);
    }
  }

  private Answer answer(Question question) {
    try {
      return dispatch(question);
    } catch (Refusal refusal) {
      return refused(refusal);
    } catch (IOException | RuntimeException | Error e) {
      LOG.log(Level.WARNING, "a request to the observer failed", e);
      return Answer.refused(500, "this cannot be told now: " + e.getClass().getName());
    }
  }

  private static Answer refused(Refusal refusal) {
    Map<String, String> headers =
        refusal.status == 401 ? Map.of("WWW-Authenticate", "Bearer") : Map.of();
    byte[] body = Json.bytes(Json.object("error", refusal.why()));
    return new Answer.Whole(refusal.status, "application/json", body, headers);
  }

  private Answer dispatch(Question question) throws IOException {
    guard.checkHost(question);
    String path = question.path();
    if (path.startsWith("/api/") || path.equals("/mcp")) {
      guard.checkOrigin(question);
      return api.answer(question);
    }
    String name = path.equals("/") ? "/index.html" : path;
    String type = FILES.get(name);
    if (type == null) {
      throw new Refusal(404, "there are /, /api/v1/ and /mcp");
    }
    Api.checkMethod(question, "GET", "HEAD");
    return new Answer.Whole(200, type, file(name.substring(1)), Map.of());
  }

  private static byte[] file(String name) throws IOException {
    try (InputStream file = Site.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(file, name).readAllBytes();
    }
  }

  /** Ends all that looks. Requests that run get an end of their stream. */
  @Override
  public void close() {
    api.close();
  }
}
