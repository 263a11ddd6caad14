package dev.ostler.kv.server.resp.command;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.RespReader.Failure;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Commands on the client's own connection, and on other clients. */
@ExtendWith(OstlerExtension.class)
class ClientCommandsTest {
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

  private String info(RespPeer of) throws IOException {
    return String.valueOf(of.ask("CLIENT", "INFO"));
  }

  private String id(RespPeer of) throws IOException {
    return String.valueOf(of.ask("CLIENT", "ID"));
  }

  @Nested
  class HELLO {
    @Test
    void says_who_answers_and_in_which_protocol() throws IOException {
      assertThat(does("HELLO"))
          .isEqualTo(
              List.of(
                  "server",
                  "redis",
                  "version",
                  "8.0.2",
                  "proto",
                  2L,
                  "id",
                  does("CLIENT ID"),
                  "mode",
                  "standalone",
                  "role",
                  "master",
                  "modules",
                  List.of()));
      assertThat(does("hello 3")).isInstanceOf(Map.class);
      assertThat(does("GET")).isInstanceOf(Failure.class);
      assertThat(does("HGET a b")).isNull();
    }

    @Test
    void gives_a_name() throws IOException {
      assertThat(does("HELLO 3 SETNAME me")).isInstanceOf(Map.class);
      assertThat(does("CLIENT GETNAME")).isEqualTo("me");
    }

    @Test
    void authenticates() throws IOException {
      assertThat(does("ACL SETUSER bob on >pw +@all ~*")).isEqualTo("OK");
      assertThat(does("HELLO 3 AUTH bob pw")).isInstanceOf(Map.class);
      assertThat(does("ACL WHOAMI")).isEqualTo("bob");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
        delimiter = '|',
        value = {
          "HELLO 4 | NOPROTO unsupported protocol version",
          "HELLO x | ERR Protocol version is not an integer or out of range",
          "HELLO 3 AUTH bob | ERR Syntax error in HELLO option 'AUTH'",
          "HELLO 3 AUTH bob pw | WRONGPASS invalid username-password pair or user is disabled.",
          "HELLO 3 FROB | ERR Syntax error in HELLO option 'FROB'",
          "HELLO 3 SETNAME a\u007fb | ERR Client names cannot contain spaces, newlines or special"
              + " characters."
        })
    void refused_changes_nothing(String line, String error) throws IOException {
      assertThat(does(line)).isEqualTo(new Failure(error));
      assertThat(info(client)).contains(" name= ", " user=default ", " resp=2 ");
    }
  }

  @Nested
  class RESET {
    @Test
    void leaves_nothing_of_what_was_said_before() throws IOException {
      var _ = does("HELLO 3 SETNAME me");
      var _ = does("CLIENT NO-EVICT on");
      assertThat(does("RESET")).isEqualTo("RESET");
      assertThat(info(client)).contains(" name= ", " resp=2 ", " multi=-1 ", " flags=N ");
    }

    @Test
    void makes_it_a_stranger_again_where_there_is_a_password() throws IOException {
      assertThat(does("CONFIG SET requirepass pw")).isEqualTo("OK");
      assertThat(does("PING")).isEqualTo("PONG");
      assertThat(does("RESET")).isEqualTo("RESET");
      assertThat(does("PING")).isEqualTo(new Failure("NOAUTH Authentication required."));
    }
  }

  @Nested
  class A_client {
    @Test
    void shows_with_flags_what_it_has_asked_for() throws IOException {
      assertThat(does("CLIENT NO-TOUCH on")).isEqualTo("OK");
      assertThat(info(client)).contains(" flags=T ");
      assertThat(does("CLIENT NO-EVICT on")).isEqualTo("OK");
      assertThat(info(client)).contains(" flags=eT ");
      assertThat(does("CLIENT NO-TOUCH off")).isEqualTo("OK");
      assertThat(info(client)).contains(" flags=e ");
    }

    @Test
    void has_a_name_of_its_own() throws IOException {
      assertThat(does("CLIENT GETNAME")).isNull();
      assertThat(does("CLIENT SETNAME me")).isEqualTo("OK");
      assertThat(does("CLIENT GETNAME")).isEqualTo("me");
      assertThat(client.ask("CLIENT", "SETNAME", "")).isEqualTo("OK");
      assertThat(does("CLIENT GETNAME")).isNull();
    }

