package dev.ostler.kv.portable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.Limits;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.bytes.Seeds;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Buckets as lines of JSON, and back. */
class PortableTest {
  private static final Environment ENVIRONMENT = Environment.of(Limits.DEFAULT);

  private static Entries bucket(String name, Change... changes) {
    var bucket = new Entries(Bytes.of(name), ENVIRONMENT);
    bucket.load(new BucketStore.Stored(0, List.of())); // its changes are 1, 2, ...
    List.of(changes).forEach(bucket::apply);
    return bucket;
  }

  private static byte[] written(Entries... buckets) throws IOException {
    var out = new ByteArrayOutputStream();
    var writer = new PortableWriter(out);
    writer.begin();
    for (Entries bucket : buckets) {
      writer.bucket(bucket);
    }
    writer.end();
    return out.toByteArray();
  }

  private static String text(Entries... buckets) throws IOException {
    return new String(written(buckets), StandardCharsets.UTF_8);
  }

  private static List<Entries> read(byte[] bytes) throws IOException {
    var buckets = new ArrayList<Entries>();
    new PortableReader("FILE", new ByteArrayInputStream(bytes))
        .read(
            (name, stored) -> {
              var bucket = new Entries(name, ENVIRONMENT);
              bucket.load(stored);
              buckets.add(bucket);
            });
    return buckets;
  }

  private static List<Entries> read(String lines) throws IOException {
    return read(lines.getBytes(StandardCharsets.UTF_8));
  }

  /** An export with these lines as buckets, and an end that fits them. */
  private static String with(int keys, String... lines) {
    var all = new StringBuilder("{\"format\":\"ostler-kv export\",\"version\":1}\n");
    for (String line : lines) {
      all.append(line).append('\n');
    }
    var checksum = new CRC32C();
    checksum.update(all.toString().getBytes(StandardCharsets.UTF_8));
    all.append("{\"buckets\":%d,\"keys\":%d,".formatted(lines.length, keys));
    all.append("\"crc32c\":\"%s\"}\n".formatted(hex(checksum)));
    return all.toString();
  }

  private static String hex(CRC32C checksum) {
    return HexFormat.of().toHexDigits((int) checksum.getValue());
  }

  private static Change put(String key, String value) {
    return new Change.Put(key, value);
  }

  private static final Entries[] SOME = {
    bucket("shopping", put("milk", "1"), put("eggs", "12"), new Change.KeyDeadline("eggs", 99)),
    bucket("Zürich", new Change.Text(Bytes.of("8000 é \"\n\u0000")), new Change.Deadline(1234)),
    bucket("empty", new Change.Kept()),
    bucket(
        "binary",
        put("\u00ff\u00fe", "\u0080"),
        new Change.KeyDeadline("\u00ff\u00fe", 77),
        put("", ""),
        put(Bytes.of("schlüssel"), "\u00c3")),
  };

  @Nested
  class A_bucket {
    @Test
    void is_a_line_as_documented() throws IOException {
      assertThat(text(SOME[0]).lines().toList().get(1))
          .isEqualTo(
              "{\"name\":\"shopping\",\"seq\":3,\"kept\":false,"
                  + "\"keys\":{\"eggs\":\"12\",\"milk\":\"1\"},\"deadlines\":{\"eggs\":99}}");
      assertThat(text(SOME[2]).lines().toList().get(1))
          .isEqualTo("{\"name\":\"empty\",\"seq\":1,\"kept\":true,\"keys\":{}}");
    }

    @Test
    void has_base_64_where_there_is_no_text() throws IOException {
      assertThat(text(SOME[3]))
          .contains(
              "\"keys\":{\"\":\"\",\"schlüssel\":{\"base64\":\"ww==\"}}",
              "\"binaryKeys\":[{\"key\":{\"base64\":\"//4=\"},\"value\":{\"base64\":\"gA==\"},"
                  + "\"deadline\":77}]");
    }

    @Test
    void comes_back_with_its_number_of_changes() throws IOException {
      List<Entries> read = read(written(SOME));

      assertThat(text(read.toArray(Entries[]::new))).isEqualTo(text(SOME));
      assertThat(read).extracting(Entries::seq).containsExactly(3L, 2L, 1L, 4L);
      assertThat(read.get(1).text()).isEqualTo(Bytes.of("8000 é \"\n\u0000"));
      assertThat(read.get(3).get("\u00ff\u00fe")).isEqualTo("\u0080");
      assertThat(read.get(3).deadline("\u00ff\u00fe")).isEqualTo(77);
    }

    @Test
    void has_the_same_line_in_whatever_order_its_keys_came() throws IOException {
      assertThat(text(bucket("b", put("y", "2"), put("x", "1"))))
          .isEqualTo(text(bucket("b", put("x", "1"), put("y", "2"))));
    }

    @Test
    void has_as_many_keys_and_as_long_ones_as_it_likes() throws IOException {
      var large = bucket("large", put("k".repeat(200_000), "v".repeat(30_000_000)));
      for (int i = 0; i < 100_000; i++) {
        large.apply(put("key " + i, "value " + i));
      }

      assertThat(read(written(large)).getFirst().size()).isEqualTo(100_001);
    }

