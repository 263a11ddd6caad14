package dev.ostler.kv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.bucket.BucketTable;
import dev.ostler.kv.bucket.Store;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is looked at before it is run, and when it is not worth it. */
class LookAheadTest {
  private static final String GET = "*2\r\n$3\r\nGET\r\n$4\r\nk%03d\r\n";
  private static final String SET = "*3\r\n$3\r\nSET\r\n$4\r\nk%03d\r\n$2\r\nno\r\n";
  private static final String ABSENT = "*2\r\n$3\r\nGET\r\n$9\r\nabsent%03d\r\n";
  private static final String PING = "*1\r\n$4\r\nPING\r\n";

  private static final Kv LARGE = Kv.open(KvConfig.inMemory());
  private static final BucketTable TABLE = Store.of(LARGE).keyspace().table();

  private final LookAhead ahead = new LookAhead();
  private final RespParser parser = new RespParser();

  @BeforeAll
  static void fill() {
    for (int i = 0; i < LookAhead.LEAST_PROCESSES; i++) {
      LARGE.create("k%03d".formatted(i));
    }
  }

  @AfterAll
  static void close() {
    LARGE.close();
  }

  private int looksAt(String commands) {
    byte[] bytes = commands.getBytes(StandardCharsets.ISO_8859_1);
    parser.lend(new byte[bytes.length + 10]);
    System.arraycopy(bytes, 0, parser.buffer(), parser.end(), bytes.length);
    parser.filled(bytes.length);
    return ahead.touch(parser, TABLE);
  }

  private static String many(int count, String command) {
    var all = new StringBuilder();
    for (int i = 0; i < count; i++) {
      all.append(command.formatted(i));
    }
    return all.toString();
  }

  @Test
  void all_whole_commands_are_looked_at() {
    assertThat(looksAt(many(60, GET))).isEqualTo(60);
  }

  @Test
  void at_most_64_names_are_looked_at_together() {
    assertThat(looksAt(many(100, SET))).isEqualTo(LookAhead.MOST);
  }

  @Test
  void a_command_that_has_not_arrived_is_not() {
    String commands = many(60, SET);

    assertThat(looksAt(commands.substring(0, commands.length() - 1))).isEqualTo(59);
  }

  @Test
  void a_command_without_a_name_is_passed_over() {
    assertThat(looksAt(PING + many(60, GET) + PING)).isEqualTo(62);
  }

  @Test
  void it_ends_at_a_line_that_is_no_array() {
    assertThat(looksAt(many(60, GET) + "GET k001\r\n" + many(60, GET))).isEqualTo(60);
  }

  @Test
  void names_without_buckets_are_not_worth_the_next_look() {
    assertThat(looksAt(many(60, ABSENT))).isEqualTo(LookAhead.FAR);
  }

  @Test
  void few_commands_are_not_worth_it() {
    assertThat(looksAt(many(2, GET))).isEqualTo(LookAhead.FAR);
  }

  @Test
  void a_small_store_is_not_worth_it() {
    try (Kv small = Kv.open(KvConfig.inMemory())) {
      looksAt(many(60, GET));

      assertThat(ahead.touch(parser, Store.of(small).keyspace().table())).isEqualTo(LookAhead.FAR);
    }
  }

  @Test
  void it_changes_nothing() {
    LARGE.create("k001").put("key", "value");

    looksAt(many(60, SET));

    assertThat(LARGE.create("k001").get("key")).contains("value");
    assertThat(parser.waiting()).isEqualTo(many(60, SET).length());
  }

  @Test
  void bytes_that_are_no_commands_do_no_harm() {
    var random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      var mangled = new StringBuilder(many(60, SET));
      for (int j = random.nextInt(1, 5); j > 0; j--) {
        mangled.setCharAt(
            random.nextInt(mangled.length()), "*$0123456789\r\n-x".charAt(random.nextInt(16)));
      }
      var fresh = new LookAheadTest();
      assertThat(fresh.looksAt(mangled.toString())).isBetween(1, LookAhead.FAR);
    }
  }
}
