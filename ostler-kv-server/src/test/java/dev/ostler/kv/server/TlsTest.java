package dev.ostler.kv.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.Certificates.Owner;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RESP over TLS, with the JDK's sockets. */
class TlsTest {
  @TempDir Path folder;

  private static Kv open(TlsFiles files) {
    return Kv.open(KvConfig.inMemory().with(Resp.on(0).tls(files)));
  }

  private static SSLSocket connect(Kv kv, SSLContext context, String... protocols)
      throws IOException {
    var socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), kv.port("resp"));
    socket.setSoTimeout(60_000);
    if (protocols.length > 0) {
      socket.setEnabledProtocols(protocols);
    }
    return socket;
  }

  private static Socket plain(Kv kv) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), kv.port("resp"));
    socket.setSoTimeout(60_000);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
  }

  private static String read(Socket socket, int count) throws IOException {
    return new String(socket.getInputStream().readNBytes(count), ISO_8859_1);
  }

  private static void assertAnswers(Socket socket) throws IOException {
    send(socket, "PING\r\n");
    assertThat(read(socket, 7)).isEqualTo("+PONG\r\n");
  }

  /** Reads until the end of input, however it ends. */
  private static void awaitEnd(Socket socket) {
    try {
      socket.getInputStream().transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      // This is an end, too, unless it was a timeout.
      assertThat(e).isNotInstanceOf(java.net.SocketTimeoutException.class);
    }
  }

  @Nested
  class A_client {
    @ParameterizedTest
    @EnumSource(
        value = Owner.class,
        names = {"SERVER", "SUCCESSOR"})
    void talks_to_a_server_with_a_key_of_either_kind(Owner owner) throws Exception {
      try (Kv kv = open(Certificates.write(folder, owner));
          var socket = connect(kv, Certificates.client())) {
        assertAnswers(socket);
        assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
        assertThat(socket.getSession().getPeerCertificates()[0])
            .isEqualTo(Certificates.certificate(owner));
      }
    }

    @Test
    void of_an_older_version_is_refused_and_told_so() throws Exception {
      try (Kv kv = open(Certificates.write(folder, Owner.SERVER));
          var socket = connect(kv, Certificates.client(), "TLSv1.2")) {
        assertThatThrownBy(socket::startHandshake)
            .isInstanceOf(SSLException.class)
            .hasMessageContaining("protocol_version");
      }
    }

    @Test
    void sends_and_gets_values_of_any_size() throws Exception {
      var random = new Random(7);
      try (Kv kv = open(Certificates.write(folder, Owner.SERVER));
          var socket = connect(kv, Certificates.client())) {
        for (int size : new int[] {0, 1, 16_383, 16_384, 16_385, 65_536, 100_000, 1_000_000}) {
          byte[] value = new byte[size];
          random.nextBytes(value);
          String text = new String(value, ISO_8859_1);
          String head = "*4\r\n$4\r\nHSET\r\n$1\r\nb\r\n$1\r\nk\r\n$" + size + "\r\n";
          send(socket, head + text + "\r\nHGET b k\r\n");
          String wanted = ":" + (size == 0 ? 1 : 0) + "\r\n$" + size + "\r\n" + text + "\r\n";
          assertThat(read(socket, wanted.length()).equals(wanted)).isTrue();
        }
      }
    }

    @Test
    void that_writes_in_pieces_of_a_byte_is_understood() throws Exception {
      try (Kv kv = open(Certificates.write(folder, Owner.SERVER));
          var socket = connect(kv, Certificates.client())) {
        for (char c : "HSET b k v\r\nHGET b k\r\n".toCharArray()) {
          send(socket, String.valueOf(c));
        }
        assertThat(read(socket, 11)).isEqualTo(":1\r\n$1\r\nv\r\n");
      }
    }

    @Test
    void that_reads_late_gets_all_its_replies_in_order() throws Exception {
      String value = "v".repeat(10_000);
      int count = 5_000; // 50 MB: more than the sockets hold
      try (Kv kv = open(Certificates.write(folder, Owner.SERVER));
          var socket = connect(kv, Certificates.client())) {
        send(socket, "*4\r\n$4\r\nHSET\r\n$1\r\nb\r\n$1\r\nk\r\n$10000\r\n" + value + "\r\n");
        assertThat(read(socket, 4)).isEqualTo(":1\r\n");
        send(socket, "HGET b k\r\n".repeat(count) + "PING\r\n");
        String one = "$10000\r\n" + value + "\r\n";
        for (int i = 0; i < count; i++) {
          assertThat(read(socket, one.length()).equals(one)).isTrue();
        }
        assertThat(read(socket, 7)).isEqualTo("+PONG\r\n");
      }
    }

    @Test
    void may_change_the_keys_in_the_middle() throws Exception {
      try (Kv kv = open(Certificates.write(folder, Owner.SERVER));
          var socket = connect(kv, Certificates.client())) {
        for (int i = 0; i < 5; i++) {
          assertAnswers(socket);
          socket.startHandshake(); // after the handshake, the JDK asks for new keys
        }
        assertAnswers(socket);
      }
    }

    @Test
    void that_quits_is_told_that_nothing_follows() throws Exception {
      try (Kv kv = open(Certificates.write(folder, Owner.SERVER));
          var socket = connect(kv, Certificates.client())) {
        send(socket, "PING\r\nQUIT\r\nPING\r\n");
        // otherwise it was not closed properly
        assertThat(read(socket, 100)).isEqualTo("+PONG\r\n+OK\r\n");
      }
    }

    @Test
    void that_sends_no_more_still_gets_its_replies() throws Exception {
      try (Kv kv = open(Certificates.write(folder, Owner.SERVER));
          var socket = connect(kv, Certificates.client())) {
        send(socket, "PING\r\nHSET new-bucket k v\r\nHGET new-bucket k\r\n");
        socket.shutdownOutput();
        assertThat(read(socket, 100)).isEqualTo("+PONG\r\n:1\r\n$1\r\nv\r\n");
      }
    }
  }

  /** The client says in TLS that nothing follows, and leaves the socket open. */
  @Nested
  class A_client_that_sends_no_more {
    /** Collects what is written, so that it is sent in one piece; never closes the output. */
    private static final class Gathering extends Socket {
      private final ByteArrayOutputStream gathered = new ByteArrayOutputStream();
      private boolean gathers;

      Gathering(int port) throws IOException {
        super(InetAddress.getLoopbackAddress(), port);
      }

      @Override
      public OutputStream getOutputStream() throws IOException {
        OutputStream out = super.getOutputStream();
        return new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
          }

          @Override
          public void write(byte[] bytes, int from, int count) throws IOException {
            (gathers ? gathered : out).write(bytes, from, count);
          }
        };
      }

      @Override
      public void shutdownOutput() {
        // It stays open.
      }

      void send() throws IOException {
        super.getOutputStream().write(gathered.toByteArray());
      }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3_000})
    void gets_its_replies_and_the_end(int count) throws Exception {
      String value = "v".repeat(10_000);
      // Nothing else ends it.
      var files = Certificates.write(folder, Owner.SERVER).handshakeTime(Duration.ofHours(1));
      try (Kv kv = open(files);
          var raw = new Gathering(kv.port("resp"));
          var socket =
              (SSLSocket)
                  Certificates.client()
                      .getSocketFactory()
                      .createSocket(raw, "localhost", kv.port("resp"), false)) {
        raw.setSoTimeout(60_000);
        send(socket, "HSET b k " + value + "\r\n");
        assertThat(read(socket, 4)).isEqualTo(":1\r\n");
        raw.gathers = true;
        send(socket, "HGET b k\r\n".repeat(count));
        socket.shutdownOutput();
        raw.send();
        String one = "$10000\r\n" + value + "\r\n";
        for (int i = 0; i < count; i++) {
          assertThat(read(socket, one.length()).equals(one)).isTrue();
        }
        awaitEnd(raw); // the SSLSocket is at its end already, because it has sent close_notify
      }
    }
  }

  @Nested
  class Certificates_of_clients {
    private Kv open(TlsFiles.Clients asked) throws Exception {
      Path authority = Certificates.writeCertificate(folder, Owner.AUTHORITY);
      return TlsTest.open(Certificates.write(folder, Owner.SERVER).authorities(authority, asked));
    }

    private void assertRefused(Kv kv, SSLContext context) throws IOException {
      try (var socket = connect(kv, context)) {
        assertThatThrownBy(() -> assertAnswers(socket)).isInstanceOf(IOException.class);
      }
    }

    @Test
    void are_shown_where_that_is_required() throws Exception {
      try (Kv kv = open(TlsFiles.Clients.REQUIRED)) {
        assertRefused(kv, Certificates.client());
        assertRefused(kv, Certificates.client(Owner.STRANGER));
        try (var socket = connect(kv, Certificates.client(Owner.CLIENT))) {
          assertAnswers(socket);
        }
      }
    }

    @Test
    void are_checked_where_they_are_optional() throws Exception {
      try (Kv kv = open(TlsFiles.Clients.OPTIONAL)) {
        try (var without = connect(kv, Certificates.client());
            var with = connect(kv, Certificates.client(Owner.CLIENT))) {
          assertAnswers(without);
          assertAnswers(with);
        }
      }
    }
  }

  @Nested
  class A_client_without_TLS {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "PING\r\n",
          "GET / HTTP/1.1\r\n\r\n",
          "\0\0\0\0\0\0\0\0",
          "\u0016\u0003\u0001\u00ff\u00ffx"
        })
    void is_disconnected_and_others_are_served(String words) throws Exception {
      try (Kv kv = open(Certificates.write(folder, Owner.SERVER));
          var other = connect(kv, Certificates.client());
          var socket = plain(kv)) {
        assertAnswers(other);
        send(socket, words);
        socket.shutdownOutput();
        awaitEnd(socket);
        assertAnswers(other);
      }
    }

    @Test
    void is_disconnected_if_it_sends_garbage_for_ever() throws Exception {
      var random = new Random(11);
      try (Kv kv = open(Certificates.write(folder, Owner.SERVER))) {
        for (int i = 0; i < 50; i++) {
          byte[] garbage = new byte[1 + random.nextInt(100_000)];
          random.nextBytes(garbage);
          garbage[0] = (byte) (i % 2 == 0 ? 22 : garbage[0]); // as a handshake begins
          try (var socket = plain(kv)) {
            socket.getOutputStream().write(garbage);
            socket.shutdownOutput();
            awaitEnd(socket);
          } catch (IOException e) {
            // The server closed the connection before everything was sent.
          }
        }
        try (var other = connect(kv, Certificates.client())) {
          assertAnswers(other);
        }
      }
    }

    @Test
    void is_disconnected_after_a_while_without_a_complete_handshake() throws Exception {
      var files = Certificates.write(folder, Owner.SERVER).handshakeTime(Duration.ofMillis(50));
      try (Kv kv = open(files);
          var silent = plain(kv);
          var half = plain(kv)) {
        half.getOutputStream().write(new byte[] {22, 3, 1, 2, 0, 1});
        awaitEnd(silent);
        awaitEnd(half);
      }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 20, 0xFFFF})
    void any_more_is_disconnected_with_an_alert(int length) throws Exception {
      try (Kv kv = open(Certificates.write(folder, Owner.SERVER));
          var raw = plain(kv);
          var socket =
              (SSLSocket)
                  Certificates.client()
                      .getSocketFactory()
                      .createSocket(raw, "localhost", kv.port("resp"), false)) {
        assertAnswers(socket);
        byte[] record = new byte[5 + length];
        System.arraycopy(
            new byte[] {23, 3, 3, (byte) (length >> 8), (byte) length}, 0, record, 0, 5);
        raw.getOutputStream().write(record);
        assertThat(raw.getInputStream().read()).isEqualTo(23); // an alert, encrypted
        awaitEnd(raw);
      }
    }
  }

  @Nested
  class New_files {
    private java.security.cert.Certificate shown(Kv kv) throws Exception {
      try (var socket = connect(kv, Certificates.client())) {
        assertAnswers(socket);
        return socket.getSession().getPeerCertificates()[0];
      }
    }

    @Test
    void are_used_for_the_next_client_while_those_there_are_go_on() throws Exception {
      var files = Certificates.write(folder, Owner.SERVER).checkEvery(Duration.ZERO);
      try (Kv kv = open(files);
          var old = connect(kv, Certificates.client())) {
        assertAnswers(old);
        Path certificate = Certificates.writeCertificate(folder, Owner.SUCCESSOR);
        Files.move(
            certificate,
            files.settings().certificate(),
            java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        // the key does not match
        assertThat(shown(kv)).isEqualTo(Certificates.certificate(Owner.SERVER));
        Path key = Certificates.writeKey(folder, Owner.SUCCESSOR);
        Files.move(key, files.settings().key(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertThat(shown(kv)).isEqualTo(Certificates.certificate(Owner.SUCCESSOR));
        assertAnswers(old);
      }
    }

    @Test
    void that_are_gone_or_broken_change_nothing() throws Exception {
      var files = Certificates.write(folder, Owner.SERVER).checkEvery(Duration.ZERO);
      try (Kv kv = open(files)) {
        Files.delete(files.settings().key());
        assertThat(shown(kv)).isEqualTo(Certificates.certificate(Owner.SERVER));
        Files.writeString(files.settings().key(), "nonsense");
        assertThat(shown(kv)).isEqualTo(Certificates.certificate(Owner.SERVER));
      }
    }
  }
}
