package dev.ostler.kv.server.top;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/** Asks the observer of a running program. Any thread may use it. */
public final class ObserverClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final URI address;
  private final Optional<String> token;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  /**
   * Connects when it asks.
   *
   * @param address of the observer, as {@code http://127.0.0.1:9100}
   */
  public ObserverClient(URI address, Optional<String> token) {
    this.address = address;
    this.token = token;
  }

  /** The observer does not answer this. */
  static final class Refused extends IOException {
    final int status;

    Refused(int status, String message) {
      super(message);
      this.status = status;
    }
  }

  /**
   * Asks.
   *
   * @param path below {@code /api/v1/}, with parameters
   * @throws IOException if there is no answer; the message is for people
   */
  Told ask(String path) throws IOException {
    URI whole = address.resolve("/api/v1/" + path);
    var request = HttpRequest.newBuilder(whole).timeout(PATIENCE);
    token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
    HttpResponse<byte[]> response;
    try {
      response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    } catch (ConnectException e) {
      throw new IOException("no observer on " + address + ": nobody listens there", e);
    } catch (IOException e) {
      throw new IOException("no observer on " + address + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    }
    return switch (response.statusCode()) {
      case 200 -> parsed(response.body());
      case 401 ->
          throw new Refused(401, address + " expects a token, or another one: see --token-file");
      default ->
          throw new Refused(
              response.statusCode(),
              address + " answers " + response.statusCode() + reason(response.body()));
    };
  }

  private Told parsed(byte[] body) throws IOException {
    try {
      return Told.parse(body);
    } catch (IOException e) {
      throw new IOException("no observer on " + address + ": " + e.getMessage(), e);
    }
  }

  private static String reason(byte[] body) {
    try {
      return Told.parse(body).text("error").map(why -> ": " + Text.clean(why)).orElse("");
    } catch (IOException e) {
      return ": is this the port of an observer?";
    }
  }

  @Override
  public String toString() {
    return address.toString();
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
