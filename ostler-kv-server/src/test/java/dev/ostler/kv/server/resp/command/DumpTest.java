package dev.ostler.kv.server.resp.command;

import static dev.ostler.kv.server.resp.command.Commands.error;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Change;
import dev.ostler.kv.Limits;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.bucket.Operation;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.bytes.Seeds;
import dev.ostler.kv.server.TimedStore;
import dev.ostler.kv.server.args.CommandError;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A bucket as bytes, and back. */
@ExtendWith(OstlerExtension.class)
class DumpTest {
  private static final String CHECKSUM = "ERR DUMP payload version or checksum are wrong";
  private static final String FORMAT = "ERR Bad data format";

  private static Entries entries(List<Change> changes) {
    var entries = new Entries("a", Environment.of(Limits.DEFAULT));
    changes.forEach(entries::apply);
    return entries;
  }

  private static String bytes(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    return Bytes.of(bytes, 0, bytes.length);
  }

  /** A dump with this content and a correct checksum. */
  private static String sealed(String content) {
    String all = content + "\12\0";
    long crc = Crc64.of(all, all.length());
    var dump = new StringBuilder(all);
    for (int i = 0; i < 8; i++) {
      dump.append((char) (crc >>> 8 * i & 0xff));
    }
    return dump.toString();
  }

  @Nested
  class A_dump {
    static LongStream seeds() {
      return Seeds.some(20);
    }