    static LongStream seeds() {
      return Seeds.some(100);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void comes_back_whatever_is_in_it(long seed) throws IOException {
      var random = new Random(seed);
      var bucket = new Entries(any(random), ENVIRONMENT);
      bucket.apply(new Change.Kept());
      for (int i = random.nextInt(20); i > 0; i--) {
        String key = any(random);
        bucket.apply(
            random.nextInt(10) == 0 ? new Change.Text(any(random)) : put(key, any(random)));
        if (random.nextBoolean() && bucket.get(key) != null) {
          bucket.apply(new Change.KeyDeadline(key, random.nextLong(1, Long.MAX_VALUE)));
        }
      }

      assertThat(text(read(written(bucket)).toArray(Entries[]::new))).isEqualTo(text(bucket));
    }

    private static String any(Random random) {
      byte[] bytes = new byte[random.nextInt(6)];
      random.nextBytes(bytes);
      return random.nextBoolean() ? Bytes.of(bytes, 0, bytes.length) : "t" + random.nextInt(9);
    }
  }

  @Nested
  class A_file {
    @Test
    void that_is_cut_anywhere_is_refused() throws IOException {
      byte[] whole = written(SOME);
      for (int length = 0; length < whole.length; length++) {
        byte[] cut = Arrays.copyOf(whole, length);
        assertThatThrownBy(() -> read(cut))
            .isInstanceOf(IOException.class)
            .hasMessageStartingWith("FILE");
      }
    }

    @Test
    void that_has_one_flipped_bit_is_refused() throws IOException {
      byte[] whole = written(SOME);
      for (int bit = 0; bit < 8 * whole.length; bit++) {
        byte[] flipped = whole.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
        int at = bit;
        assertThatThrownBy(() -> read(flipped))
            .as("bit %d of byte %d", at % 8, at / 8)
            .isInstanceOf(IOException.class)
            .hasMessageMatching("FILE(, line \\d+)?: expected .*, and found (?s:.*)");
      }
    }

    @Test
    void that_lost_a_line_is_refused() throws IOException {
      String whole = text(SOME);
      String second = whole.lines().toList().get(1);

      assertThatThrownBy(() -> read(whole.replace(second + "\n", "")))
          .hasMessage(
              "FILE, line 5: expected 4 buckets and 5 keys, as the line says, and found 3"
                  + " buckets and 3 keys before it");
    }

    @Test
    void that_goes_on_after_its_end_is_refused() throws IOException {
      assertThatThrownBy(() -> read(text() + text()))
          .hasMessage(
              "FILE, line 3: expected nothing after the line with the number of buckets, and found"
                  + " another line");
    }

    @Test
    void of_another_version_is_refused() {
      assertThatThrownBy(() -> read("{\"format\":\"ostler-kv export\",\"version\":2}\n"))
          .hasMessage("FILE, line 1: expected version 1, and found version 2");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "hello | line 1: expected JSON, and found at column 1: Unrecognized token 'hello'",
          "[] | line 1: expected an object in JSON, and found an array",
          "{} | line 1: expected an object with members, and found the end of the object",
          "{\"a\":1} | line 1: expected \"format\": \"ostler-kv export\"",
          "{\"format\":\"x\"} | at the beginning of an export, and found \"x\"",
        })
    void that_is_something_else_is_refused(String line, String message) {
      assertThatThrownBy(() -> read(line + "\n")).hasMessageContaining(message);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "{\"seq\":1} | a bucket, which begins with its \"name\", and found \"seq\"",
          "{\"name\":1} | expected the bucket's name, as text or as {\"base64\": \"...\"}, and found 1",
          "{\"name\":\"b\",\"size\":1} | deadlines or binaryKeys, and found \"size\"",
          "{\"name\":\"b\",\"seq\":1} | a bucket that is \"kept\", and found none of them",
          "{\"name\":\"b\",\"seq\":0,\"text\":\"\"} | a \"seq\" from 1 on",
          "{\"name\":\"b\",\"seq\":-1} | a whole number from 0 on as \"seq\", and found -1",
          "{\"name\":\"b\",\"seq\":1.5} | a whole number from 0 on as \"seq\", and found 1.5",
          "{\"name\":\"b\",\"seq\":99999999999999999999} | a whole number from 0 on",
          "{\"name\":\"b\",\"kept\":null} | true or false as \"kept\", and found null",
          "{\"name\":\"b\",\"seq\":2,\"text\":\"\",\"keys\":{}} | \"text\" and more in one bucket",
          "{\"name\":\"b\",\"seq\":9,\"keys\":{\"a\":\"\",\"a\":\"\"}} | each key once, and found \"a\" twice",
          "{\"name\":\"b\",\"seq\":9,\"keys\":{\"a\":\"\"},\"deadlines\":{\"b\":1}} | one of \"b\", no key",
          "{\"name\":{\"base64\":\"*\"}} | Illegal character '*'",
          "{\"name\":\"\\ud800\"} | expected text in Unicode, and found half a surrogate pair",
          "{\"name\":\"b\",\"seq\":1,\"text\":\"\"}, | line 2: expected",
          "{\"name\":\"b\",\"seq\":1,\"text\":\"\"} {} | the end of the line, and found an object",
        })
    void with_what_is_no_bucket_is_refused(String line, String message) {
      assertThatThrownBy(() -> read(with(0, line)))
          .hasMessageStartingWith("FILE, line 2: expected ")
          .hasMessageContaining(message);
    }

    @Test
    void may_have_its_members_in_another_order_and_blanks_between_them() throws IOException {
      String line =
          "{ \"name\": \"b\", \"deadlines\": {\"k\": 5}, \"keys\": {\"k\": \"v\"}, \"seq\": 2 }";

      assertThat(read(with(1, line)).getFirst().deadline("k")).isEqualTo(5);
    }
  }
}
