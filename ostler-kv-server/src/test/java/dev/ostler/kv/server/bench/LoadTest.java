package dev.ostler.kv.server.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.RespReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The requests of a load. */
class LoadTest {
  static Load load(String mix, String sizes) {
    return new Load(
        Mix.parse(mix), Sizes.parse(sizes), 100, KeyChoice.parse("uniform", 100), 5, "b:", 7);
  }

  private static Object parsed(RequestBuffer requests) throws IOException {
    byte[] bytes = requests.toString().getBytes(StandardCharsets.ISO_8859_1);
    return new RespReader(new ByteArrayInputStream(bytes)).next();
  }

  @ParameterizedTest
  @ValueSource(strings = {"get", "set", "del", "incr", "hget", "hset", "ping"})
  void each_command_is_one_of_RESP(String name) throws IOException {
    var requests = new RequestBuffer(load(name, "3"), new SplittableRandom(1));
    Kind kind = requests.add();

    var words = (List<?>) parsed(requests);
    String shown = Bytes.text(String.join(" ", words.stream().map(String::valueOf).toList()));
    assertThat(kind.text()).isEqualTo(name);
    assertThat(shown)
        .matches(
            switch (kind) {
              case GET -> "GET b:string:0{10}\\d\\d";
              case SET -> "SET b:string:0{10}\\d\\d [a-z]{3}";
              case DEL -> "DEL b:string:0{10}\\d\\d";
              case INCR -> "INCR b:counter:0{10}\\d\\d";
              case HGET -> "HGET b:hash:0{10}\\d\\d field:0{11}[0-4]";
              case HSET -> "HSET b:hash:0{10}\\d\\d field:0{11}[0-4] [a-z]{3}";
              case PING -> "PING";
            });
  }

  @Test
  void commands_come_as_often_as_their_weights_say() {
    var mix = Mix.parse("get=70,set=20,incr=10");
    var random = new SplittableRandom(1);
    var counts = new EnumMap<Kind, Integer>(Kind.class);
    for (int i = 0; i < 100_000; i++) {
      counts.merge(mix.next(random), 1, Integer::sum);
    }

    assertThat(counts).containsOnlyKeys(Kind.GET, Kind.SET, Kind.INCR);
    assertThat(counts.get(Kind.GET)).isBetween(69_000, 71_000);
    assertThat(counts.get(Kind.SET)).isBetween(19_000, 21_000);
    assertThat(counts.get(Kind.INCR)).isBetween(9_500, 10_500);
  }

  @Test
  void values_have_sizes_in_the_range() {
    var random = new SplittableRandom(1);
    var seen = new boolean[21];
    for (int i = 0; i < 10_000; i++) {
      seen[Sizes.parse("10-20").next(random)] = true;
    }

    assertThat(seen).startsWith(new boolean[10]).endsWith(true, true, true, true, true);
    assertThat(seen[10]).isTrue();
    assertThat(Sizes.parse("0").next(random)).isZero();
  }

  @Test
  void equal_seeds_give_equal_requests_and_others_do_not() {
    assertThat(some(1)).isEqualTo(some(1)).isNotEqualTo(some(2));
  }

  private static String some(long seed) {
    var requests = new RequestBuffer(load("get,set,hset", "1-100"), new SplittableRandom(seed));
    for (int i = 0; i < 100; i++) {
      requests.add();
    }
    return requests.toString();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "get=", "get=0", "get=x", "lpush=1", "get,get", "get=1,,set=1", "get=1000001"})
  void what_is_no_mix_is_refused(String text) {
    assertThatThrownBy(() -> Mix.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("get, set, del, incr, hget, hset, ping")
        .hasMessageEndingWith("found '" + text + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "-1", "10-", "20-10", "16777217", "1.5"})
  void what_is_no_size_is_refused(String text) {
    assertThatThrownBy(() -> Sizes.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("expects a number of bytes, as 100, or a range, as 10-1000")
        .hasMessageEndingWith("found '" + text + "'");
  }
}
