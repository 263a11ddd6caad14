package dev.ostler.kv.server.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.RespPeer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Measurements of servers that are there. */
class BenchTest {
  private static final String MIX = "get=4,set=3,incr=2,hget=2,hset=3,del=1,ping=1";

  private final StringWriter err = new StringWriter();

  private static Schedule schedule(int clients, int pipeline, long requests) {
    return new Schedule(
        clients,
        pipeline,
        Duration.ZERO,
        Optional.empty(),
        OptionalLong.of(requests),
        Optional.empty(),
        Duration.ofSeconds(30));
  }

  private static Target target(Kv kv) {
    return target("kv", kv.port("resp"));
  }

  private static Target target(String name, int port) {
    return new Target(name, () -> new Socket(InetAddress.getLoopbackAddress(), port));
  }

  private static Kv store() {
    return Kv.open(KvConfig.inMemory().with(Resp.on(0)));
  }

  private Bench bench(String mix, Schedule schedule, int rounds) {
    return new Bench(LoadTest.load(mix, "1-50"), schedule, rounds, new PrintWriter(err), false);
  }

  private static long called(RespPeer peer, Kind kind) throws IOException {
    String info = String.valueOf(peer.ask("INFO", "commandstats"));
    Matcher calls = Pattern.compile("cmdstat_" + kind.text() + ":calls=(\\d+)").matcher(info);
    return calls.find() ? Long.parseLong(calls.group(1)) : 0;
  }

  @Nested
  class Its_counts {
    @Test
    void are_those_of_the_server() throws IOException {
      try (Kv kv = store();
          var peer = RespPeer.of(kv)) {
        Results results = bench(MIX, schedule(5, 7, 10_001), 2).measure(List.of(target(kv)), false);

        assertThat(results.isClean()).isTrue();
        var server = results.servers().getFirst();
        assertThat(server.all().answered()).isEqualTo(20_002);
        for (Kind kind : Kind.values()) {
          assertThat(server.command(kind).answered()).as(kind.text()).isPositive();
          assertThat(called(peer, kind)).isEqualTo(server.command(kind).answered());
        }
      }
    }

    @Test
    void are_the_same_for_the_same_seed() throws IOException {
      var counts = new ArrayList<List<Long>>();
      for (int i = 0; i < 2; i++) {
        try (Kv kv = store()) {
          Results results = bench(MIX, schedule(3, 2, 5000), 1).measure(List.of(target(kv)), false);
          counts.add(
              results.load().mix().kinds().stream()
                  .map(kind -> results.servers().getFirst().command(kind).answered())
                  .toList());
        }
      }

      assertThat(counts.getFirst()).isEqualTo(counts.getLast());
    }

    @Test
    void have_no_nil_in_a_store_that_was_filled() throws IOException {
      try (Kv kv = store()) {
        Target target = target(kv);
        var bench = bench("get,hget", schedule(2, 5, 2000), 1);

        assertThat(bench.measure(List.of(target), false).servers().getFirst().all().missing())
            .isEqualTo(2000);
        assertThat(bench.measure(List.of(target), true).servers().getFirst().all().missing())
            .isZero();
      }
    }

    @Test
    void have_the_errors_of_the_server() throws IOException {
      try (Kv kv = store();
          var peer = RespPeer.of(kv)) {
        for (int key = 0; key < 100; key++) {
          peer.ask("HSET", "b:string:%012d".formatted(key), "field", "value");
        }
        Results results = bench("get", schedule(2, 5, 2000), 1).measure(List.of(target(kv)), false);

        assertThat(results.isClean()).isFalse();
        assertThat(results.servers().getFirst().all().errors()).isEqualTo(2000);
        assertThat(results.text()).contains("2,000 times: WRONGTYPE");
      }
    }

    @Test
    void of_a_duration_are_told_each_second() throws IOException {
      try (Kv kv = store()) {
        var schedule =
            new Schedule(
                2,
                1,
                Duration.ofMillis(1200),
                Optional.of(Duration.ofMillis(1200)),
                OptionalLong.empty(),
                Optional.of(500.0),
                Duration.ofSeconds(30));
        Results results = bench("ping", schedule, 1).measure(List.of(target(kv)), false);

        assertThat(results.servers().getFirst().all().latencies().getTotalCount()).isEqualTo(600);
        assertThat(err.toString().lines().toList()).first().isEqualTo("kv: warming up");
        assertThat(err.toString().lines().toList())
            .last()
            .asString()
            .matches("kv: \\d+ s, [\\d,]+ requests a second, p50 .* ms, errors 0");
      }
    }
  }

  /** A server that answers so many requests, and then closes all connections. */
  private static final class Mortal implements AutoCloseable {
    private final ServerSocket listening =
        new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int last;

    Mortal(int last) throws IOException {
      this.last = last;
      Thread.ofVirtual().start(this::serve);
    }

    private void serve() {
      try (Socket client = listening.accept()) {
        listening.close();
        var in = client.getInputStream();
        for (int i = 0; i < last; i++) {
          in.readNBytes("*1\r\n$4\r\nPING\r\n".length());
          client.getOutputStream().write("+PONG\r\n".getBytes(StandardCharsets.US_ASCII));
        }
      } catch (IOException e) {
        // The client has gone.
      }
    }

