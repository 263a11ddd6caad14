package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.KeptStore;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.RespReader.Failure;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The state of the server, and its settings. */
@ExtendWith(OstlerExtension.class)
class ServerCommandsTest {
  private Kv kv;
  private RespPeer client;

  @BeforeEach
  void open() throws IOException {
    kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
    client = RespPeer.of(kv);
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    kv.close();
  }

  private Object does(String line) throws IOException {
    return client.ask(line.split(" "));
  }

  private String info(String section) throws IOException {
    return String.valueOf(does("INFO " + section));
  }

  private long figure(String section, String name) throws IOException {
    return Long.parseLong(info(section).replaceAll("(?s).*\\b" + name + ":(\\d+).*", "$1"));
  }

  @Nested
  class CONFIG {
    @Test
    void returns_settings_by_name_and_pattern() throws IOException {
      assertThat(does("CONFIG GET save")).isEqualTo(List.of("save", ""));
      assertThat(does("CONFIG GET appendonly MAXCLIENTS"))
          .isEqualTo(List.of("appendonly", "no", "MAXCLIENTS", "10000"));
      assertThat((List<?>) does("CONFIG GET slowlog*")).hasSize(4);
      assertThat(does("CONFIG GET nosuch")).isEqualTo(List.of());
    }

    @Test
    void takes_and_keeps_the_encodings_of_Redis() throws IOException {
      assertThat(does("CONFIG SET hash-max-listpack-value 100")).isEqualTo("OK");
      assertThat(does("CONFIG GET hash-max-ziplist-value"))
          .isEqualTo(List.of("hash-max-ziplist-value", "100"));
    }

