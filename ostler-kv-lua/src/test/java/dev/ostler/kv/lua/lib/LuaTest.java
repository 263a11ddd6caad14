package dev.ostler.kv.lua.lib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.lua.vm.Lua;
import dev.ostler.kv.lua.vm.LuaError;
import dev.ostler.kv.lua.vm.Meter;
import dev.ostler.kv.lua.vm.Stopped;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The language and its libraries. What scripts return is what Redis 8.0.2 returned for them. */
class LuaTest {
  private static final String BETWEEN = "\n---\n";
  private static final String ANSWER = "\n=>\n";

  static Stream<Arguments> answers() throws IOException {
    try (InputStream in = LuaTest.class.getResourceAsStream("redis8-answers.txt")) {
      byte[] bytes = Objects.requireNonNull(in).readAllBytes();
      String all = new String(bytes, StandardCharsets.ISO_8859_1);
      return Arrays.stream(all.substring(0, all.length() - 1).split(BETWEEN, -1))
          .map(each -> Arguments.of((Object[]) each.split(ANSWER, 2)));
    }
  }

  private static Lua machine() {
    var meter = new Meter();
    meter.begin(100_000_000, 0, 64 << 20, () -> false);
    var lua = new Lua(meter);
    var libraries = new Libraries(lua);
    libraries.protect();
    return lua;
  }

  /** What a script returns, as text; or its error. */
  private static String run(String script) {
    Lua lua = machine();
    try {
      return lua.toText(Lua.first(lua.call(lua.load("user_script", script))));
    } catch (LuaError e) {
      return "ERR " + lua.toText(e.value());
    }
  }

  @ParameterizedTest
  @MethodSource("answers")
  void answers_as_in_Redis_8(String script, String answer) {
    assertThat(run(script)).isEqualTo(answer);
  }

  @Test
  void random_numbers_are_the_same_after_the_same_seed() {
    assertThat(run("math.randomseed(0) return tostring(math.random())"))
        .isEqualTo("0.17082803611217");
  }

  @Test
  void a_tail_call_takes_no_room() {
    assertThat(
            run(
                "local function f(n) if n==0 then return 'end' end return f(n-1) end return f(1e5)"))
        .isEqualTo("end");
  }

  @Test
  void a_table_is_traversed_in_the_order_of_its_keys_first_use_also_while_they_are_removed() {
    assertThat(
            run(
                "local t={} for i=1,100 do t['k'..i]=i end local s='' "
                    + "for k,v in pairs(t) do t[k]=nil if v%10==0 then s=s..v..' ' end end "
                    + "return s..tostring(next(t))"))
        .isEqualTo("10 20 30 40 50 60 70 80 90 100 nil");
  }

  @Test
  void a_list_that_is_filled_from_its_end_is_a_list() {
    assertThat(
            run(
                "local t={} for i=1000,1,-1 do t[i]=i end local n=0 "
                    + "for i,v in ipairs(t) do n=n+v end return #t..' '..n"))
        .isEqualTo("1000 500500");
  }

  @Test
  void coroutines_in_each_other_are_as_deep_as_calls_from_Java() {
    assertThat(
            run(
                "local function f(n) if n==0 then return 'deep' end "
                    + "return coroutine.wrap(function() return f(n-1) end)() end return f(150)"))
        .isEqualTo("deep");
  }

  @Test
  void memory_is_counted_as_it_is_reachable() {
    Lua lua = machine();
    lua.meter().begin(0, 0, 1 << 20, () -> false);
    var script = "local t={} for i=1,200 do t[i%2]=('x'):rep(100000) end return #t[0]";
    assertThat(lua.call(lua.load("s", script))).containsExactly(100_000.0);
    assertThat(lua.meter().reachable()).isLessThan(100_000);
  }

  @Test
  void nothing_that_a_script_may_catch_stops_it() {
    Lua lua = machine();
    lua.meter().begin(10_000, 0, 0, () -> false);
    assertThatThrownBy(() -> lua.call(lua.load("s", "while true do pcall(error) end")))
        .isInstanceOf(Stopped.class);
  }
}
