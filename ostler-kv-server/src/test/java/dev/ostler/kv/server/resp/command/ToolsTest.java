package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.RespReader.Failure;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tools that watch or show a server of Redis get answers to all that they ask. */
@ExtendWith(OstlerExtension.class)
class ToolsTest {
  private Kv kv;
  private RespPeer client;

  @BeforeEach
  void open() throws IOException {
    kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
    client = RespPeer.of(kv);
    assertThat(client.ask("SET", "text", "12.5")).isEqualTo("OK");
    assertThat(client.ask("HSET", "hash", "k", "v")).isEqualTo(1L);
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    kv.close();
  }

  /** What redis_exporter, RedisInsight with its client library, and redis-cli's modes send. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        // redis_exporter
        "PING",
        "CLIENT SETNAME redis_exporter",
        "CONFIG GET *",
        "INFO ALL",
        "INFO",
        "INFO MODULES",
        "LATENCY LATEST",
        "LATENCY HISTOGRAM",
        "SELECT 0",
        "TYPE text",
        "STRLEN text",
        "GET text",
        "HLEN hash",
        "SCAN 0 MATCH * COUNT 1000",
        "SLOWLOG LEN",
        "SLOWLOG GET 1",
        "CLIENT LIST",
        // RedisInsight
        "CLIENT SETINFO LIB-NAME ioredis",
        "CLIENT SETNAME redisinsight-common-12345678",
        "MODULE LIST",
        "COMMAND INFO ft.info ft.search json.get ts.add graph.query bf.info",
        "COMMAND",
        "CONFIG GET databases",
        "CONFIG GET slowlog*",
        "CONFIG SET slowlog-max-len 100",
        "CONFIG SET slowlog-log-slower-than 10000",
        "SLOWLOG GET 50",
        "SLOWLOG RESET",
        "DBSIZE",
        "ACL WHOAMI",
        "ACL CAT",
        "SCAN 0 MATCH * COUNT 500 TYPE hash",
        "TTL hash",
        "PTTL hash",
        "MEMORY USAGE hash SAMPLES 0",
        "OBJECT ENCODING hash",
        "HSCAN hash 0 MATCH * COUNT 500",
        "HGETALL hash",
        "HTTL hash FIELDS 1 k",
        "HGET hash k",
        "GETRANGE text 0 4999",
        "EXISTS text",
        "RENAMENX text other",
        "EXPIRE hash 100",
        "PERSIST hash",
        "HEXPIRE hash 100 FIELDS 1 k",
        "HPERSIST hash FIELDS 1 k",
        "DEL hash text",
        "UNLINK hash text",
        "PUBLISH channel message",
        "PUBSUB CHANNELS *",
        // redis-cli --bigkeys, --memkeys, --stat, --latency
        "COMMAND DOCS",
        "SCAN 0",
        "MEMORY USAGE text"
      })
  void are_answered(String line) throws IOException {
    assertThat(client.ask(line.split(" "))).isNotInstanceOf(Failure.class);
  }

  /** They go on when it is said that these are not there. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "PFCOUNT text",
        "LLEN text",
        "SCARD text",
        "ZCARD text",
        "XLEN text",
        "XINFO STREAM text",
        "EVAL return 0",
        "EVALSHA 0123456789012345678901234567890123456789 0",
        "SCRIPT LOAD return",
        "CLUSTER INFO",
        "CLUSTER NODES",
        "CLUSTER SLOTS",
        "READONLY"
      })
  void are_told_what_there_is_not(String line) throws IOException {
    assertThat(client.ask(line.split(" ")))
        .isInstanceOfSatisfying(
            Failure.class,
            failure ->
                assertThat(failure.text())
                    .containsAnyOf(" is not supported: ", "cluster support disabled"));
  }

  @Test
  void find_the_numbers_that_they_show_in_INFO() throws IOException {
    Map<String, String> lines = new HashMap<>();
    for (String line : String.valueOf(client.ask("INFO", "ALL")).split("\r\n")) {
      if (!line.isEmpty() && !line.startsWith("#")) {
        assertThat(line).contains(":");
        lines.put(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 1));
      }
    }

    assertThat(lines.get("db0")).matches("keys=2,expires=0,avg_ttl=0.*");
    assertThat(lines).containsEntry("role", "master").containsEntry("cluster_enabled", "0");
    for (String number :
        List.of(
            "uptime_in_seconds",
            "connected_clients",
            "blocked_clients",
            "used_memory",
            "used_memory_peak",
            "maxmemory",
            "used_cpu_sys",
            "used_cpu_user",
            "total_connections_received",
            "total_commands_processed",
            "instantaneous_ops_per_sec",
            "instantaneous_input_kbps",
            "instantaneous_output_kbps",
            "rejected_connections",
            "expired_keys",
            "evicted_keys",
            "keyspace_hits",
            "keyspace_misses",
            "rdb_last_save_time",
            "connected_slaves")) {
      assertThat(Double.parseDouble(lines.getOrDefault(number, "none"))).as(number).isNotNegative();
    }
    assertThat(lines.keySet()).anyMatch(name -> name.startsWith("cmdstat_hset"));
  }
}
