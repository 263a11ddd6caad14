package dev.ostler.kv.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.ClientRules;
import dev.ostler.kv.server.LineProtocol;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.RespPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kv bench}, from its options to its exit code. */
class BenchCommandTest {
  @TempDir Path folder;

  private static Ran bench(int port, Object... more) {
    var arguments = new Object[more.length + 7];
    System.arraycopy(
        new Object[] {"bench", "--port", port, "--requests", 500, "--warm-up", 0},
        0,
        arguments,
        0,
        7);
    System.arraycopy(more, 0, arguments, 7, more.length);
    return Ran.kv(arguments);
  }

  @Test
  void prints_what_it_measured_and_ends_with_0() throws IOException {
    try (Kv kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
        var peer = RespPeer.of(kv)) {
      Path json = folder.resolve("a.json");
      Path svg = folder.resolve("a.svg");
      int port = kv.port("resp");
      Ran ran =
          bench(
              port,
              "--fill",
              "--keys",
              50,
              "--clients",
              3,
              "--pipeline",
              4,
              "--mix",
              "get,hset=2",
              "--value-size",
              "5-9",
              "--distribution",
              "zipf:1.1",
              "--prefix",
              "t:",
              "--fields",
              2,
              "--rate",
              100_000,
              "--seed",
              3,
              "--json",
              json,
              "--svg",
              svg);

      assertThat(ran.code()).as(ran.err()).isZero();
      assertThat(ran.out())
          .contains(
              "3 clients, pipeline 4, get=1,hset=2, values of 5-9 bytes, 50 keys (zipf:1.1), seed 3",
              "at a fixed rate of 100,000 requests a second",
              "127.0.0.1:" + port)
          .containsPattern("all +500 ")
          .containsPattern("get +\\d+ +[\\d,]+ +0 +0% ");
      assertThat(ran.out().lines()).allMatch(line -> line.length() <= 120);
      assertThat(json).exists();
      assertThat(svg).exists();
      assertThat(peer.ask("DBSIZE")).isEqualTo(100L);
      assertThat(peer.ask("HLEN", "t:hash:000000000049")).isEqualTo(2L);
    }
  }

  @Test
  void compares_two_servers() {
    try (Kv kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
        Kv other = Kv.open(KvConfig.inMemory().with(Resp.on(0)))) {
      Ran ran = bench(kv.port("resp"), "--against", "127.0.0.1:" + other.port("resp"));

      assertThat(ran.code()).as(ran.err()).isZero();
      assertThat(ran.out()).contains("medians of 3 rounds:").containsPattern("p99.9 +\\d");
    }
  }

  @Test
  void ends_with_1_if_there_were_errors() throws IOException {
    try (Kv kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
        var peer = RespPeer.of(kv)) {
      peer.ask("HSET", "bench:string:000000000000", "field", "value");
      Ran ran = bench(kv.port("resp"), "--keys", 1, "--mix", "get");

      assertThat(ran.code()).isEqualTo(1);
      assertThat(ran.out()).contains("500 times: WRONGTYPE");
    }
  }

  @Test
  void authenticates_every_client() throws IOException {
    Path password = Files.writeString(folder.resolve("password"), "secret\n");
    var rules = ClientRules.open().password("secret");
    try (Kv kv = Kv.open(KvConfig.inMemory().with(Resp.on(0).clients(rules)))) {
      Ran stranger = bench(kv.port("resp"));
      Ran known = bench(kv.port("resp"), "--password-file", password);

      assertThat(stranger.code()).isEqualTo(1);
      assertThat(stranger.err()).contains("refuses: NOAUTH");
      assertThat(known.code()).as(known.err()).isZero();
    }
  }

  @Test
  void tells_if_the_port_is_none_of_RESP() {
    try (Kv kv = Kv.open(KvConfig.inMemory().with(LineProtocol.on(0)))) {
      Ran ran = bench(kv.port("line"));

      assertThat(ran.code()).isEqualTo(1);
      assertThat(ran.err()).contains("is this its RESP port?");
    }
  }
}
