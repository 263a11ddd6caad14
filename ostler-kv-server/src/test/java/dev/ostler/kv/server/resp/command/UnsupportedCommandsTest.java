package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.RespReader.Failure;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that only Redis has are known and refused, with the reason. */
@ExtendWith(OstlerExtension.class)
class UnsupportedCommandsTest {
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

  private @Nullable Object does(String line) throws IOException {
    return client.ask(line.split(" "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "EVAL x 0",
        "EVALSHA x 0",
        "EVAL_RO x 0",
        "EVALSHA_RO x 0",
        "FCALL f 0",
        "FCALL_RO f 0",
        "SCRIPT LOAD x",
        "FUNCTION LOAD x",
        "BGSAVE",
        "BGREWRITEAOF",
        "SAVE",
        "SHUTDOWN",
        "SYNC",
        "PSYNC a 1",
        "DEBUG SLEEP",
        "MIGRATE h 1 k 0 1",
        "CLIENT PAUSE 1",
        "MODULE LOAD x",
        "LPUSH k v",
        "SADD k v",
        "ZADD k 1 v",
        "XADD k * f v",
        "PFADD k v",
        "GEOADD k 1 1 v",
        "SORT k"
      })
  void is_refused_as_not_supported(String line) throws IOException {
    String[] words = line.split(" ");
    boolean two = List.of("SCRIPT", "FUNCTION", "CLIENT", "MODULE").contains(words[0]);
    String name = two ? words[0] + " " + words[1] : words[0];
    assertThat(does(line))
        .isInstanceOfSatisfying(
            Failure.class,
            failure ->
                assertThat(failure.text()).startsWith("ERR " + name + " is not supported: "));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "CLUSTER INFO | ERR This instance has cluster support disabled",
        "CLUSTER NOSUCH | ERR unknown subcommand 'NOSUCH'. Try CLUSTER HELP.",
        "READONLY | ERR This instance has cluster support disabled",
        "READWRITE | ERR This instance has cluster support disabled",
        "ASKING | ERR This instance has cluster support disabled",
        "WAIT x 1 | ERR value is not an integer or out of range",
        "WAIT 1 -1 | ERR timeout is negative",
        "FAILOVER | ERR FAILOVER requires connected replicas.",
        "FAILOVER ABORT | ERR No failover in progress.",
        "SCRIPT KILL | NOTBUSY No scripts in execution right now.",
        "FUNCTION KILL | NOTBUSY No scripts in execution right now.",
        "FUNCTION DELETE x | ERR Library not found",
        "FUNCTION FLUSH 1 1 | ERR unknown subcommand or wrong number of arguments for 'FLUSH'. Try"
            + " FUNCTION HELP.",
        "LATENCY GRAPH x | ERR No samples available for event 'x'",
        "MOVE k 0 | ERR source and destination objects are the same",
        "CLIENT CACHING yes | ERR CLIENT CACHING can be called only when the client is in tracking"
            + " mode with OPTIN or OPTOUT mode enabled",
        "NOSUCH a | ERR unknown command 'NOSUCH', with args beginning with: 'a'"
      })
  void is_refused_as_by_Redis(String line, String error) throws IOException {
    assertThat(does(line))
        .isInstanceOfSatisfying(
            Failure.class, failure -> assertThat(failure.text().strip()).isEqualTo(error));
  }

  @Test
  void what_one_server_alone_can_answer_is_answered() throws IOException {
    assertThat(does("ROLE")).isEqualTo(List.of("master", 0L, List.of()));
    assertThat(does("WAIT 1 10")).isEqualTo(0L);
    assertThat(does("WAITAOF 0 0 0")).isEqualTo(List.of(0L, 0L));
    assertThat(does("MODULE LIST")).isEqualTo(List.of());
    assertThat(does("SCRIPT EXISTS a b")).isEqualTo(List.of(0L, 0L));
    assertThat(does("SCRIPT FLUSH")).isEqualTo("OK");
    assertThat(does("FUNCTION LIST")).isEqualTo(List.of());
    assertThat(does("FUNCTION DUMP")).isEqualTo("\f\0\u0096\u00edh\u0080\u00f5U<\u0093");
    assertThat(does("PUBSUB SHARDCHANNELS")).isEqualTo(List.of());
    assertThat(does("PUBSUB SHARDNUMSUB c")).isEqualTo(List.of("c", 0L));
    assertThat(does("REPLICAOF NO ONE")).isEqualTo("OK");
    assertThat(does("CLIENT UNPAUSE")).isEqualTo("OK");
    assertThat(does("MEMORY PURGE")).isEqualTo("OK");
    assertThat(does("SWAPDB 0 0")).isEqualTo("OK");
    assertThat((Long) does("LASTSAVE")).isPositive();
  }

  @Test
  void access_rules_may_take_away_what_is_not_there() throws IOException {
    assertThat(does("ACL SETUSER u +@all -eval -debug -lpush -xgroup|create -@scripting"))
        .isEqualTo("OK");
    assertThat(does("ACL DRYRUN u EVAL x 0"))
        .isEqualTo("User u has no permissions to run the 'eval' command");
    assertThat(does("ACL SETUSER u -nosuch"))
        .isEqualTo(
            new Failure(
                "ERR Error in ACL SETUSER modifier '-nosuch': Unknown command or category name in"
                    + " ACL"));
  }

  @Test
  void COMMAND_does_not_list_it() throws IOException {
    assertThat(does("COMMAND INFO eval lpush ft.search"))
        .isEqualTo(Arrays.asList(null, null, null));
    assertThat(String.valueOf(does("COMMAND LIST"))).doesNotContain("lpush").contains("hget");
    assertThat((List<?>) does("COMMAND LIST"))
        .filteredOn(name -> !String.valueOf(name).contains("|"))
        .hasSize(Math.toIntExact((Long) does("COMMAND COUNT")));
    assertThat(String.valueOf(does("ACL CAT list"))).isEqualTo("[]");
  }

  @Test
  void a_transaction_with_it_does_the_rest() throws IOException {
    assertThat(does("MULTI")).isEqualTo("OK");
    assertThat(does("EVAL x 0")).isEqualTo("QUEUED");
    assertThat(does("HSET h f v")).isEqualTo("QUEUED");
    assertThat((List<?>) does("EXEC")).hasSize(2).last().isEqualTo(1L);
  }
}
