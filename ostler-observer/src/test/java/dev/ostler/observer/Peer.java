package dev.ostler.observer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A client of an HTTP server on this machine, which sends what a test wants. Immutable. */
public record Peer(int port, List<String> headers) {
  /** What it was answered. */
  public record Answer(int status, String head, String body) {
    Map<?, ?> json() {
      return (Map<?, ?>) Json.parse(body.getBytes(StandardCharsets.UTF_8));
    }

    /** What is there under these names and places, one inside the other; null if nothing is. */
    Object at(Object... path) {
      return Peer.at(json(), path);
    }

    String error() {
      return String.valueOf(at("error"));
    }
  }

  /** What is there under these names and places, one inside the other; null if nothing is. */
  static Object at(Object value, Object... path) {
    Object at = value;
    for (Object step : path) {
      at =
          at instanceof List<?> list
              ? list.get((Integer) step)
              : at instanceof Map<?, ?> map ? map.get(step) : null;
    }
    return at;
  }

  /** A client of this port, which sends only the header Host. */
  public static Peer on(int port) {
    return new Peer(port, List.of("Host: localhost:" + port));
  }

  /** With one more header. */
  Peer with(String header) {
    var more = new ArrayList<String>(headers);
    more.add(header);
    return new Peer(port, List.copyOf(more));
  }

  Peer token(String token) {
    return with("Authorization: Bearer " + token);
  }

  Peer host(String host) {
    return new Peer(port, List.of("Host: " + host));
  }

  /** Gets a path. */
  public Answer get(String path) throws IOException {
    return ask("GET", path, "");
  }

  Answer post(String path, String body) throws IOException {
    return ask("POST", path, body);
  }

  Answer ask(String method, String path, String body) throws IOException {
    try (Socket socket = send(method, path, body)) {
      var answer = new ByteArrayOutputStream();
      socket.getInputStream().transferTo(answer);
      return answer(answer.toString(StandardCharsets.UTF_8));
    }
  }

  /** Sends a request, and leaves the answer to be read. */
  public Socket send(String method, String path, String body) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(60_000); // a test that gets no answer fails, and does not hang
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String head =
        method
            + " "
            + path
            + " HTTP/1.1\r\n"
            + String.join("\r\n", headers)
            + "\r\nContent-Length: "
            + bytes.length
            + "\r\nConnection: close\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().write(bytes);
    return socket;
  }

  /** A stream of events that was asked for, read event by event. */
  static final class Stream implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    Stream(Socket socket) throws IOException {
      this.socket = socket;
      this.in = socket.getInputStream();
    }

    int status() throws IOException {
      String first = line();
      while (!line().isEmpty()) {
        // The headers.
      }
      return Integer.parseInt(first.split(" ", 3)[1]);
    }

    /** The data of the next event of this name; others are skipped. */
    Map<?, ?> next(String name) throws IOException {
      while (true) {
        String line = line();
        if (line.equals("event: " + name)) {
          String data = line();
          return (Map<?, ?>)
              Json.parse(data.substring("data: ".length()).getBytes(StandardCharsets.UTF_8));
        }
      }
    }

    /** A line; the sizes of chunks look like lines, too. */
    private String line() throws IOException {
      var line = new ByteArrayOutputStream();
      for (int each = in.read(); each != '\n'; each = in.read()) {
        if (each < 0) {
          throw new IOException("the stream ends");
        }
        line.write(each);
      }
      return line.toString(StandardCharsets.UTF_8).stripTrailing();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  Stream stream(String method, String path, String body) throws IOException {
    return new Stream(send(method, path, body));
  }

  private static Answer answer(String text) {
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      return new Answer(0, text, "");
    }
    String head = text.substring(0, end).toLowerCase(Locale.ROOT);
    return new Answer(Integer.parseInt(text.split(" ", 3)[1]), head, text.substring(end + 4));
  }
}
