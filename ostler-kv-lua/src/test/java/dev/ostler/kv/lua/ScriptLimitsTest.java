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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A script can be stopped at any time, and leaves nothing behind. */
@ExtendWith(OstlerExtension.class)
class ScriptLimitsTest {
  private static final String CHANGE = "redis.call('set',KEYS[1],'new') ";

  /** Endless, also where a script catches all it can. */
  private static final String ENDLESS = "while true do pcall(function() while true do end end) end";

  private final LogLines log = new LogLines();
  private Kv kv;
  private RespPeer client;

  @BeforeEach
  void open() throws IOException {
    kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
    client = RespPeer.of(kv);
    client.ask("SET", "k", "old");
  }

  @AfterEach
  void close() throws IOException {
    log.close();
    client.close();
    kv.close();
  }

  private void setting(String name, String value) throws IOException {
    assertThat(client.ask("CONFIG", "SET", name, value)).isEqualTo("OK");
  }

  private String fails(String script) throws IOException {
    Object reply = client.ask("EVAL", script, "1", "k");
    assertThat(reply).isInstanceOf(Failure.class);
    assertThat(client.ask("GET", "k")).isEqualTo("old");
    return ((Failure) reply).text();
  }

  @Test
  void by_a_limit_of_time() throws IOException {
    setting("script-time-limit", "20");
    assertThat(fails(CHANGE + ENDLESS))
        .isEqualTo(
            "ERR Script stopped: it ran for more than 20 milliseconds, "
                + "and what it had done is undone");
  }

  @Test
  void by_a_limit_of_instructions() throws IOException {
    setting("script-time-limit", "0");
    setting("script-instruction-limit", "100000");
    assertThat(fails(CHANGE + ENDLESS))
        .isEqualTo(
            "ERR Script stopped: it ran more than 100000 instructions, "
                + "and what it had done is undone");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "local t={} while true do t[#t+1]={} end",
        "local t={} while true do t[#t+1]='x'..#t end",
        "local t={} while true do t[{}]=1 end",
        "local s='x' while true do s=s..s end",
        "return string.rep('x',2^31-1)",
        "return ('x'):rep(1000):rep(1000000)",
        "local s=('x'):rep(1000000) return (s:gsub('x',s))",
        "local t={} for i=1,100 do t[i]=('x'):rep(1000000) end return table.concat(t)",
        "local f=function() end while true do local g=f f=function() return g end end",
        "local t={} while true do t[#t+1]=coroutine.create(function() end) end",
        "local s=('x'):rep(1000000) local t={} for i=1,100 do t[i]=s end return t"
      })
  void by_a_limit_of_memory(String script) throws IOException {
    setting("script-time-limit", "0");
    setting("script-memory-limit", "4mb");
    assertThat(fails(CHANGE + script))
        .isEqualTo(
            "ERR Script stopped: it needs more than 4194304 bytes of memory, "
                + "and what it had done is undone");
  }

  @Test
  void but_what_it_has_dropped_is_no_memory() throws IOException {
    setting("script-memory-limit", "4mb");
    assertThat(client.ask("EVAL", "for i=1,1000 do local s=('x'):rep(100000) end return 'ok'", "0"))
        .isEqualTo("ok");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", CHANGE})
  void by_SCRIPT_KILL_also_after_it_has_written(String change) throws Exception {
    setting("script-time-limit", "0");
    try (RespPeer other = RespPeer.of(kv)) {
      assertThat(other.ask("SCRIPT", "KILL"))
          .isEqualTo(new Failure("NOTBUSY No scripts in execution right now."));
      client.send("EVAL", change + "redis.log(redis.LOG_WARNING,'started') " + ENDLESS, "1", "k");
      assertThat(log.next("started")).isEqualTo("started");
      assertThat(other.ask("PING")).isEqualTo("PONG"); // others are answered meanwhile
      assertThat(other.ask("SCRIPT", "KILL")).isEqualTo("OK");
      assertThat(client.reply())
          .isEqualTo(
              new Failure(
                  "ERR Script killed by user with SCRIPT KILL, and what it had done is undone"));
      assertThat(other.ask("GET", "k")).isEqualTo("old");
    }
  }

  @Test
  void by_the_end_of_the_store() throws Exception {
    setting("script-time-limit", "0");
    client.send("EVAL", "redis.log(redis.LOG_WARNING,'started') " + ENDLESS, "1", "k");
    assertThat(log.next("started")).isEqualTo("started");
    kv.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "local function f() return f()+1 end f()",
        "local function f() return pcall(f) end return f() and error('x')",
        "local t=setmetatable({},{}) getmetatable(t).__index=function(t,k) return t[k] end return t.x",
        "return loadstring('return '..('('):rep(100000))()",
        "return loadstring('return '..('{'):rep(100000))()",
        "local s=('a.-'):rep(1000) return s:find(s)",
        "local f=error for i=1,1000 do local g=f f=coroutine.wrap(function() g('x') end) end f()"
      })
  void also_by_calls_and_texts_that_are_too_deep(String script) throws IOException {
    assertThat(fails(CHANGE + script)).startsWith("ERR ");
    assertThat(client.ask("EVAL", "return 1", "0")).isEqualTo(1L);
  }
}
