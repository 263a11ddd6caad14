package dev.ostler.bench;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntFunction;

/**
 * Sets very many names by pipelines, then reads all of them, and checks each reply. Runs from its
 * source.
 */
public final class SmallHeap {
  private static final int TOGETHER = 64;
  private static final int ATTEMPTS = 200;

  private final InputStream in;
  private final OutputStream out;
  private final int count;

  private SmallHeap(Socket socket, int count) throws IOException {
    in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
    out = socket.getOutputStream();
    this.count = count;
  }

  /** {@code PORT COUNT}. */
  public static void main(String[] args) throws Exception {
    try (Socket socket = connect(Integer.parseInt(args[0]))) {
      socket.setTcpNoDelay(true);
      var bench = new SmallHeap(socket, Integer.parseInt(args[1]));
      bench.all("set", i -> command("SET", name(i), value(i)), i -> "+OK\r\n");
      bench.all("get", i -> command("GET", name(i)), i -> "$10\r\n" + value(i) + "\r\n");
    }
  }

  /** A connection to a server that is perhaps just starting. */
  private static Socket connect(int port) throws IOException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        return new Socket(InetAddress.getLoopbackAddress(), port);
      } catch (ConnectException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
        Thread.sleep(50);
      }
    }
  }

  private static String name(int i) {
    return String.format("name:%011d", i);
  }

  private static String value(int i) {
    return String.format("%010d", i);
  }

  private static String command(String... words) {
    var text = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      text.append("$").append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return text.toString();
  }

  private static byte[] bytes(IntFunction<String> each, int from, int to) {
    var bytes = new ByteArrayOutputStream();
    for (int i = from; i < to; i++) {
      bytes.writeBytes(each.apply(i).getBytes(StandardCharsets.US_ASCII));
    }
    return bytes.toByteArray();
  }

  /** Sends a command for each number, and checks the replies. Counts only the time they take. */
  private void all(String what, IntFunction<String> command, IntFunction<String> reply)
      throws IOException {
    long took = 0;
    long lately = 0; // the last tenth
    long longest = 0;
    for (int from = 0; from < count; from += TOGETHER) {
      int to = Math.min(count, from + TOGETHER);
      byte[] commands = bytes(command, from, to);
      byte[] expected = bytes(reply, from, to);
      long begun = System.nanoTime();
      out.write(commands);
      byte[] found = in.readNBytes(expected.length);
      long now = System.nanoTime() - begun;
      if (found.length < expected.length) {
        throw new EOFException("the server has closed the connection");
      }
      if (!Arrays.equals(found, expected)) {
        throw new IOException(
            "unexpected reply: " + new String(found, StandardCharsets.ISO_8859_1));
      }
      took += now;
      longest = Math.max(longest, now);
      if (from >= count / 10 * 9) {
        lately += now;
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%s: %,.0f a second, %,.0f of the last tenth, longest wait %.1f ms%n",
        what,
        count * 1e9 / took,
        (count - count / 10 * 9) * 1e9 / lately,
        longest / 1e6);
  }
}