    @Test
    void shows_which_library_it_uses() throws IOException {
      assertThat(does("CLIENT SETINFO lib-name jedis")).isEqualTo("OK");
      assertThat(does("CLIENT SETINFO LIB-VER 8.0")).isEqualTo("OK");
      assertThat(info(client)).contains(" lib-name=jedis lib-ver=8.0");
      assertThat(does("CLIENT SETINFO x y")).isEqualTo(new Failure("ERR Unrecognized option 'x'"));
      assertThat(client.ask("CLIENT", "SETINFO", "lib-ver", "a b"))
          .isEqualTo(
              new Failure("ERR lib-ver cannot contain spaces, newlines or special characters."));
    }

    @Test
    void can_do_without_replies() throws IOException {
      client.send("CLIENT", "REPLY", "OFF").send("PING", "1").send("NOSUCH");
      assertThat(does("CLIENT REPLY ON")).isEqualTo("OK");
      client.send("CLIENT", "REPLY", "SKIP").send("PING", "2");
      assertThat(does("PING 3")).isEqualTo("3");
    }

    @Test
    void gets_no_reply_to_what_is_queued_or_resets_if_it_wants_none() throws IOException {
      client.send("CLIENT", "REPLY", "SKIP").send("RESET");
      assertThat(does("PING")).isEqualTo("PONG");
      client.send("CLIENT", "REPLY", "OFF").send("MULTI").send("SUBSCRIBE", "c").send("DISCARD");
      assertThat(does("CLIENT REPLY ON")).isEqualTo("OK");
    }

    @Test
    void has_one_database() throws IOException {
      assertThat(does("SELECT 0")).isEqualTo("OK");
      assertThat(does("SELECT 1")).isEqualTo(new Failure("ERR DB index is out of range"));
    }
  }

  @Nested
  class CLIENT_LIST {
    @Test
    void shows_all_and_what_they_do() throws IOException {
      try (RespPeer other = RespPeer.of(kv)) {
        assertThat(other.ask("CLIENT", "SETNAME", "other")).isEqualTo("OK");
        String[] lines = String.valueOf(does("CLIENT LIST")).split("\n");
        assertThat(lines).hasSize(2);
        assertThat(lines[0])
            .matches(
                Pattern.compile(
                    "id=\\d+ addr=127.0.0.1:%d laddr=127.0.0.1:%d fd=-1 name= age=\\d+ idle=0"
                            .formatted(client.localPort(), kv.port("resp"))
                        + " flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 watch=0 qbuf=26 .* cmd=client\\|list"
                        + " user=default redir=-1 resp=2 .*"));
        assertThat(lines[1]).contains(" name=other ", " cmd=client|setname ");
        assertThat(client.ask("CLIENT", "LIST", "ID", id(other))).asString().contains("name=other");
        assertThat(does("CLIENT LIST TYPE pubsub")).isEqualTo("");
        assertThat(does("CLIENT LIST TYPE foo"))
            .isEqualTo(new Failure("ERR Unknown client type 'foo'"));
      }
    }
  }

  @Nested
  class What_a_client_takes {
    private static final int LARGE = 32 << 20;

    /** The client's line in CLIENT LIST, after its process has finished its work. */
    private String line(RespPeer of) throws IOException {
      String address = "addr=127.0.0.1:" + of.localPort() + " ";
      var _ = Sys.getState(of.served(kv).pid());
      return String.valueOf(does("CLIENT LIST"))
          .lines()
          .filter(each -> each.contains(address))
          .findFirst()
          .orElseThrow();
    }

    @Test
    void is_nothing_when_all_is_answered() throws IOException {
      try (RespPeer other = RespPeer.of(kv)) {
        assertThat(other.ask("PING")).isEqualTo("PONG");
        assertThat(line(other)).contains(" qbuf=0 ", " multi-mem=0 ", " omem=0 tot-mem=0 ");
      }
    }

    @Test
    void is_half_a_command() throws IOException {
      try (RespPeer other = RespPeer.of(kv)) {
        other.sendRaw("*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPI".getBytes(US_ASCII));
        assertThat(other.reply()).isEqualTo("PONG");
        assertThat(line(other)).contains(" qbuf=10 ", " tot-mem=10 ");
      }
    }

    @Test
    void is_what_it_has_queued() throws IOException {
      try (RespPeer other = RespPeer.of(kv)) {
        other.ask("MULTI");
        other.ask("SET", "a", "123");
        assertThat(line(other)).contains(" multi=1 ", " multi-mem=7 ", " tot-mem=7 ");
        other.ask("DISCARD");
        assertThat(line(other)).contains(" multi=-1 ", " multi-mem=0 ", " tot-mem=0 ");
      }
    }

