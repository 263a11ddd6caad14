package dev.ostler.kv.server.line;

import static dev.ostler.kv.server.LineClient.CLOSED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.CrashReport;
import dev.ostler.Down;
import dev.ostler.Events;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Bucket;
import dev.ostler.kv.Change;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.TestKv;
import dev.ostler.kv.bucket.Inside;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.bytes.Seeds;
import dev.ostler.kv.server.LineClient;
import dev.ostler.kv.server.LineProtocol;
import dev.ostler.kv.server.TestEndpoints;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The line protocol over a socket, byte for byte. */
@ExtendWith(OstlerExtension.class)
class LineProtocolTest {
  private final Kv kv = Kv.open(KvConfig.inMemory().with(LineProtocol.on(0)));

  @AfterEach
  void close() {
    kv.close();
  }

  private LineClient client() throws IOException {
    return new LineClient(kv.port("line"));
  }

  /** The process of a client's connection. */
  private Pid process(LineClient client) {
    return Processes.list().stream()
        .filter(pid -> pid.label().equals("line connection /127.0.0.1:" + client.localPort()))
        .findFirst()
        .orElseThrow();
  }

  private static Down downOf(Pid pid) {
    var ref = Self.monitor(pid);
    return Self.receive(Down.class, down -> down.ref().equals(ref), Duration.ofSeconds(60))
        .orElseThrow();
  }

  /** On each line a command and its reply; {@code /} stands for a line end. */
  private static final String TABLE =
      """
      CREATE b -> OK/
      CREATE b -> OK/
      PUT b k v -> OK/
      GET b k -> v/OK/
      PUT b k w -> OK/
      GET b k -> w/OK/
      GET b x -> /OK/
      DELETE b k -> OK/
      DELETE b k -> OK/
      GET b k -> /OK/
      GET n k -> NOT FOUND/
      PUT n k v -> NOT FOUND/
      DELETE n k -> NOT FOUND/
      SUBSCRIBE n -> NOT FOUND/
       -> UNKNOWN COMMAND/
       \t -> UNKNOWN COMMAND/
      UNKNOWN b -> UNKNOWN COMMAND/
      create b -> UNKNOWN COMMAND/
      GET b -> UNKNOWN COMMAND/
      CREATE a b -> UNKNOWN COMMAND/
        GET \t b  k   -> /OK/
      """;

  @Test
  void each_command_has_its_answer() throws IOException {
    try (LineClient client = client()) {
      var commands = new StringBuilder();
      var answers = new StringBuilder();
      for (String row : TABLE.split("\n")) {
        int arrow = row.indexOf("->");
        commands.append(row, 0, Math.max(0, arrow - 1)).append("\r\n");
        answers.append(row.substring(arrow + 3).replace("/", "\r\n"));
      }

      assertThat(client.send(commands.toString()).rest()).isEqualTo(answers.toString());
    }
  }

  @Test
  void line_ends_are_those_of_telnet_or_of_Unix() throws IOException {
    try (LineClient client = client()) {
      client.send("CREATE b\r\nCREATE b\nCREATE b\r\n");

      assertThat(client.rest()).isEqualTo("OK\r\nOK\r\nOK\r\n");
    }
  }

  @Test
  void a_half_line_at_the_end_is_dropped() throws IOException {
    try (LineClient client = client()) {
      assertThat(client.send("CREATE a\r\nCREATE b").rest()).isEqualTo("OK\r\n");
      assertThat(kv.names()).containsExactly("a");
    }
  }

  @Test
  void invalid_UTF_8_is_unknown_and_affects_no_other() throws IOException {
    try (LineClient client = client()) {
      client.send(
          new byte[] {'C', 'R', 'E', 'A', 'T', 'E', ' ', (byte) 0xff, '\n', (byte) 0xc3, '\n'});

      assertThat(client.lines(2)).containsOnly("UNKNOWN COMMAND");
      assertThat(client.ask("CREATE käse")).isEqualTo("OK");
      assertThat(kv.names()).containsExactly("käse");
    }
  }

  @Test
  void the_same_buckets_are_seen_from_within_the_JVM() throws IOException {
    kv.create("b").put("k", "牛乳");
    try (LineClient client = client()) {
      assertThat(client.ask("GET b k")).isEqualTo("牛乳");
    }
  }