    @Test
    void changes_all_or_nothing() throws IOException {
      assertThat(does("CONFIG SET timeout 100 maxmemory 1mb")).isEqualTo("OK");
      assertThat(does("CONFIG GET maxmemory")).isEqualTo(List.of("maxmemory", "1048576"));
      assertThat(does("CONFIG SET timeout 200 maxmemory many")).isInstanceOf(Failure.class);
      assertThat(does("CONFIG GET timeout")).isEqualTo(List.of("timeout", "100"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
        delimiter = '|',
        value = {
          "CONFIG SET foo bar | ERR Unknown option or number of arguments for CONFIG SET - 'foo'",
          "CONFIG SET maxmemory x | ERR CONFIG SET failed (possibly related to argument 'maxmemory')"
              + " - argument must be a memory value",
          "CONFIG SET proto-max-bulk-len 9223372036854775808 | ERR CONFIG SET failed (possibly"
              + " related to argument 'proto-max-bulk-len') - argument must be between 1048576 and"
              + " 9223372036854775807 inclusive",
          "CONFIG SET daemonize yes | ERR CONFIG SET failed (possibly related to argument"
              + " 'daemonize') - can't set immutable config",
          "CONFIG SET hz 1 hz 2 | ERR CONFIG SET failed (possibly related to argument 'hz') -"
              + " duplicate parameter",
          "CONFIG SET maxmemory-policy allkeys-lru | ERR CONFIG SET failed (possibly related to"
              + " argument 'maxmemory-policy') - argument(s) must be one of the following:"
              + " noeviction",
          "CONFIG REWRITE | ERR The server is running without a config file"
        })
    void says_what_is_wrong(String line, String error) throws IOException {
      assertThat(does(line)).isEqualTo(new Failure(error));
    }
  }

  @Nested
  class INFO {
    @Test
    void counts_buckets_that_were_to_be_read_and_were_there_or_not() throws IOException {
      does("HSET a f 1");
      does("SET t 1");
      assertThat(does("CONFIG RESETSTAT")).isEqualTo("OK");
      for (String command :
          List.of(
              "GET t",
              "GET none",
              "HGET a nosuch",
              "EXISTS a none t",
              "TTL none",
              "MGET t none none",
              "MULTI",
              "HGET a f",
              "EXISTS none",
              "PING",
              "EXEC")) {
        does(command);
      }
      does("HSET a f 2");
      does("HDEL none f");
      assertThat(figure("stats", "keyspace_hits")).isEqualTo(6);
      assertThat(figure("stats", "keyspace_misses")).isEqualTo(6);
    }

    @Test
    void has_sections_and_what_clients_look_for() throws IOException {
      assertThat(String.valueOf(does("INFO")))
          .contains("# Server\r\n", "# Clients\r\n", "# Memory\r\n", "# Keyspace\r\n")
          .contains("redis_version:8.0.2\r\n", "loading:0\r\n", "role:master\r\n")
          .contains("connected_clients:1\r\n", "tcp_port:" + kv.port("resp") + "\r\n")
          .doesNotContain("# Commandstats");
      assertThat(info("everything")).contains("# Commandstats\r\n");
      assertThat(info("server clients")).contains("# Server", "# Clients").doesNotContain("# CPU");
      assertThat(info("nosuch")).isEmpty();
    }

    @Test
    void counts_keys_and_commands_and_errors() throws IOException {
      var _ = does("HSET a b c");
      var _ = does("HSET b b c");
      var _ = does("HGET a b");
      var _ = does("HGET a");
      var _ = does("CONFIG GET");
      var _ = does("NOSUCH");
      assertThat(info("keyspace")).contains("db0:keys=2,expires=0,avg_ttl=0\r\n");
      assertThat(info("commandstats"))
          .contains("cmdstat_hset:calls=2,")
          .containsPattern("cmdstat_hget:calls=1,.*rejected_calls=1,failed_calls=0")
          .containsPattern("cmdstat_config\\|get:calls=0,.*rejected_calls=1");
      assertThat(info("errorstats")).contains("errorstat_ERR:count=3");
      assertThat(figure("stats", "total_error_replies")).isEqualTo(3);
      assertThat(figure("stats", "total_commands_processed")).isEqualTo(7);
      assertThat(does("CONFIG RESETSTAT")).isEqualTo("OK");
      assertThat(info("commandstats")).doesNotContain("hset");
    }

    @Test
    void counts_expirations() throws IOException {
      does("HSET a f 1");
      does("SET b 1 EX 1000");
      does("SET c 1 EX 1000");
      does("HSET d f 1");
      does("EXPIRE d 1000");
      assertThat(info("keyspace")).contains("db0:keys=4,expires=3,avg_ttl=0\r\n");
      does("PERSIST d");
      does("DEL b");
      does("SET c 1");
      assertThat(info("keyspace")).contains("db0:keys=3,expires=0,avg_ttl=0\r\n");
      does("HSETEX a PX 1 FIELDS 2 g 1 h 1");
      does("HSETEX a EX 1000 FIELDS 1 i 1");
      while (does("HLEN a").equals(4L)) { // until they have expired
        Thread.onSpinWait();
      }
      assertThat(figure("stats", "expired_subkeys")).isEqualTo(2);
      does("RENAME a e");
      does("EXPIRE e 1000");
      does("COPY e f");
      does("FLUSHALL");
      assertThat(RespPeer.server(kv).keyspace().expiring()).isZero();
    }

    @Test
    void has_what_agents_read() throws IOException {
      assertThat(info("persistence"))
          .contains("rdb_bgsave_in_progress:0\r\n", "rdb_last_bgsave_status:ok\r\n")
          .contains("aof_enabled:0\r\n", "aof_last_write_status:ok\r\n")
          .containsPattern("rdb_last_save_time:\\d{10}\r\n");
      assertThat(info("stats"))
          .containsPattern("instantaneous_ops_per_sec:\\d+\r\n")
          .containsPattern("instantaneous_input_kbps:\\d+\\.\\d\\d\r\n")
          .containsPattern("instantaneous_output_kbps:\\d+\\.\\d\\d\r\n")
          .contains("pubsub_channels:0\r\n", "pubsub_patterns:0\r\n");
      assertThat(info("cpu"))
          .containsPattern("used_cpu_sys:\\d+\\.\\d+\r\nused_cpu_user:\\d+\\.\\d+\r\n");
    }

    @Test
    void keeps_the_highest_use_of_memory() throws IOException {
      long before = figure("memory", "used_memory");
      does("SET a " + "x".repeat(1_000_000));
      does("DEL a");
      long peak = figure("memory", "used_memory_peak");
      assertThat(peak).isGreaterThanOrEqualTo(before + 1_000_000);
      assertThat(figure("memory", "used_memory")).isLessThan(peak);
      does("SET a 1");
      assertThat(figure("memory", "used_memory_peak")).isEqualTo(peak);
    }

    @Test
    void tells_whether_changes_are_kept() throws IOException {
      try (var store = KeptStore.everySecond();
          RespPeer other = RespPeer.of(store.kv())) {
        assertThat(String.valueOf(other.ask("INFO", "persistence"))).contains("aof_enabled:1\r\n");
      }
    }

    @Test
    void counts_refusals_by_reason() throws IOException {
      does("ACL SETUSER bob on >pw +get +acl|whoami +subscribe ~a");
      does("AUTH bob wrong");
      does("AUTH bob pw");
      does("GET b");
      does("HGET a f");
      does("SUBSCRIBE c");
      does("AUTH default x");
      does("CONFIG RESETSTAT"); // which, as in Redis, does not reset them
      assertThat(info("stats"))
          .contains("acl_access_denied_auth:1\r\n", "acl_access_denied_cmd:1\r\n")
          .contains("acl_access_denied_key:1\r\n", "acl_access_denied_channel:1\r\n");
    }
  }

  @Nested
  class SLOWLOG {
    @Test
    void shows_the_latest_first_with_time_arguments_and_client() throws IOException {
      assertThat(does("CLIENT SETNAME me")).isEqualTo("OK");
      assertThat(does("CONFIG SET slowlog-log-slower-than 0")).isEqualTo("OK");
      var _ = does("SLOWLOG RESET");
      var _ = does("HSET a b " + "x".repeat(200));
      assertThat(does("CONFIG SET slowlog-log-slower-than -1")).isEqualTo("OK");
      assertThat(does("SLOWLOG LEN")).isEqualTo(2L);
      var entry = (List<?>) ((List<?>) does("SLOWLOG GET 1")).getFirst();
      assertThat(entry.get(3))
          .isEqualTo(List.of("HSET", "a", "b", "x".repeat(128) + "... (72 more bytes)"));
      assertThat(entry.get(4)).isEqualTo("127.0.0.1:" + client.localPort());
      assertThat(entry.get(5)).isEqualTo("me");
      assertThat(does("SLOWLOG RESET")).isEqualTo("OK");
      assertThat(does("SLOWLOG GET")).isEqualTo(List.of());
    }

    @Test
    void keeps_as_many_as_the_setting_says() throws IOException {
      assertThat(does("CONFIG SET slowlog-log-slower-than 0 slowlog-max-len 2")).isEqualTo("OK");
      for (int i = 0; i < 10; i++) {
        var _ = does("PING");
      }
      assertThat(does("SLOWLOG LEN")).isEqualTo(2L);
      assertThat(does("SLOWLOG GET -2"))
          .isEqualTo(new Failure("ERR count should be greater than or equal to -1"));
    }
  }

  @Test
  void TIME_is_seconds_and_microseconds() throws IOException {
    assertThat(does("TIME").toString()).matches("\\[\\d{10}, \\d{1,6}]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"FUNCTION FLUSH", "FUNCTION FLUSH async", "CONFIG RESETSTAT"})
  void what_has_nothing_to_do_is_done(String line) throws IOException {
    assertThat(does(line)).isEqualTo("OK");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ACL", "CLIENT", "COMMAND", "CONFIG", "SLOWLOG"})
  void HELP_lists_the_subcommands(String command) throws IOException {
    var lines = (List<?>) does(command + " HELP");
    assertThat(lines.getFirst())
        .isEqualTo(command + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
    assertThat(lines.getLast()).isEqualTo("    Prints this help.");
  }

  @Nested
  class LATENCY_HISTOGRAM {
    @Test
    void counts_all_calls_in_classes_of_time() throws IOException {
      does("CONFIG RESETSTAT");
      does("HSET a f 1");
      does("HGET a f");
      does("HGET a f");
      does("CLIENT ID");
      assertThat(calls(does("LATENCY HISTOGRAM hget hset nosuch client")))
          .isEqualTo(Map.of("hget", 2L, "hset", 1L, "client|id", 1L));
      assertThat(calls(does("LATENCY HISTOGRAM"))).containsKeys("hget", "config|resetstat");
      assertThat(info("latencystats"))
          .containsPattern(
              "latency_percentiles_usec_hget:p50=\\d+\\.\\d{3},p99=\\d+\\.\\d{3},p99\\.9=\\d+");
    }

    @Test
    void counts_nothing_while_it_is_switched_off() throws IOException {
      does("CONFIG SET latency-tracking no");
      does("CONFIG RESETSTAT");
      does("HGET a f");
      assertThat(does("LATENCY HISTOGRAM hget")).isEqualTo(List.of());
    }

    /**
     * The number of calls of each command. The last class of its histogram must have the same
     * number.
     */
    private static Map<String, Long> calls(Object reply) {
      var calls = new HashMap<String, Long>();
      List<?> all = (List<?>) reply;
      for (int i = 0; i < all.size(); i += 2) {
        List<?> told = (List<?>) all.get(i + 1);
        assertThat(((List<?>) told.get(3)).getLast()).isEqualTo(told.get(1));
        calls.put(String.valueOf(all.get(i)), (Long) told.get(1));
      }
      return calls;
    }
  }
}