    @Test
    void is_what_it_does_not_read() throws IOException {
      does("SETRANGE large " + (LARGE - 1) + " x");
      try (RespPeer other = RespPeer.of(kv)) {
        other.send("GET", "large");
        assertThat(other.readByte()).isEqualTo('$');
        assertThat(line(other)).containsPattern(" omem=\\d{8} tot-mem=\\d{8} ");
        assertThat(does("INFO memory")).asString().containsPattern("used_memory_clients:\\d{8}\r");
      }
    }
  }

  @Nested
  class CLIENT_KILL {
    @Test
    void closes_one_by_its_number() throws IOException {
      try (RespPeer other = RespPeer.of(kv)) {
        assertThat(client.ask("CLIENT", "KILL", "ID", id(other))).isEqualTo(1L);
        assertThat(other.isClosed()).isTrue();
      }
    }

    @Test
    void closes_one_by_its_address_as_of_old() throws IOException {
      try (RespPeer other = RespPeer.of(kv)) {
        assertThat(other.ask("PING")).isEqualTo("PONG");
        assertThat(does("CLIENT KILL 127.0.0.1:" + other.localPort())).isEqualTo("OK");
        assertThat(other.isClosed()).isTrue();
      }
      assertThat(does("CLIENT KILL 127.0.0.1:1")).isEqualTo(new Failure("ERR No such client"));
    }

    @Test
    void disconnects_the_asking_client_only_on_request_and_after_the_reply() throws IOException {
      assertThat(does("CLIENT KILL USER default")).isEqualTo(0L);
      assertThat(does("CLIENT KILL USER default SKIPME no")).isEqualTo(1L);
      assertThat(client.isClosed()).isTrue();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
        delimiter = '|',
        value = {
          "CLIENT KILL ID 0 | ERR client-id should be greater than 0",
          "CLIENT KILL TYPE x | ERR Unknown client type 'x'",
          "CLIENT KILL USER x | ERR No such user 'x'",
          "CLIENT KILL SKIPME x | ERR syntax error",
          "CLIENT KILL x y | ERR syntax error",
          "CLIENT FROB | ERR unknown subcommand 'FROB'. Try CLIENT HELP."
        })
    void says_what_is_wrong(String line, String error) throws IOException {
      assertThat(does(line)).isEqualTo(new Failure(error));
    }
  }

  @Nested
  class An_unknown_name {
    private String raw(int length, String... words) throws IOException {
      client.send(words);
      var said = new StringBuilder();
      for (int i = 0; i < length; i++) {
        said.append((char) client.readByte());
      }
      return said.toString();
    }

    /** As in Redis 7.0.15: not a null array, unlike EXEC's. */
    @Test
    void is_nil_as_a_string_would_be() throws IOException {
      assertThat(raw(9, "COMMAND", "INFO", "nosuch")).isEqualTo("*1\r\n$-1\r\n");
      assertThat(raw(5, "ACL", "GETUSER", "nobody")).isEqualTo("$-1\r\n");
    }
  }

  @Nested
  class COMMAND {
    @Test
    void counts_lists_and_describes_what_there_is() throws IOException {
      assertThat(does("COMMAND COUNT")).isEqualTo((long) AllCommands.ALL.commands().size());
      assertThat((List<?>) does("COMMAND")).hasSize(AllCommands.ALL.commands().size());
      assertThat(String.valueOf(does("COMMAND LIST"))).contains("client, client|id, ", ", hget, ");
      assertThat(does("COMMAND LIST FILTERBY PATTERN client|i*"))
          .isEqualTo(List.of("client|id", "client|info"));
      assertThat(does("COMMAND INFO hget nosuch").toString())
          .startsWith(
              "[[hget, 3, [readonly, fast], 1, 1, 1, [@fast, @hash, @read], [], [[flags, [RO, access],"
                  + " begin_search, [type, index, spec, [index, 1]], find_keys, [type, range,"
                  + " spec, [lastkey, 0, keystep, 1, limit, 0]]]], []], null");
      assertThat(does("COMMAND DOCS client|id").toString()).contains("[summary, Returns the ID of");
    }

    @Test
    void says_which_arguments_are_keys() throws IOException {
      assertThat(does("COMMAND GETKEYS HSET a b c")).isEqualTo(List.of("a"));
      assertThat(does("COMMAND GETKEYSANDFLAGS HSET a b c"))
          .isEqualTo(List.of(List.of("a", List.of("RW", "update"))));
      assertThat(does("COMMAND GETKEYS PING"))
          .isEqualTo(new Failure("ERR The command has no key arguments"));
      assertThat(does("COMMAND GETKEYS HSET a"))
          .isEqualTo(new Failure("ERR Invalid number of arguments specified for command"));
    }
  }
}
