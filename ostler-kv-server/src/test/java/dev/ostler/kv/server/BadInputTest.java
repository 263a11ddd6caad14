package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Down;
import dev.ostler.MonitorRef;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.bytes.Seeds;
import dev.ostler.kv.server.RespReader.Failure;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients that send invalid input, or do not read their replies. Each harms only itself, and its
 * memory is released when it has gone.
 */
@ExtendWith(OstlerExtension.class)
class BadInputTest {
  private static final int MB = 1 << 20;

  private Kv kv;
  private RespPeer good;

  @BeforeEach
  void open() throws IOException {
    kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
    good = RespPeer.of(kv);
    assertThat(good.ask("HSET", "b", "f", "v")).isEqualTo(1L);
  }

  /** Checks that the other client is still served on the same connection, and has its data. */
  @AfterEach
  void close() throws IOException {
    assertThat(good.ask("HGETALL", "b")).isEqualTo(List.of("f", "v"));
    assertThat(good.ask("DBSIZE")).isEqualTo(1L);
    good.close();
    kv.close();
  }

  private static byte[] bytes(String raw) {
    return Bytes.array(raw);
  }

  private static long live() {
    long least = Long.MAX_VALUE;
    for (int attempt = 0; attempt < 2; attempt++) {
      System.gc();
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  /** A client, and the monitor of its process. */
  private record Watched(RespPeer peer, MonitorRef ref) implements AutoCloseable {
    static Watched of(Kv kv) throws IOException {
      RespPeer peer = RespPeer.of(kv);
      assertThat(peer.ask("PING")).isEqualTo("PONG"); // so there is a process
      String label = "resp client 127.0.0.1:" + peer.localPort();
      return new Watched(
          peer,
          Self.monitor(
              Processes.list().stream()
                  .filter(pid -> pid.label().equals(label))
                  .findFirst()
                  .orElseThrow()));
    }

    void awaitEnd() {
      assertThat(Self.receive(Down.class, down -> down.ref().equals(ref), Duration.ofSeconds(60)))
          .isPresent();
    }

    @Override
    public void close() throws IOException {
      peer.close();
      awaitEnd();
    }
  }

  /** All replies until the server disconnects the client. */
  private static List<Object> answers(RespPeer peer) throws IOException {
    var answers = new ArrayList<Object>();
    try {
      while (true) {
        answers.add(String.valueOf(peer.reply()));
      }
    } catch (EOFException | SocketException end) {
      return answers;
    }
  }

  @Nested
  class Bytes_that_are_not_commands {
    static LongStream seeds() {
      return Seeds.some(30);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void get_well_formed_replies_until_the_client_is_disconnected(long seed) throws IOException {
      var random = new Random(seed);
      byte[] garbage = new byte[random.nextInt(1, 200_000)];
      random.nextBytes(garbage);
      garbage[0] = (byte) "*$\r\n\0+Px\u00ff".charAt(random.nextInt(9));
      try (var bad = Watched.of(kv)) {
        sendAll(bad.peer(), garbage);
        assertThat(answers(bad.peer())).allMatch(each -> String.valueOf(each).contains("ERR "));
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "*1\r\n$-1\r\n",
          "*1\r\n$-2147483648\r\n",
          "*1\r\n$99999999999999999999\r\n",
          "*99999999999999999999\r\n",
          "*2147483648\r\n",
          "*-9223372036854775809\r\n",
          "*x\r\n",
          "*1\r\n:1\r\n",
          "\"\r\n",
          "*1\r\n$4\r\nPING\r\n*1\r\n$-4\r\nPING\r\n*1\r\n$8\r\nFLUSHALL\r\n"
        })
    void are_named_and_what_follows_is_not_done(String raw) throws IOException {
      try (var bad = Watched.of(kv)) {
        sendAll(bad.peer(), bytes(raw + "*1\r\n$8\r\nFLUSHALL\r\n"));
        assertThat(answers(bad.peer()).getLast())
            .asString()
            .startsWith("Failure[text=ERR Protocol error: ");
      }
    }

    /** A web page can make a browser send these, with a body of its choice. */
    @ParameterizedTest
    @ValueSource(strings = {"POST / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n"})
    void are_a_request_whose_body_is_not_done(String head) throws IOException {
      try (var bad = Watched.of(kv);
          var good = RespPeer.of(kv)) {
        sendAll(bad.peer(), bytes(head + "\r\nHSET from-a-page k v\r\n"));
        assertThat(answers(bad.peer()).getLast())
            .asString()
            .startsWith("Failure[text=ERR this is not a web server");
        assertThat(good.ask("EXISTS", "from-a-page")).isEqualTo(0L);
      }
    }

    /** The server may close the connection before everything is sent. */
    private static void sendAll(RespPeer peer, byte[] bytes) throws IOException {
      try {
        peer.sendRaw(bytes);
        peer.finish();
      } catch (SocketException hungUp) {
        assertThat(hungUp).hasMessageMatching("(?i).*(pipe|reset|closed|not connected).*");
      }
    }
  }

  @Nested
  class Commands_that_end_too_soon {
    @Test
    void are_not_done_wherever_they_end() throws IOException {
      byte[] whole = RespPeer.encoded("HSET", "other", "f", "v");
      for (int end = 1; end < whole.length; end++) {
        try (var bad = Watched.of(kv)) {
          bad.peer().sendRaw(Arrays.copyOf(whole, end)).finish();
          assertThat(answers(bad.peer())).isEmpty();
        }
      }
    }

    @Test
    void take_no_memory_for_what_is_only_announced() throws IOException {
      long before = live();
      var all = new ArrayList<Watched>();
      for (int i = 0; i < 30; i++) {
        all.add(Watched.of(kv));
        all.getLast().peer().sendRaw(bytes("*2147483647\r\n$536870912\r\n" + "x".repeat(1000)));
      }
      assertThat(good.ask("PING")).isEqualTo("PONG");
      assertThat(live() - before).isLessThan(4 * MB);
      for (Watched each : all) {
        each.close();
      }
      Watched.of(kv).close(); // the process that accepts has noticed the ends by now
      assertThat(live() - before).isLessThan(4 * MB);
    }
  }

  @Nested
  class Very_many_very_small_pieces {
    private static final int PINGS = 71_429; // of 14 bytes each: a million bytes

    @Test
    void are_commands_like_others() throws Exception {
      byte[] ping = RespPeer.encoded("PING");
      try (var slow = Watched.of(kv)) {
        var sent =
            CompletableFuture.runAsync(
                () -> {
                  try {
                    for (int i = 0; i < PINGS * ping.length; i++) {
                      slow.peer().sendRaw(new byte[] {ping[i % ping.length]});
                    }
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                });
        for (int i = 0; i < PINGS; i++) {
          assertThat(slow.peer().reply()).isEqualTo("PONG");
        }
        sent.join();
      }
    }
  }

  @Nested
  class A_client_that_never_reads {
    private final String large = "x".repeat(MB);

    /** The client asks for 4 GB. What the sockets do not accept is not even looked up. */
    @Test
    void its_replies_is_not_read_from_any_more() throws Exception {
      assertThat(good.ask("HSET", "b", "f", large)).isEqualTo(0L);
      long before = live();
      var bad = Watched.of(kv);
      var commands = new ByteArrayOutputStream();
      for (int i = 0; i < 4_000; i++) {
        commands.write(RespPeer.encoded("HGET", "b", "f"));
      }
      bad.peer().sendRaw(commands.toByteArray());
      for (int i = 0; i < 100; i++) {
        assertThat(good.ask("HSTRLEN", "b", "f")).isEqualTo((long) MB);
      }
      assertThat(live() - before).isLessThan(16 * MB);
      bad.close();
      Watched.of(kv).close(); // the process that accepts has noticed the end by now
      assertThat(live() - before).isLessThan(4 * MB);
      assertThat(good.ask("HSET", "b", "f", "v")).isEqualTo(0L);
    }

    /**
     * More messages wait than allowed: the client is disconnected, and other subscribers are not.
     */
    @Test
    void its_messages_is_disconnected() throws Exception {
      assertThat(good.ask("CONFIG", "SET", "client-output-buffer-limit", "pubsub 8mb 0 0"))
          .isEqualTo("OK");
      try (var other = RespPeer.of(kv)) {
        assertThat(other.ask("SUBSCRIBE", "news")).isNotNull();
        long before = live();
        listenAndNeverRead(other);
        try (var next = Watched.of(kv)) { // the process that accepts has noticed the end by now
          assertThat(next.peer().ask("PUBSUB", "NUMSUB", "news")).isEqualTo(List.of("news", 1L));
        }
        assertThat(live() - before).isLessThan(4 * MB);
      }
    }

    private void listenAndNeverRead(RespPeer other) throws IOException {
      var bad = Watched.of(kv);
      assertThat(bad.peer().ask("SUBSCRIBE", "news")).isNotNull();
      Object heard = 2L;
      for (int i = 0; i < 200 && heard.equals(2L); i++) {
        heard = good.ask("PUBLISH", "news", large);
        assertThat(other.reply()).isEqualTo(List.of("message", "news", large));
      }
      assertThat(heard).isEqualTo(1L);
      bad.awaitEnd();
      bad.peer().close();
    }
  }

  @Test
  void a_refusal_that_repeats_what_was_sent_is_one_line_and_short() throws IOException {
    Object reply = good.ask("\r\n+OK\r\n" + "x".repeat(100_000), "a\r\nb");

    assertThat(reply).isInstanceOf(Failure.class);
    assertThat(String.valueOf(reply)).hasSizeLessThan(500);
  }
}
