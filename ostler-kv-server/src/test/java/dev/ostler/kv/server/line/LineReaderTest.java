package dev.ostler.kv.server.line;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Splitting bytes into lines, however the bytes arrive. -Dkv.seed runs one seed only. */
class LineReaderTest {

  static LongStream seeds() {
    Long replayed = Long.getLong("kv.seed");
    return replayed == null ? new Random().longs(100) : LongStream.of(replayed);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void finds_the_same_lines_however_the_bytes_are_cut(long seed) throws IOException {
    var random = new Random(seed);
    List<String> lines = random.ints(20, 0, 12_000).mapToObj(size -> text(random, size)).toList();
    String sent =
        lines.stream()
            .map(line -> line + (random.nextBoolean() ? "\n" : "\r\n"))
            .collect(Collectors.joining());

    assertThat(read(new Cut(sent, random))).isEqualTo(lines);
  }

  @Test
  void drops_a_half_line_at_the_end() throws IOException {
    assertThat(read(bytes("one\ntwo"))).containsExactly("one");
  }

  @Test
  void gives_empty_lines() throws IOException {
    assertThat(read(bytes("\n\r\n\n"))).containsExactly("", "", "");
  }

  @Test
  void takes_a_carriage_return_within_a_line_as_part_of_it() throws IOException {
    assertThat(read(bytes("one\rtwo\n"))).containsExactly("one\rtwo");
  }

  @Test
  void allows_for_64_KiB_whichever_way_the_line_ends() throws IOException {
    String longest = "x".repeat(64 * 1024);

    assertThat(read(bytes(longest + "\n" + longest + "\r\nmore\n")))
        .containsExactly(longest, longest, "more");
  }

  @Test
  void stops_at_one_byte_more_than_64_KiB() throws IOException {
    String tooLong = "x".repeat(64 * 1024 + 1);

    assertThat(read(bytes("one\n" + tooLong + "\ntwo\n"))).containsExactly("one", "<too long>");
    assertThat(read(bytes(tooLong))).containsExactly("<too long>");
    assertThat(read(bytes("x".repeat(64 * 1024) + "\rx\n"))).containsExactly("<too long>");
  }

  @Test
  void knows_that_a_line_is_too_long_before_it_ends() throws IOException {
    var reader = new LineReader();
    var endless =
        new InputStream() {
          private int given;

          @Override
          public int read() {
            throw new UnsupportedOperationException();
          }

          @Override
          public int read(byte[] buffer, int offset, int length) {
            given += length;
            assertThat(given).isLessThan(256 * 1024);
            return length;
          }
        };

    while (!reader.isTooLong()) {
      assertThat(reader.next()).isNull();
      if (!reader.isTooLong()) {
        reader.fill(endless);
      }
    }
  }

  private static List<String> read(InputStream in) throws IOException {
    var reader = new LineReader();
    var lines = new ArrayList<String>();
    do {
      for (byte[] line = reader.next(); line != null; line = reader.next()) {
        lines.add(new String(line, StandardCharsets.UTF_8));
      }
    } while (!reader.isTooLong() && reader.fill(in));
    if (reader.isTooLong()) {
      lines.add("<too long>");
    }
    return lines;
  }

  private static InputStream bytes(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(Random random, int size) {
    return random
        .ints(random.nextInt(4) == 0 ? size : size % 20, ' ', 0x800)
        .mapToObj(Character::toString)
        .collect(Collectors.joining());
  }

  /** Returns at most a few bytes at a time. */
  private static final class Cut extends ByteArrayInputStream {
    private final Random random;

    Cut(String text, Random random) {
      super(text.getBytes(StandardCharsets.UTF_8));
      this.random = random;
    }

    @Override
    public synchronized int read(byte[] buffer, int offset, int length) {
      int most = random.nextInt(10) == 0 ? 10_000 : 20;
      return super.read(buffer, offset, Math.min(length, 1 + random.nextInt(most)));
    }
  }
}
