package dev.ostler.kv.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Pid;
import dev.ostler.kv.Change;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.TestKv;
import dev.ostler.kv.bucket.BucketServer;
import dev.ostler.kv.server.Certificates.Owner;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What RESP clients still receive when the store closes, or when they leave, with and without TLS.
 */
@ParameterizedClass(name = "TLS {0}")
@ValueSource(booleans = {false, true})
class DrainTest {
  /** More than the sockets hold, so that replies wait in the store. */
  private static final String VALUE = "v".repeat(10_000);

  private static final int COMMANDS = 10_000;

  @TempDir Path folder;

  @Parameter boolean tls;

  private Kv open(Duration drainTime) throws Exception {
    Resp resp = tls ? Resp.on(0).tls(Certificates.write(folder, Owner.SERVER)) : Resp.on(0);
    return Kv.open(KvConfig.inMemory().with(resp).drainTime(drainTime));
  }

  private Socket connect(Kv kv) throws Exception {
    var address = InetAddress.getLoopbackAddress();
    Socket socket =
        tls
            ? Certificates.client().getSocketFactory().createSocket(address, kv.port("resp"))
            : new Socket(address, kv.port("resp"));
    socket.setSoTimeout(60_000);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    socket.getOutputStream().flush();
  }

  private static Future<?> closing(Kv kv) {
    return CompletableFuture.runAsync(kv::close);
  }

  @Nested
  class A_store_that_closes {
    @Test
    void writes_the_replies_to_all_commands_that_were_done() throws Exception {
      try (Kv kv = open(Duration.ofSeconds(60));
          var socket = connect(kv)) {
        send(socket, "*4\r\n$4\r\nHSET\r\n$1\r\nb\r\n$1\r\nk\r\n$10000\r\n" + VALUE + "\r\n");
        var in = new BufferedInputStream(socket.getInputStream());
        assertThat(line(in)).isEqualTo(":1");
        var done = new AtomicInteger();
        assertThat(TestKv.created(kv, "counted").subscribe(counting(kv, done))).isTrue();
        var sent = sending(socket);
        int read = replies(in, 10);
        Future<?> closed = closing(kv);
        read += replies(in, Integer.MAX_VALUE);
        closed.get();
        sent.get();
        assertThat(read).isEqualTo(done.get()).isBetween(10, COMMANDS);
      }
    }

    private BucketServer.Listener counting(Kv kv, AtomicInteger done) {
      Pid somebody = TestKv.supervisor(kv).pid();
      return new BucketServer.Listener() {
        @Override
        public Pid pid() {
          return somebody;
        }

        @Override
        public void changed(Change change, long seq) {
          done.incrementAndGet();
        }
      };
    }

    private Future<?> sending(Socket socket) {
      return CompletableFuture.runAsync(
          () -> {
            try {
              send(socket, "HSET counted k 1\r\nHGET b k\r\n".repeat(COMMANDS));
            } catch (IOException e) {
              // The store closed the connection before it had received everything.
            }
          });
    }

    /**
     * Reads pairs of replies, and returns how many were started. Each pair is complete, and they
     * are in order.
     */
    private int replies(InputStream in, int most) throws IOException {
      for (int count = 0; count < most; count++) {
        String number = line(in);
        if (number.isEmpty()) {
          return count;
        }
        assertThat(number).startsWith(":");
        String length = line(in);
        if (length.isEmpty()) {
          return count + 1; // the last command that was run is the first one of a pair
        }
        assertThat(length).isEqualTo("$10000");
        assertThat(line(in).equals(VALUE)).isTrue();
      }
      return most;
    }

    @Test
    void does_not_wait_for_one_that_does_not_read() throws Exception {
      try (Kv kv = open(Duration.ofMillis(200));
          var socket = connect(kv)) {
        send(socket, "*4\r\n$4\r\nHSET\r\n$1\r\nb\r\n$1\r\nk\r\n$10000\r\n" + VALUE + "\r\n");
        var in = new BufferedInputStream(socket.getInputStream());
        assertThat(line(in)).isEqualTo(":1");
        var sent =
            CompletableFuture.runAsync(
                () -> {
                  try {
                    send(socket, "HGET b k\r\n".repeat(COMMANDS));
                  } catch (IOException e) {
                    // It was closed first.
                  }
                });
        assertThat(line(in)).isEqualTo("$10000");
        closing(kv).get();
        socket.close();
        sent.get();
      }
    }

    @Test
    void disconnects_silent_clients() throws Exception {
      try (Kv kv = open(Duration.ofSeconds(60));
          var socket = connect(kv)) {
        send(socket, "PING\r\n");
        var in = socket.getInputStream();
        assertThat(line(in)).isEqualTo("+PONG");
        Future<?> closed = closing(kv);
        assertThat(in.read()).isEqualTo(-1);
        closed.get();
      }
    }
  }

  @Nested
  class A_client_that_is_disconnected {
    @Test
    void gets_its_replies_while_it_sends_more() throws Exception {
      try (Kv kv = open(Duration.ofSeconds(60))) {
        for (String last : new String[] {"QUIT\r\n", "*1\r\n$-5\r\n"}) {
          try (var socket = connect(kv)) {
            String all = "PING\r\n".repeat(1000) + last + "PING\r\n".repeat(200_000);
            var sent = CompletableFuture.runAsync(() -> sendUntilClosed(socket, all));
            var in = new BufferedInputStream(socket.getInputStream());
            for (int i = 0; i < 1000; i++) {
              assertThat(line(in)).isEqualTo("+PONG");
            }
            assertThat(line(in))
                .isEqualTo(
                    last.startsWith("QUIT") ? "+OK" : "-ERR Protocol error: invalid bulk length");
            assertThat(isAtItsEnd(in)).isTrue();
            sent.get();
          }
        }
      }
    }

    /** The server hears it out for a while only, and this thread may be late. */
    private static void sendUntilClosed(Socket socket, String text) {
      try {
        send(socket, text);
      } catch (IOException e) {
        // It is closed, and so is what it reads.
      }
    }

    private static boolean isAtItsEnd(InputStream in) throws SocketTimeoutException {
      try {
        return in.read() < 0;
      } catch (SocketTimeoutException e) {
        throw e;
      } catch (IOException reset) {
        return true; // as it was still sending
      }
    }
  }

  /** The next line without its end; empty at the end of input. */
  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      line.append((char) c);
    }
    return line.isEmpty() ? "" : line.substring(0, line.length() - 1);
  }
}