    private static String word(Random random, int most) {
      var word = new StringBuilder();
      for (int length = random.nextInt(most); length > 0; length--) {
        word.append((char) random.nextInt(256));
      }
      return word.toString();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void holds_all_there_was(long seed) {
      var random = new Random(seed);
      var changes = new ArrayList<Change>();
      for (int fields = random.nextInt(200); fields > 0; fields--) {
        String field = fields + word(random, 80);
        changes.add(new Change.Put(field, word(random, random.nextInt(20) == 0 ? 20_000 : 70)));
        if (random.nextInt(10) == 0 && seed % 2 == 0) {
          changes.add(new Change.KeyDeadline(field, 1 + random.nextLong(1L << 46)));
        }
      }
      if (changes.isEmpty()) {
        changes.add(
            random.nextBoolean() ? new Change.Kept() : new Change.Text(word(random, 70_000)));
      }

      Entries before = entries(changes);
      Entries after = entries(DumpReader.read(DumpWriter.of(before)));
      assertThat(new Operation.All().on(after)).isEqualTo(new Operation.All().on(before));
      assertThat(after.text()).isEqualTo(before.text());
      assertThat(after.kind()).isEqualTo(before.kind());
      assertThat(after.deadlines()).isEqualTo(before.deadlines());
      before.forEach(
          (field, value) -> assertThat(after.deadline(field)).isEqualTo(before.deadline(field)));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void is_refused_however_it_is_changed(long seed) {
      var random = new Random(seed);
      String dump =
          DumpWriter.of(entries(List.of(new Change.Put("f", "1"), new Change.Put("g", "2"))));
      for (int i = 0; i < 100; i++) {
        var changed = new StringBuilder(dump);
        int at = random.nextInt(dump.length());
        changed.setCharAt(at, (char) (dump.charAt(at) ^ 1 << random.nextInt(8)));
        assertThatThrownBy(() -> DumpReader.read(changed.toString())).hasMessage(CHECKSUM);
        assertThatThrownBy(() -> DumpReader.read(dump.substring(0, at))).hasMessage(CHECKSUM);
      }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void may_send_anything_and_does_no_harm(long seed) {
      var random = new Random(seed);
      for (int i = 0; i < 2000; i++) {
        char type = (char) List.of(0, 4, 16, 24, 9).get(random.nextInt(5)).intValue();
        String content = type + word(random, 60);
        try {
          assertThat(DumpReader.read(sealed(content))).isNotEmpty();
        } catch (CommandError e) {
          assertThat(e.text()).isEqualTo(FORMAT);
        }
      }
    }
  }

  /** Dumps from a redis-server 7.0.15. */
  @Nested
  class A_dump_of_redis {
    @ParameterizedTest
    @CsvSource({
      "text, 0004746578740a007cf3266dcab5a531",
      "-5, 00c0fb0a0049c4c6f4d7263f68",
      "-30000, 00c1d08a0a00d57cb019a3f85d10",
      "2000000000, 00c2009435770a00421228d8e073c087",
      "9223372036854775807, 0013393232333337323033363835343737353830370a003a657e9481e85f22",
    })
    void is_a_value(String value, String hex) {
      assertThat(DumpReader.read(bytes(hex))).containsExactly(new Change.Text(value));
    }

    @Test
    void is_a_long_value_in_short() {
      assertThat(
              DumpReader.read(
                  bytes("00c31040fa0361626361e089020078e058000178780a00940af20e82641bb9")))
          .containsExactly(new Change.Text("abc".repeat(50) + "x".repeat(100)));
    }

    @Test
    void is_a_small_hash() {
      assertThat(
              DumpReader.read(
                  bytes(
                      "10c33e407b1f7b0000000c0081660284746578740507017f01d00002f1008003f2ffff7f04f3201e038005f4ff80000c7f098001846c6f6e6705e04078e036000142ff0a00dd3311925b19b965")))
          .containsExactly(
              new Change.Put("f", "text"),
              new Change.Put("7", "127"),
              new Change.Put("-4096", "-32768"),
              new Change.Put("8388607", "-2147483648"),
              new Change.Put("9223372036854775807", ""),
              new Change.Put("long", "x".repeat(64)));
    }

    @Test
    void is_a_large_hash() {
      assertThat(DumpReader.read(bytes("04010166c3094046017878e039000178780a003e6c955f2e52e7c1")))
          .containsExactly(new Change.Put("f", "x".repeat(70)));
    }

    @Test
    void is_none_of_ours_if_it_is_a_list() {
      assertThatThrownBy(
              () -> DumpReader.read(bytes("1201020a0a0000000100816102ff0a0009b9edf594ded995")))
          .hasMessage(FORMAT);
    }
  }

  @Nested
  class Restore {
    @Test
    void gives_a_key_what_was_dumped() throws IOException {
      try (var store = new TimedStore()) {
        store.does("HSET a f 1 g 2");
        store.does("HPEXPIRE a 5000 FIELDS 1 g");
        store.does("PEXPIRE a 9000");
        String dump = (String) store.does("DUMP a");
        store.does("SET s text");
        String text = (String) store.does("DUMP s");
        assertThat(store.does("DUMP x")).isNull();
        store.events();

        assertThat(raw(store, "RESTORE", "b", "0", dump)).isEqualTo("OK");
        assertThat(store.does("HGETALL b")).isEqualTo(List.of("f", "1", "g", "2"));
        assertThat(store.does("HPTTL b FIELDS 2 f g")).isEqualTo(List.of(-1L, 5000L));
        assertThat(store.does("PTTL b")).isEqualTo(-1L);
        assertThat(raw(store, "RESTORE", "b", "0", text))
            .isEqualTo(error("BUSYKEY Target key name already exists."));
        assertThat(raw(store, "RESTORE", "b", "77", text, "replace")).isEqualTo("OK");
        assertThat(store.does("GET b")).isEqualTo("text");
        assertThat(store.does("PTTL b")).isEqualTo(77L);
        assertThat(store.events())
            .containsExactly("n new b", "g restore b", "n new b", "g restore b");
      }
    }

    @Test
    void leaves_nothing_if_the_moment_has_passed() throws IOException {
      try (var store = new TimedStore()) {
        store.does("SET a text");
        String dump = (String) store.does("DUMP a");

        assertThat(raw(store, "RESTORE", "b", "1", dump, "ABSTTL")).isEqualTo("OK");
        assertThat(raw(store, "RESTORE", "a", "1", dump, "ABSTTL", "REPLACE")).isEqualTo("OK");
        assertThat(store.does("EXISTS a b")).isEqualTo(0L);
        assertThat(raw(store, "RESTORE", "a", "1800000000000", dump, "ABSTTL")).isEqualTo("OK");
        assertThat(store.does("PEXPIRETIME a")).isEqualTo(1_800_000_000_000L);
      }
    }

    @Test
    void refuses_wrong_arguments() throws IOException {
      try (var store = new TimedStore()) {
        store.does("SET a text");
        String dump = (String) store.does("DUMP a");

        assertThat(raw(store, "RESTORE", "b", "-1", dump))
            .isEqualTo(error("ERR Invalid TTL value, must be >= 0"));
        assertThat(raw(store, "RESTORE", "b", "x", dump))
            .isEqualTo(error(CommandError.NOT_INTEGER));
        assertThat(raw(store, "RESTORE", "b", "0", dump, "x"))
            .isEqualTo(error(CommandError.SYNTAX));
        assertThat(raw(store, "RESTORE", "b", "0", dump, "IDLETIME", "-1"))
            .isEqualTo(error("ERR Invalid IDLETIME value, must be >= 0"));
        assertThat(raw(store, "RESTORE", "b", "0", dump, "FREQ", "256"))
            .isEqualTo(error("ERR Invalid FREQ value, must be >= 0 and <= 255"));
        assertThat(raw(store, "RESTORE", "b", "0", "x")).isEqualTo(error(CHECKSUM));
        assertThat(store.does("EXISTS b")).isEqualTo(0L);
      }
    }

    /** A command whose arguments are byte strings. */
    private static Object raw(TimedStore store, String... words) throws IOException {
      var bytes = new StringBuilder("*" + words.length + "\r\n");
      for (String word : words) {
        bytes.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
      }
      byte[] all = new byte[bytes.length()];
      Bytes.copy(bytes.toString(), all, 0);
      return store.peer().sendRaw(all).reply();
    }
  }
}
