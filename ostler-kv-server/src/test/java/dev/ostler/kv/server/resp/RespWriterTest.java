package dev.ostler.kv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.bytes.Seeds;
import dev.ostler.kv.server.RespReader;
import dev.ostler.kv.server.args.CommandError;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Replies as bytes: they are read back, or compared with Redis's. */
class RespWriterTest {
  private static String written(int protocol, Consumer<RespWriter> writing) {
    var out = new RespWriter(protocol);
    writing.accept(out);
    return new String(out.toBytes(), StandardCharsets.ISO_8859_1);
  }

  private static @Nullable Object read(RespWriter out) throws IOException {
    var in = new ByteArrayInputStream(out.toBytes());
    Object reply = new RespReader(in).next();
    assertThat(in.available()).isZero();
    return reply;
  }

  @Nested
  class What_was_written_is_read {
    static LongStream seeds() {
      return Seeds.some(200);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void in_protocol_2_and_3(long seed) throws IOException {
      for (int protocol = 2; protocol <= 3; protocol++) {
        var out = new RespWriter(protocol);
        Object expected = write(out, new Random(seed), 4);
        assertThat(read(out)).isEqualTo(expected);
      }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void whatever_was_taken_back_before(long seed) throws IOException {
      var random = new Random(seed);
      var out = new RespWriter(3);
      var expected = new ArrayList<@Nullable Object>();
      out.array(20);
      while (expected.size() < 20) {
        int mark = out.length();
        Object reply = write(out, random, 2);
        if (random.nextBoolean()) {
          out.truncate(mark);
        } else {
          expected.add(reply);
        }
      }
      assertThat(read(out)).isEqualTo(expected);
    }

    /** Writes something random, and returns what must be read back. */
    private static @Nullable Object write(RespWriter out, Random random, int depth) {
      return depth == 0 || random.nextInt(3) == 0
          ? scalar(out, random)
          : aggregate(out, random, depth - 1);
    }

    private static @Nullable Object scalar(RespWriter out, Random random) {
      boolean old = out.protocol() == 2;
      String text = text(random, 50);
      long number = random.nextLong() >> random.nextInt(64);
      return switch (random.nextInt(8)) {
        case 0 -> nothing(out, random);
        case 1 -> {
          out.simple(text.replaceAll("[\r\n]", ""));
          yield text.replaceAll("[\r\n]", "");
        }
        case 2 -> {
          out.error(text);
          yield new RespReader.Failure(text.replaceAll("[\r\n]+\\z", "").replaceAll("[\r\n]", " "));
        }
        case 3 -> {
          out.number(number);
          yield number;
        }
        case 4 -> {
          out.real(number + ".5");
          yield old ? number + ".5" : new RespReader.Real(number + ".5");
        }
        case 5 -> {
          out.bool(number > 0);
          yield old ? (Object) (number > 0 ? 1L : 0L) : (Object) (number > 0);
        }
        case 6 -> {
          out.verbatim(text);
          yield old ? text : new RespReader.Verbatim("txt", text);
        }
        default -> {
          String large = random.nextInt(10) == 0 ? text(random, 10_000) : text;
          out.bulk(large);
          yield large;
        }
      };
    }

    private static @Nullable Object nothing(RespWriter out, Random random) {
      switch (random.nextInt(3)) {
        case 0 -> out.nil();
        case 1 -> out.nilArray();
        default -> out.bulk(null);
      }
      return null;
    }

    private static Object aggregate(RespWriter out, Random random, int depth) {
      boolean old = out.protocol() == 2;
      int count = random.nextInt(6);
      return switch (random.nextInt(4)) {
        case 0 -> {
          out.map(count);
          List<@Nullable Object> flat = elements(out, random, 2 * count, depth);
          yield old ? flat : map(flat);
        }
        case 1 -> {
          out.set(count);
          List<@Nullable Object> flat = elements(out, random, count, depth);
          yield old ? flat : (Set<?>) new LinkedHashSet<>(flat);
        }
        case 2 -> {
          out.push(count);
          List<@Nullable Object> flat = elements(out, random, count, depth);
          yield old ? flat : new RespReader.Push(flat);
        }
        default -> {
          out.array(count);
          yield elements(out, random, count, depth);
        }
      };
    }

    private static List<@Nullable Object> elements(
        RespWriter out, Random random, int count, int depth) {
      var elements = new ArrayList<@Nullable Object>();
      for (int i = 0; i < count; i++) {
        elements.add(write(out, random, depth));
      }
      return elements;
    }

    private static Map<@Nullable Object, @Nullable Object> map(List<@Nullable Object> flat) {
      var map = new LinkedHashMap<@Nullable Object, @Nullable Object>();
      for (int i = 0; i < flat.size(); i += 2) {
        map.put(flat.get(i), flat.get(i + 1));
      }
      return map;
    }

    private static String text(Random random, int most) {
      var text = new StringBuilder();
      random.ints(random.nextInt(most), 0, 256).forEach(c -> text.append((char) c));
      return text.toString();
    }
  }

  @Nested
  class Numbers {
    @ParameterizedTest
    @ValueSource(
        longs = {
          0,
          9,
          10,
          99,
          100,
          -1,
          -9,
          -10,
          Long.MAX_VALUE,
          Long.MIN_VALUE,
          1_000_000_000_000L
        })
    void are_in_decimal(long value) {
      assertThat(written(2, out -> out.number(value))).isEqualTo(":" + value + "\r\n");
    }
  }

  @Nested
  class Types {
    @ParameterizedTest
    @CsvSource({"2, $-1", "3, _"})
    void nil(int protocol, String expected) {
      assertThat(written(protocol, RespWriter::nil)).isEqualTo(expected + "\r\n");
      assertThat(written(protocol, out -> out.bulk(null))).isEqualTo(expected + "\r\n");
    }

    @ParameterizedTest
    @CsvSource({"2, *-1", "3, _"})
    void nil_where_an_array_could_be(int protocol, String expected) {
      assertThat(written(protocol, RespWriter::nilArray)).isEqualTo(expected + "\r\n");
    }

    @ParameterizedTest
    @CsvSource({"2, *4, *2, *2", "3, %2, ~2, >2"})
    void maps_sets_and_pushes(int protocol, String map, String set, String push) {
      assertThat(written(protocol, out -> out.map(2))).isEqualTo(map + "\r\n");
      assertThat(written(protocol, out -> out.set(2))).isEqualTo(set + "\r\n");
      assertThat(written(protocol, out -> out.push(2))).isEqualTo(push + "\r\n");
    }

    @Test
    void of_protocol_3_are_plainer_in_protocol_2() {
      assertThat(written(2, out -> out.real("1.5"))).isEqualTo("$3\r\n1.5\r\n");
      assertThat(written(3, out -> out.real("1.5"))).isEqualTo(",1.5\r\n");
      assertThat(written(2, out -> out.bool(true))).isEqualTo(":1\r\n");
      assertThat(written(3, out -> out.bool(true))).isEqualTo("#t\r\n");
      assertThat(written(2, out -> out.verbatim("a\nb"))).isEqualTo("$3\r\na\nb\r\n");
      assertThat(written(3, out -> out.verbatim("a\nb"))).isEqualTo("=7\r\ntxt:a\nb\r\n");
    }

    @Test
    void errors_have_no_line_breaks() {
      assertThat(written(2, out -> out.error("ERR a\r\nb"))).isEqualTo("-ERR a  b\r\n");
    }
  }

  @Nested
  class An_error {
    @Test
    void is_cut_if_it_is_long() {
      assertThat(written(2, out -> out.error("ERR " + "x".repeat(996))))
          .isEqualTo("-ERR " + "x".repeat(996) + "\r\n");
      assertThat(written(2, out -> out.error("ERR " + "x".repeat(997))))
          .isEqualTo("-ERR " + "x".repeat(996) + "...\r\n");
    }

    @Test
    void is_written_although_clients_take_all_memory_they_may() {
      var out = new RespWriter(2);
      out.begin(2, new ClientMemory(8).new Share());
      out.bulk("x".repeat(200_000));
      int mark = out.length();
      assertThatThrownBy(() -> out.bulk("y")).isInstanceOf(CommandError.class);

      out.truncate(mark);
      out.error("ERR no");
      assertThat(out.toBytes()).asString().endsWith("x\r\n-ERR no\r\n");
    }
  }

  @Nested
  class Its_array {
    @Test
    void is_forgotten_when_it_has_grown_too_large() {
      var out = new RespWriter(2);
      out.bulk("x".repeat(100_000));

      out.clear(1000);

      assertThat(out.length()).isZero();
      assertThat(out.array()).isEmpty();
    }

    @Test
    void is_kept_else() {
      var out = new RespWriter(2);
      out.ok();
      byte[] array = out.array();

      out.clear(array.length);
      out.ok();

      assertThat(out.array()).isSameAs(array);
      assertThat(out.toBytes()).asString().isEqualTo("+OK\r\n");
    }
  }
}
