package dev.ostler.kv.lua;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.LogLines;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.RespReader.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** FUNCTION and FCALL, with the answers of Redis 8. */
@ExtendWith(OstlerExtension.class)
class FunctionTest {
  private static final String SET =
      "redis.register_function{function_name='put',description='d',"
          + "callback=function(k,a) return redis.call('set',k[1],a[1]) end}"
          + " redis.register_function{function_name='look',flags={'no-writes'},"
          + "callback=function(k,a) return redis.call('get',k[1]) end}";

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

  private @Nullable Object load(String code) throws IOException {
    return client.ask("FUNCTION", "LOAD", "#!lua name=lib\n" + code);
  }

  private static Failure error(String text) {
    return new Failure(text);
  }

  @Test
  void a_function_is_called_with_its_keys_and_arguments() throws IOException {
    assertThat(load(SET)).isEqualTo("lib");
    assertThat(client.ask("FCALL", "put", "1", "k", "v")).isEqualTo("OK");
    assertThat(client.ask("FCALL_RO", "look", "1", "k")).isEqualTo("v");
    assertThat(client.ask("FCALL_RO", "put", "1", "k", "v"))
        .isEqualTo(error("ERR Can not execute a script with write flag using *_ro command."));
    assertThat(client.ask("FCALL", "nope", "0")).isEqualTo(error("ERR Function not found"));
    assertThat(client.ask("FCALL", "put", "x")).isEqualTo(error("ERR Bad number of keys provided"));
    assertThat(((Failure) client.ask("FCALL", "put", "0", "k", "v")).text())
        .startsWith("ERR Lua redis lib command arguments must be strings or integers script: put,");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "x x | ERR Error compiling function: user_function:2: '=' expected near 'x'",
        "return 1 | ERR No functions registered",
        "redis.register_function('f',1) | ERR Error registering functions: ERR second argument to redis.register_function must be a function",
        "redis.register_function() | ERR Error registering functions: ERR wrong number of arguments to redis.register_function",
        "redis.register_function{} | ERR Error registering functions: ERR redis.register_function must get a function name argument",
        "redis.register_function{function_name='f'} | ERR Error registering functions: ERR redis.register_function must get a callback argument",
        "redis.register_function{foo=1} | ERR Error registering functions: ERR unknown argument given to redis.register_function",
        "redis.register_function{flags=1} | ERR Error registering functions: ERR flags argument to redis.register_function must be a table representing function flags",
        "redis.register_function{function_name='f',callback=function() end,flags={'x'}} | ERR Error registering functions: ERR unknown flag given",
        "error('q') | ERR Error registering functions: ERR user_function:2: Script attempted to access nonexistent global variable 'error'",
        "redis.call('ping') | ERR Error registering functions: ERR user_function:2: Script attempted to access nonexistent global variable 'call'",
        "x=1 | ERR Error registering functions: ERR user_function:2: Attempt to modify a readonly table",
        "while true do end | ERR Error registering functions: FUNCTION LOAD timeout"
      })
  void a_library_that_is_not_valid_is_refused(String code, String text) throws IOException {
    assertThat(load(code)).isEqualTo(error(text));
    assertThat(client.ask("FUNCTION", "LIST")).isEqualTo(List.of());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "x | ERR Missing library metadata",
        "#!lua | ERR Invalid library metadata",
        "#!lua; | ERR Library name was not given",
        "#!lua name; | ERR Invalid metadata value given: name",
        "#!lua name=a-b; | ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long",
        "#!js name=a; | ERR Engine 'js' not found",
        "#!lua name=a name=b; | ERR Invalid metadata value, name argument was given multiple times"
      })
  void a_first_line_that_is_not_valid_is_refused(String code, String text) throws IOException {
    assertThat(client.ask("FUNCTION", "LOAD", code.replace(';', '\n'))).isEqualTo(error(text));
  }

  @Test
  void libraries_and_functions_have_names_of_their_own() throws IOException {
    load(SET);
    assertThat(load(SET)).isEqualTo(error("ERR Library 'lib' already exists"));
    assertThat(client.ask("FUNCTION", "LOAD", "#!lua name=other\n" + SET))
        .isEqualTo(error("ERR Function put already exists"));
    assertThat(client.ask("FUNCTION", "LOAD", "REPLACE", "#!lua name=lib\n" + SET))
        .isEqualTo("lib");
    assertThat(client.ask("FUNCTION", "DELETE", "other")).isEqualTo(error("ERR Library not found"));
    assertThat(client.ask("FUNCTION", "DELETE", "lib")).isEqualTo("OK");
    assertThat(client.ask("FCALL", "look", "1", "k")).isEqualTo(error("ERR Function not found"));
  }

  @Test
  void libraries_are_listed() throws IOException {
    load(SET);
    List<?> functions =
        List.of(
            List.of("name", "put", "description", "d", "flags", List.of()),
            Arrays.asList("name", "look", "description", null, "flags", List.of("no-writes")));
    assertThat(client.ask("FUNCTION", "LIST", "LIBRARYNAME", "L*", "WITHCODE"))
        .isEqualTo(
            List.of(
                List.of(
                    "library_name",
                    "lib",
                    "engine",
                    "LUA",
                    "functions",
                    functions,
                    "library_code",
                    "#!lua name=lib\n" + SET)));
    assertThat(client.ask("FUNCTION", "LIST", "LIBRARYNAME", "x*")).isEqualTo(List.of());
    assertThat(client.ask("FUNCTION", "STATS"))
        .isEqualTo(
            Arrays.asList(
                "running_script",
                null,
                "engines",
                List.of("LUA", List.of("libraries_count", 1L, "functions_count", 2L))));
  }

  @Test
  void libraries_are_dumped_and_restored() throws IOException {
    load(SET);
    String dump = (String) client.ask("FUNCTION", "DUMP");
    assertThat(restored(dump)).isEqualTo(error("ERR Library lib already exists"));
    client.ask("FUNCTION", "FLUSH");
    assertThat(restored(dump)).isEqualTo("OK");
    assertThat(client.ask("FCALL", "put", "1", "k", "v")).isEqualTo("OK");
    assertThat(restored("bad")).isEqualTo(error("ERR DUMP payload version or checksum are wrong"));
    assertThat(client.ask("FUNCTION", "RESTORE", "bad", "X"))
        .isEqualTo(
            error(
                "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE."));
  }

  private @Nullable Object restored(String dump) throws IOException {
    String command =
        "*3\r\n$8\r\nFUNCTION\r\n$7\r\nRESTORE\r\n$%d\r\n%s\r\n".formatted(dump.length(), dump);
    return client.sendRaw(command.getBytes(StandardCharsets.ISO_8859_1)).reply();
  }

  @Test
  void the_variables_of_a_library_begin_anew_at_each_call() throws IOException {
    load("local n=0 redis.register_function('count',function() n=n+1 return n end)");
    assertThat(client.ask("FCALL", "count", "0")).isEqualTo(1L);
    assertThat(client.ask("FCALL", "count", "0")).isEqualTo(1L);
  }

  @Test
  void errors_of_a_function_say_where() throws IOException {
    load("redis.register_function('f',function() error('boom') end)");
    assertThat(client.ask("FCALL", "f", "0"))
        .isEqualTo(error("ERR user_function:2: boom script: f, on @user_function:2."));
  }

  @Test
  void a_function_that_runs_is_told_and_stopped() throws Exception {
    client.ask("CONFIG", "SET", "script-time-limit", "0");
    load(
        "redis.register_function('loop',function(k) redis.call('set',k[1],1)"
            + " redis.log(redis.LOG_WARNING,'started') while true do end end)");
    try (var log = new LogLines();
        RespPeer other = RespPeer.of(kv)) {
      client.send("FCALL", "loop", "1", "k");
      assertThat(log.next("started")).isEqualTo("started");
      assertThat(other.ask("SCRIPT", "KILL"))
          .isEqualTo(error("NOTBUSY No scripts in execution right now."));
      List<?> running = (List<?>) ((List<?>) other.ask("FUNCTION", "STATS")).get(1);
      assertThat(running.subList(0, 4))
          .isEqualTo(List.of("name", "loop", "command", List.of("FCALL", "loop", "1", "k")));
      assertThat(other.ask("FUNCTION", "KILL")).isEqualTo("OK");
      assertThat(client.reply()).isInstanceOf(Failure.class);
      assertThat(other.ask("EXISTS", "k")).isEqualTo(0L);
    }
  }
}
