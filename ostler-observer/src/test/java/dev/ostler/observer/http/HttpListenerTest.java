package dev.ostler.observer.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpHandlers;
import dev.ostler.observer.Peer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the port does when the HTTP server's own thread ends, and with a client that hangs. */
class HttpListenerTest {
  private static HttpListener open() throws IOException {
    return new HttpListener(
        "listened",
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        HttpHandlers.of(200, Headers.of(), "answered"));
  }

  /** The thread that accepts clients. There is one: no other test has its listener open. */
  private static Thread dispatcher() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .filter(thread -> thread.getThreadGroup().getName().equals("listened"))
        .reduce(
            (one, other) -> {
              throw new AssertionError("there are two: " + one + ", " + other);
            })
        .orElseThrow();
  }

  @Test
  void it_is_opened_again_by_another_thread() throws IOException {
    try (HttpListener listener = open()) {
      int port = listener.address().getPort();
      Thread first = dispatcher();
      assertThat(first.isDaemon()).isTrue();
      // as the JVM does when an error has ended the thread
      first.getUncaughtExceptionHandler().uncaughtException(first, new OutOfMemoryError("planted"));

      assertThat(first.isAlive()).isFalse();
      assertThat(dispatcher()).isNotSameAs(first);
      assertThat(Peer.on(port).get("/").body()).isEqualTo("answered");
    }
  }

  @Test
  void it_stays_closed_if_it_was_closed() throws IOException {
    int port;
    Thread last;
    Thread.UncaughtExceptionHandler heard;
    try (HttpListener listener = open()) {
      port = listener.address().getPort();
      last = dispatcher();
      heard = last.getUncaughtExceptionHandler();
    }
    heard.uncaughtException(last, new OutOfMemoryError("planted"));

    assertThatThrownBy(() -> Peer.on(port).get("/")).isInstanceOf(ConnectException.class);
  }

  @Test
  void it_gives_up_a_client_that_does_not_read() throws Exception {
    var end = new CompletableFuture<IOException>();
    HttpHandler endless =
        exchange -> {
          try (exchange) {
            exchange.sendResponseHeaders(200, 0);
            while (true) {
              exchange.getResponseBody().write(new byte[64 * 1024]);
            }
          } catch (IOException e) {
            end.complete(e);
          }
        };
    var any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (var listener = new HttpListener("endless", any, endless, Duration.ofMillis(1));
        Socket client = Peer.on(listener.address().getPort()).send("GET", "/", "")) {
      assertThat(end.get(1, TimeUnit.MINUTES)).isInstanceOf(IOException.class);
      assertThat(client.isClosed()).isFalse(); // it was not the client who ended it
    }
  }
}
