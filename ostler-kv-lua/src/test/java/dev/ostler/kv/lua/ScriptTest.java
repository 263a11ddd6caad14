package dev.ostler.kv.lua;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.RespReader;
import dev.ostler.kv.server.RespReader.Failure;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** EVAL, EVALSHA, EVAL_RO, EVALSHA_RO and SCRIPT, with the answers of Redis 8. */
@ExtendWith(OstlerExtension.class)
class ScriptTest {
  private static final String ONE_SHA = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"; // return 1

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

  private @Nullable Object eval(String script, String... keysAndArguments) throws IOException {
    return client.ask(words("EVAL", script, keysAndArguments));
  }

  /** The first of the words is the number of keys, unless there are none. */
  private static String[] words(String command, String script, String... others) {
    var words = new String[Math.max(3, others.length + 2)];
    Arrays.fill(words, "0");
    words[0] = command;
    words[1] = script;
    System.arraycopy(others, 0, words, 2, others.length);
    return words;
  }

  private static Failure error(String text) {
    return new Failure(text);
  }

  @Nested
  class Values {
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "return 1 | 1",
          "return 3.99 | 3",
          "return -3.99 | -3",
          "return 'x' | x",
          "return true | 1",
          "return false |",
          "return nil |",
          "return | ",
          "return {1,2.9,'x',true,false,nil,3} | [1, 2, x, 1, null]",
          "return {{1},{2,{3}}} | [[1], [2, [3]]]",
          "return {} | []",
          "return {ok='fine'} | fine",
          "return redis.status_reply('ok') | ok",
          "return {double=3.5} | 3.5",
          "return {map={a=1}} | [a, 1]",
          "return {set={a=true}} | [a]",
          "return {big_number='12345678901234567890'} | 12345678901234567890",
          "return {verbatim_string={format='txt',string='hi'}} | hi",
          "return function() end |"
        })
    void are_replies(String script, @Nullable String reply) throws IOException {
      assertThat(String.valueOf(eval(script))).isEqualTo(reply == null ? "null" : reply);
    }

    @Test
    void are_replies_of_protocol_3() throws IOException {
      client.ask("HELLO", "3");
      assertThat(eval("return {double=3.5}")).isEqualTo(new RespReader.Real("3.5"));
      assertThat(eval("return {map={a=1}}")).isEqualTo(Map.of("a", 1L));
      assertThat(eval("return true")).isEqualTo(1L);
      assertThat(eval("redis.setresp(3) return true")).isEqualTo(true);
      assertThat(eval("redis.setresp(3) return false")).isEqualTo(false);
      assertThat(eval("return false")).isNull();
    }

    @Test
    void are_replies_of_commands() throws IOException {
      client.ask("HSET", "h", "f", "v");
      assertThat(eval("return redis.call('hgetall',KEYS[1])", "1", "h"))
          .isEqualTo(List.of("f", "v"));
      assertThat(eval("return redis.call('hget',KEYS[1],'no') == false", "1", "h")).isEqualTo(1L);
      assertThat(eval("return redis.call('ping').ok")).isEqualTo("PONG");
      assertThat(eval("redis.setresp(3) return redis.call('hgetall',KEYS[1]).map.f", "1", "h"))
          .isEqualTo("v");
      assertThat(eval("redis.setresp(3) return redis.call('hget',KEYS[1],'no') == nil", "1", "h"))
          .isEqualTo(1L);
    }

    @Test
    void may_be_any_bytes() throws IOException {
      assertThat(eval("return '\\0\\255\\r\\n' == ARGV[1]", "0", "x")).isNull();
      assertThat(eval("return #ARGV[1]", "0", "ä")).isEqualTo(2L);
      assertThat(
              eval(
                  "redis.call('set',KEYS[1],ARGV[1]) return redis.call('get',KEYS[1])",
                  "1",
                  "k",
                  "a\0\r\nä"))
          .isEqualTo(Bytes.of("a\0\r\nä"));
    }

    @Test
    void are_written_as_Redis_writes_them_in_commands() throws IOException {
      assertThat(
              eval(
                  "return {redis.call('echo',1.5),redis.call('echo',0.1),redis.call('echo',1e17)}"))
          .isEqualTo(List.of("1.5", "0.1", "100000000000000000"));
    }

    @Test
    void in_each_other_are_replied_to_a_depth() throws IOException {
      Object reply = eval("local a={} local b={a} a[1]=b return a");
      int depth = 0;
      while (reply instanceof List<?> list) {
        reply = list.getFirst();
        depth++;
      }
      assertThat(reply).isEqualTo(error("ERR reached lua stack limit"));
      assertThat(depth).isEqualTo(1990);
    }
  }

  @Nested
  class Errors {
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "return redis.call('nosuch') | ERR Unknown Redis command called from script",
          "return redis.call('get') | ERR Wrong number of args calling Redis command from script",
          "return redis.call() | ERR Please specify at least one argument for this redis lib call",
          "return redis.call('multi') | ERR This Redis command is not allowed from script",
          "return redis.call('flushall') | ERR This Redis command is not allowed from script",
          "return redis.call({}) | ERR Lua redis lib command arguments must be strings or integers",
          "error('boom') | ERR user_script:1: boom",
          "error('boom',0) | ERR boom",
          "error({err='FOO x'}) | FOO x",
          "error() | ERR nil",
          "x=1 | ERR user_script:1: Attempt to modify a readonly table",
          "return x | ERR user_script:1: Script attempted to access nonexistent global variable 'x'",
          "redis.call=1 | ERR user_script:1: Attempt to modify a readonly table",
          "string.foo=1 | ERR user_script:1: Attempt to modify a readonly table",
          "getmetatable('').__index=1 | ERR user_script:1: Attempt to modify a readonly table",
          "getmetatable(_G).__index=1 | ERR user_script:1: Attempt to modify a readonly table",
          "return redis.acl_check_cmd('nosuch') | ERR Invalid command passed to redis.acl_check_cmd()",
          "return redis.setresp(4) | ERR RESP version must be 2 or 3.",
          "return redis.log(9,'x') | ERR Invalid log level."
        })
    void of_a_script_say_where(String script, String text) throws IOException {
      Object reply = eval(script);
      assertThat(reply).isInstanceOf(Failure.class);
      assertThat(((Failure) reply).text())
          .startsWith(text + " script: ")
          .endsWith(", on @user_script:1.");
    }

    @Test
    void that_are_returned_are_replies() throws IOException {
      assertThat(eval("return redis.error_reply('FOO bar')")).isEqualTo(error("FOO bar"));
      assertThat(eval("return redis.error_reply('-x y')")).isEqualTo(error("x y"));
      assertThat(eval("return redis.error_reply('xy')")).isEqualTo(error("ERR xy"));
      assertThat(eval("return redis.pcall('get')"))
          .isEqualTo(error("ERR Wrong number of args calling Redis command from script"));
    }

    @Test
    void of_commands_are_caught() throws IOException {
      client.ask("SET", "k", "v");
      assertThat(eval("return redis.pcall('hget',KEYS[1],'f').err", "1", "k"))
          .isEqualTo("WRONGTYPE Operation against a key holding the wrong kind of value");
      assertThat(eval("local ok,e=pcall(redis.call,'hget',KEYS[1],'f') return e", "1", "k"))
          .isEqualTo("WRONGTYPE Operation against a key holding the wrong kind of value");
    }

    @Test
    void of_the_command_are_Redis_s() throws IOException {
      assertThat(client.ask("EVAL", "x", "y"))
          .isEqualTo(error("ERR value is not an integer or out of range"));
      assertThat(client.ask("EVAL", "x", "-1"))
          .isEqualTo(error("ERR Number of keys can't be negative"));
      assertThat(client.ask("EVAL", "x", "2", "a"))
          .isEqualTo(error("ERR Number of keys can't be greater than number of args"));
      assertThat(eval("retur 1"))
          .isEqualTo(
              error(
                  "ERR Error compiling script (new function): user_script:1: '=' expected near '1'"));
      assertThat(eval("#!lua flags=foo\nreturn 1"))
          .isEqualTo(error("ERR Unexpected flag in script shebang: foo"));
      assertThat(eval("#!js\nreturn 1"))
          .isEqualTo(error("ERR Unexpected engine in script shebang: #!js"));
    }
  }

  @Nested
  class Buckets {
    @Test
    void are_those_that_the_keys_name() throws IOException {
      assertThat(eval("return redis.call('set',KEYS[1],ARGV[1])", "1", "k", "v")).isEqualTo("OK");
      assertThat(client.ask("GET", "k")).isEqualTo("v");
      assertThat(eval("return {#KEYS,#ARGV,KEYS[2]}", "2", "a", "b", "c"))
          .isEqualTo(List.of(2L, 1L, "b"));
    }

    @Test
    void that_they_do_not_name_are_refused() throws IOException {
      assertThat(((Failure) eval("return redis.call('set','other',1)", "1", "k")).text())
          .startsWith(
              "ERR Script attempted to access a non local key in a cluster node: "
                  + "'other' is not one of its KEYS script: ");
    }

    @Test
    void that_they_do_not_name_are_locked_when_they_are_used_if_that_is_allowed()
        throws IOException {
      client.ask("CONFIG", "SET", "script-undeclared-keys", "yes");
      client.ask("SET", "n", "1");
      assertThat(
              eval(
                  "local n=redis.call('incr',KEYS[1]) "
                      + "redis.call('set','k'..n,n) return redis.call('get','k'..n)",
                  "1",
                  "n"))
          .isEqualTo("2");
      assertThat(client.ask("MGET", "n", "k2", "k3")).isEqualTo(Arrays.asList("2", "2", null));
    }

    @Test
    void are_not_created_by_a_script_that_only_reads() throws IOException {
      assertThat(eval("return redis.call('get',KEYS[1])", "1", "k")).isNull();
      assertThat(client.ask("EXISTS", "k")).isEqualTo(0L);
      assertThat(client.ask("DBSIZE")).isEqualTo(0L);
    }

    @Test
    void are_as_before_if_the_script_fails() throws IOException {
      client.ask("SET", "a", "old");
      Object reply =
          eval(
              "redis.call('set',KEYS[1],'new') redis.call('hset',KEYS[2],'f','v') error('boom')",
              "2",
              "a",
              "b");
      assertThat(reply).isInstanceOf(Failure.class);
      assertThat(client.ask("GET", "a")).isEqualTo("old");
      assertThat(client.ask("EXISTS", "b")).isEqualTo(0L);
    }

    @Test
    void are_not_changed_by_a_script_that_may_only_read() throws IOException {
      for (String command : List.of("EVAL_RO", "EVAL")) {
        String header = command.equals("EVAL") ? "#!lua flags=no-writes\n" : "";
        Object reply = client.ask(command, header + "return redis.call('set',KEYS[1],1)", "1", "k");
        assertThat(((Failure) reply).text())
            .startsWith("ERR Write commands are not allowed from read-only scripts. script: ");
      }
      assertThat(client.ask("EVAL_RO", "return redis.call('get',KEYS[1])", "1", "k")).isNull();
    }

    @Test
    void of_a_message_that_is_published_are_changed_before() throws IOException {
      try (RespPeer subscriber = RespPeer.of(kv)) {
        subscriber.ask("SUBSCRIBE", "c");
        assertThat(
                eval("redis.call('set',KEYS[1],1) return redis.call('publish','c','m')", "1", "k"))
            .isEqualTo(1L);
        assertThat(subscriber.reply()).isEqualTo(List.of("message", "c", "m"));
        assertThat(eval("redis.call('publish','c','lost') error('x')")).isInstanceOf(Failure.class);
        assertThat(eval("return redis.call('publish','c','kept')")).isEqualTo(1L);
        assertThat(subscriber.reply()).isEqualTo(List.of("message", "c", "kept"));
      }
    }
  }

  @Nested
  class Within_a_transaction {
    @Test
    void a_script_is_one_of_the_commands() throws IOException {
      client.ask("MULTI");
      client.ask("SET", "k", "1");
      assertThat(eval("return redis.call('incr',KEYS[1])", "1", "k")).isEqualTo("QUEUED");
      client.ask("GET", "k");
      assertThat(client.ask("EXEC")).isEqualTo(List.of("OK", 2L, "2"));
    }

    @Test
    void a_script_that_fails_is_one_error() throws IOException {
      client.ask("MULTI");
      client.ask("SET", "k", "1");
      eval("error('boom')");
      List<?> replies = (List<?>) client.ask("EXEC");
      assertThat(replies.getFirst()).isEqualTo("OK");
      assertThat(((Failure) replies.getLast()).text()).startsWith("ERR user_script:1: boom");
      assertThat(client.ask("GET", "k")).isEqualTo("1");
    }

    @Test
    void a_script_that_fails_after_a_change_undoes_all() throws IOException {
      client.ask("MULTI");
      client.ask("SET", "k", "1");
      eval("redis.call('incr',KEYS[1]) error('boom')", "1", "k");
      assertThat(((Failure) client.ask("EXEC")).text())
          .startsWith("EXECABORT Transaction discarded because of: ERR user_script:1: boom");
      assertThat(client.ask("EXISTS", "k")).isEqualTo(0L);
      assertThat(client.ask("SET", "k", "2")).isEqualTo("OK");
    }
  }

  @Nested
  class Known_scripts {
    @Test
    void are_those_that_were_run_or_loaded() throws IOException {
      assertThat(client.ask("EVALSHA", ONE_SHA, "0"))
          .isEqualTo(error("NOSCRIPT No matching script. Please use EVAL."));
      assertThat(eval("return 1")).isEqualTo(1L);
      assertThat(client.ask("EVALSHA", ONE_SHA, "0")).isEqualTo(1L);
      assertThat(client.ask("EVALSHA", ONE_SHA.toUpperCase(java.util.Locale.ROOT), "0"))
          .isEqualTo(1L);
      String sha = (String) client.ask("SCRIPT", "LOAD", "return ARGV[1]");
      assertThat(client.ask("EVALSHA_RO", sha, "0", "x")).isEqualTo("x");
      assertThat(client.ask("SCRIPT", "EXISTS", ONE_SHA, sha, "no")).isEqualTo(List.of(1L, 1L, 0L));
      assertThat(client.ask("SCRIPT", "FLUSH")).isEqualTo("OK");
      assertThat(client.ask("SCRIPT", "EXISTS", ONE_SHA, sha)).isEqualTo(List.of(0L, 0L));
    }

    @Test
    void that_are_not_loaded_are_forgotten_after_500_others() throws IOException {
      String sha = (String) client.ask("SCRIPT", "LOAD", "return 'stays'");
      eval("return 1");
      for (int i = 0; i < 500; i++) {
        client.send("EVAL", "return 'other " + i + "'", "0");
      }
      client.replies(500);
      assertThat(client.ask("SCRIPT", "EXISTS", ONE_SHA, sha)).isEqualTo(List.of(0L, 1L));
    }
  }

  @Test
  void its_keys_are_known_to_COMMAND_and_to_access_rules() throws IOException {
    assertThat(client.ask("COMMAND", "GETKEYS", "EVAL", "x", "2", "a", "b", "c"))
        .isEqualTo(List.of("a", "b"));
    client.ask("ACL", "SETUSER", "u", "on", "nopass", "+@all", "-get", "~a");
    client.ask("AUTH", "u", "x");
    assertThat(eval("return 1", "1", "b"))
        .isEqualTo(error("NOPERM No permissions to access a key"));
    assertThat(((Failure) eval("return redis.call('get',KEYS[1])", "1", "a")).text())
        .startsWith(
            "ERR ACL failure in script: User u has no permissions to run the 'get' command");
    assertThat(eval("return redis.acl_check_cmd('get','a')")).isNull();
    assertThat(eval("return redis.acl_check_cmd('set','a',1)")).isEqualTo(1L);
  }
}