  @Test
  void a_value_that_is_not_text_is_returned_unchanged() throws IOException {
    Inside.of(
        TestKv.created(kv, "b"),
        entries -> {
          entries.apply(new Change.Put("k", "\u00ff\u0080"));
          return true;
        });
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), kv.port("line"))) {
      socket.getOutputStream().write(Bytes.array("GET b k\r\n"));
      assertThat(Bytes.of(socket.getInputStream().readNBytes(8)))
          .isEqualTo("\u00ff\u0080\r\nOK\r\n");
    }
  }

  static LongStream seeds() {
    return Seeds.some(5);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void commands_are_understood_however_the_network_cuts_them(long seed) throws IOException {
    var random = new Random(seed);
    var sent = new StringBuilder("CREATE b\n");
    var expected = new StringBuilder("OK\r\n");
    for (int i = 0; i < 200; i++) {
      String value =
          Character.toString(random.nextInt(0x3100, 0xd000)).repeat(random.nextInt(1, 9));
      sent.append("PUT b k ").append(value).append(random.nextBoolean() ? "\n" : "\r\n");
      sent.append("GET b k\n");
      expected.append("OK\r\n").append(value).append("\r\nOK\r\n");
    }
    byte[] bytes = sent.toString().getBytes(StandardCharsets.UTF_8);
    try (LineClient client = client()) {
      for (int from = 0; from < bytes.length; ) {
        int to = Math.min(bytes.length, from + 1 + random.nextInt(60));
        client.send(Arrays.copyOfRange(bytes, from, to));
        from = to;
      }

      assertThat(client.rest()).isEqualTo(expected.toString());
    }
  }

  @Nested
  class Pipelines {
    @Test
    void of_10_000_commands_are_answered_in_order() throws IOException {
      var sent = new StringBuilder("CREATE b\r\n");
      var expected = new StringBuilder("OK\r\n");
      for (int i = 0; i < 5_000; i++) {
        sent.append("PUT b k").append(i % 7).append(' ').append(i).append("\r\n");
        sent.append("GET b k").append(i % 7).append("\r\n");
        expected.append("OK\r\n").append(i).append("\r\nOK\r\n");
      }
      try (LineClient client = client()) {
        assertThat(client.send(sent.toString()).rest()).isEqualTo(expected.toString());
      }
    }

    @Test
    void are_answered_in_few_writes() throws IOException {
      var writes = new AtomicInteger();
      try (Kv counted =
              Kv.open(
                  KvConfig.inMemory()
                      .with(TestEndpoints.line(address -> CountingSockets.bind(address, writes))));
          LineClient client = new LineClient(counted.port("line"))) {
        client.send("CREATE b\r\n".repeat(1_000));

        assertThat(client.rest()).isEqualTo("OK\r\n".repeat(1_000));
        assertThat(writes.get()).isBetween(1, 20); // one for each piece that the network delivered
      }
    }
  }

  @Nested
  class Too_long_a_line {
    @Test
    void is_an_error_for_its_own_client_only() throws IOException {
      try (LineClient bad = client();
          LineClient good = client()) {
        assertThat(good.ask("CREATE b")).isEqualTo("OK");
        Pid process = process(bad);
        bad.send("CREATE c\r\nPUT b k " + "x".repeat(100_000) + "\r\nCREATE d\r\n");

        assertThat(bad.lines(3)).containsExactly("OK", "ERROR", CLOSED);
        assertThat(downOf(process).reason().isClean()).isTrue();
        assertThat(good.ask("GET b k")).isEmpty();
        assertThat(kv.names()).containsExactly("b", "c");
      }
    }

    @Test
    void is_one_longer_than_64_KiB() throws IOException {
      try (LineClient client = client()) {
        String start = "PUT b k ";
        client.send("CREATE b\n" + start + "x".repeat(64 * 1024 - start.length()) + "\r\n");
        assertThat(client.lines(2)).containsExactly("OK", "OK");

        client.send(start + "x".repeat(64 * 1024 - start.length() + 1));
        assertThat(client.lines(2)).containsExactly("ERROR", CLOSED);
      }
    }
  }

  @Nested
  class A_connection {
    @Test
    void ends_with_shutdown_when_its_client_leaves() throws IOException {
      var crashes = new ConcurrentLinkedQueue<Pid>();
      LineClient client = client();
      assertThat(client.ask("CREATE b")).isEqualTo("OK");
      Pid process = process(client);
      var ref = Self.monitor(process);
      try (var _ = Events.subscribe(CrashReport.class, event -> crashes.add(event.pid()))) {
        client.close();
        Down down = Self.receive(Down.class, Duration.ofSeconds(60)).orElseThrow();

        assertThat(down).isEqualTo(new Down(ref, process, ExitReason.SHUTDOWN));
        assertThat(Events.flush(Duration.ofSeconds(60))).isTrue();
        assertThat(crashes).doesNotContain(process);
      }
    }

    @Test
    void that_is_killed_is_closed_and_no_other() throws IOException {
      try (LineClient first = client();
          LineClient second = client()) {
        assertThat(first.ask("CREATE b")).isEqualTo("OK");
        assertThat(second.ask("CREATE b")).isEqualTo("OK");
        process(first).exit(ExitReason.KILL);

        assertThat(first.line()).isEqualTo(CLOSED);
        assertThat(second.ask("CREATE b")).isEqualTo("OK");
      }
    }

    @Test
    void outlives_the_registry() throws IOException {
      try (LineClient client = client()) {
        assertThat(client.ask("CREATE b")).isEqualTo("OK");
        assertThat(client.ask("PUT b k v")).isEqualTo("OK");
        TestKv.registry(kv).orElseThrow().exit(ExitReason.KILL);

        assertThat(client.ask("CREATE c")).isEqualTo("OK");
        assertThat(client.send("GET b k\n").lines(2)).containsExactly("v", "OK");
      }
    }

    @Test
    void outlives_the_process_that_accepts_and_so_does_the_port() throws IOException {
      try (LineClient before = client()) {
        assertThat(before.ask("CREATE b")).isEqualTo("OK");
        Pid killed = LineProcesses.listener(kv).orElseThrow();
        killed.exit(ExitReason.KILL);

        assertThat(before.ask("CREATE b")).isEqualTo("OK");
        while (LineProcesses.listener(kv).filter(pid -> !pid.equals(killed)).isEmpty()) {
          Thread.onSpinWait(); // an earlier connection may reach the socket that is being closed
        }
        try (LineClient after = client()) {
          assertThat(after.ask("GET b k")).isEmpty();
        }
      }
    }

    @Test
    void is_disconnected_when_the_process_that_looks_after_connections_ends_and_may_come_back()
        throws IOException {
      Bucket bucket = kv.create("shopping");
      bucket.put("milk", "1");
      try (LineClient client = client()) {
        assertThat(client.ask("CREATE shopping")).isEqualTo("OK");
        Pid connections = LineProcesses.connections(kv).orElseThrow();
        connections.exit(ExitReason.KILL);

        assertThat(client.line()).isEqualTo(CLOSED);
        assertThat(LineProcesses.of(kv))
            .hasSize(2)
            .noneMatch(child -> child.pid().equals(Optional.of(connections)));
        try (LineClient next = client()) {
          assertThat(next.send("GET shopping milk\n").lines(2)).containsExactly("1", "OK");
        }
      }
      assertThat(kv.lookup("shopping")).contains(bucket);
    }
  }

  @Nested
  class A_bucket_that_dies {
    @Test
    void is_not_found_by_clients_that_use_it_and_breaks_no_connection() throws Exception {
      var seen = new ConcurrentLinkedQueue<String>();
      kv.create("b").put("k", "v");
      var users =
          LongStream.range(0, 3)
              .mapToObj(
                  i ->
                      Thread.ofVirtual()
                          .start(
                              () -> {
                                try (LineClient client = client()) {
                                  client.send("GET b k\r\n".repeat(2_000));
                                  client.rest().lines().forEach(seen::add);
                                } catch (IOException e) {
                                  seen.add(e.toString());
                                }
                              }))
              .toList();
      for (int i = 0; i < 200; i++) {
        kv.lookup("b").orElseThrow().pid().exit(ExitReason.KILL);
        kv.create("b").put("k", "v");
      }
      for (Thread user : users) {
        user.join();
      }

      assertThat(seen).allMatch(List.of("v", "", "OK", "NOT FOUND")::contains);
      long answers =
          seen.stream().filter(line -> line.equals("OK") || line.equals("NOT FOUND")).count();
      assertThat(answers).isEqualTo(6_000);
    }
  }

  @Nested
  class A_limit_reached {
    private void refuses(KvConfig config, String command) throws IOException {
      try (Kv limited = Kv.open(config.with(LineProtocol.on(0)));
          LineClient client = new LineClient(limited.port("line"));
          LineClient other = new LineClient(limited.port("line"))) {
        assertThat(client.send("CREATE b\nPUT b k v\n").lines(2)).containsOnly("OK");

        assertThat(client.send(command + "\nGET b k\n").lines(2)).containsExactly("ERROR", CLOSED);
        assertThat(other.send("GET b k\n").lines(2)).containsExactly("v", "OK");
        assertThat(other.ask("CREATE b")).isEqualTo("OK");
      }
    }

    @Test
    void is_an_error_and_the_end_of_the_connection() throws IOException {
      refuses(KvConfig.inMemory().maxBuckets(1), "CREATE c");
      refuses(KvConfig.inMemory().maxKeys(1), "PUT b l v");
      refuses(KvConfig.inMemory().maxKeyBytes(3), "CREATE long");
      refuses(KvConfig.inMemory().maxKeyBytes(3), "PUT b long v");
      refuses(KvConfig.inMemory().maxValueBytes(3), "PUT b k long");
    }

    @Test
    void is_also_a_value_that_does_not_fit_on_a_line() throws IOException {
      kv.create("b").put("k", "two\r\nOK");
      try (LineClient client = client()) {
        assertThat(client.send("GET b k\n").lines(2)).containsExactly("ERROR", CLOSED);
      }
    }
  }
}