    @Override
    public void close() throws IOException {
      listening.close();
    }
  }

  @Nested
  class A_server {
    @Test
    void that_goes_away_is_an_error_with_counts_and_ends_the_rounds() throws IOException {
      try (var server = new Mortal(500)) {
        Target target = target("it", server.listening.getLocalPort());
        Results results = bench("ping", schedule(1, 1, 1000), 3).measure(List.of(target), false);

        assertThat(results.isClean()).isFalse();
        assertThat(results.servers().getFirst().rounds()).hasSize(1);
        assertThat(results.servers().getFirst().all().answered()).isEqualTo(500);
        assertThat(results.text())
            .contains("connections that failed: 1 of 1; requests without a reply: 1")
            .contains("It ended early. it: connections have failed");
      }
    }

    @Test
    void that_is_not_there_is_an_error_of_its_own() throws IOException {
      try (var taken = new Socket()) {
        taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)); // nobody listens
        Target nobody = target("it", taken.getLocalPort());
        assertThatThrownBy(
                () -> bench("ping", schedule(1, 1, 1), 1).measure(List.of(nobody), false))
            .isInstanceOf(IOException.class);
      }
    }

    @Test
    void that_does_not_answer_is_given_up() throws IOException {
      try (var deaf = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
        var schedule =
            new Schedule(
                2,
                3,
                Duration.ZERO,
                Optional.empty(),
                OptionalLong.of(10),
                Optional.empty(),
                Duration.ofMillis(1));
        Results results =
            bench("ping", schedule, 1).measure(List.of(target("it", deaf.getLocalPort())), false);

        assertThat(results.servers().getFirst().complaints())
            .containsEntry("no reply within 0.001 s", 2L);
      }
    }

    @Test
    void that_refuses_to_be_filled_is_not_measured() throws IOException {
      try (Kv kv = Kv.open(KvConfig.inMemory().maxBuckets(10).with(Resp.on(0)))) {
        assertThatThrownBy(
                () -> bench("get", schedule(1, 1, 1), 1).measure(List.of(target(kv)), true))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("refuses to be filled");
      }
    }
  }

  @Nested
  class Two_servers {
    @Test
    void are_measured_in_turn_and_compared() throws IOException {
      try (Kv one = store();
          Kv other = store()) {
        Results results =
            bench(MIX, schedule(2, 4, 2000), 3)
                .measure(
                    List.of(target("one", one.port("resp")), target("other", other.port("resp"))),
                    false);

        assertThat(err.toString().lines().map(line -> line.replaceAll(":.*", "")).distinct())
            .containsExactly(
                "one, round 1 of 3",
                "other, round 1 of 3",
                "other, round 2 of 3",
                "one, round 2 of 3",
                "one, round 3 of 3",
                "other, round 3 of 3");
        assertThat(results.servers()).allMatch(server -> server.rounds().size() == 3);
        assertThat(results.text()).contains("one divided by other, medians of 3 rounds:");
      }
    }
  }

  @Nested
  class Its_files {
    @TempDir Path folder;

    private Results results(int servers) throws IOException {
      try (Kv kv = store()) {
        var targets = new ArrayList<Target>();
        for (int i = 0; i < servers; i++) {
          targets.add(target("<" + i + " & co>", kv.port("resp")));
        }
        return bench(MIX, schedule(2, 4, 2000), servers).measure(targets, false);
      }
    }

    @Test
    void are_JSON_with_all_counts() throws IOException {
      Path file = folder.resolve("results.json");
      results(2).writeJson(file);

      var counts = new ArrayList<Long>();
      var names = new ArrayList<String>();
      try (JsonParser json =
          new JsonFactory().createParser(ObjectReadContext.empty(), Files.newInputStream(file))) {
        for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
          if (token == JsonToken.PROPERTY_NAME) {
            names.add(json.currentName());
          }
          if (token == JsonToken.VALUE_NUMBER_INT && "requests".equals(json.currentName())) {
            counts.add(json.getLongValue());
          }
        }
      }
      assertThat(names).contains("options", "servers", "p99.9", "by_second", "ratios_of_medians");
      assertThat(counts).contains(2000L, 4000L);
    }

    @Test
    void are_SVG_with_a_title_and_a_line_for_each_command() throws Exception {
      Document svg = svg(1);

      assertThat(svg.getElementsByTagName("title").item(0).getTextContent())
          .isEqualTo("Latency by percentile of <0 & co>");
      assertThat(svg.getElementsByTagName("desc").item(0).getTextContent())
          .contains("all: median", "get: median");
      assertThat(svg.getElementsByTagName("polyline").getLength()).isEqualTo(8);
      assertThat(((Element) svg.getElementsByTagName("polyline").item(0)).getAttribute("points"))
          .matches("(\\d+\\.\\d,\\d+\\.\\d ?)+");
    }

    @Test
    void are_SVG_with_a_line_for_each_of_two_servers() throws Exception {
      assertThat(svg(2).getElementsByTagName("polyline").getLength()).isEqualTo(2);
    }

    private Document svg(int servers) throws Exception {
      Path file = folder.resolve("results.svg");
      results(servers).writeSvg(file);
      return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
    }
  }
}
