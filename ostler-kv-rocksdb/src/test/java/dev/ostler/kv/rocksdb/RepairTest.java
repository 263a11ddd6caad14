package dev.ostler.kv.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.BucketStore.Damaged;
import dev.ostler.kv.journal.StoreWriter;
import dev.ostler.kv.rocksdb.DamagedTables.Damage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What --repair keeps of a store of several tables, one of which is damaged. */
class RepairTest {
  private static final int TABLES = 3;

  /** Each table drops a bucket of each table before it. */
  private static final int DROPPED = TABLES * (TABLES - 1) / 2;

  private static final Pattern COUNTS =
      Pattern.compile(
          "(\\d+) buckets were saved, (\\d+) left out"
              + "(?:, and about (\\d+) more whose names cannot be read)?.*");

  @TempDir private static Path directory;
  private static DamagedTables store;

  @BeforeAll
  static void write() throws IOException {
    store = DamagedTables.of(directory.resolve("store"), TABLES);
    assertThat(store.tables()).hasSize(TABLES);
  }

  static Stream<Arguments> damages() {
    return Stream.of(Damage.values())
        .flatMap(
            damage ->
                Stream.iterate(0, table -> table < TABLES, table -> table + 1)
                    .map(table -> Arguments.of(damage, table)));
  }

  @ParameterizedTest(name = "{0} of table {1}")
  @MethodSource("damages")
  void keeps_every_bucket_that_is_known_to_be_whole_or_refuses_and_changes_nothing(
      Damage damage, int table) throws IOException {
    String name = store.tables().get(table);
    Path copy = store.copy(directory, name, damage);
    Set<String> readable = readable(copy);
    Set<String> known = store.known(directory, name, damage);
    Map<String, byte[]> before = CrashImage.read(copy);

    var reports = new ArrayList<String>();
    Map<String, String> kept;
    try (BucketStore repaired = new RocksEngine().open(copy, true, reports::add)) {
      kept = StoreWriter.all(repaired);
    } catch (Damaged e) {
      assertThat(known).isEmpty();
      assertThat(e).hasMessageContaining("no bucket can be read");
      assertThat(reports).anyMatch(said -> said.contains(name));
      assertThat(tables(CrashImage.read(copy))).isEqualTo(tables(before));
      return;
    }

    assertThat(store.content()).containsAllEntriesOf(kept);
    assertThat(kept.keySet()).containsAll(readable);
    assertThat(kept.keySet()).containsAll(known);
    if (damage.isOfRows()) { // a filter knows of more that they are whole
      assertThat(kept.size()).isGreaterThan(store.content().size() * 3 / 4);
    } else {
      assertThat(kept.keySet()).isEqualTo(known);
    }
    assertThat(reports).anyMatch(said -> said.contains(name));
    assertThat(reports.getLast()).contains("were moved to");
    assertThat(saidToBeLost(reports, kept.size()))
        .isBetween(lost(kept), lost(kept) + DROPPED); // whether one was dropped may not be known
    assertThat(CrashImage.open(copy, false)).isEqualTo(new CrashImage.Opened(kept, List.of()));
  }

  private static int lost(Map<String, String> kept) {
    return store.content().size() - kept.size();
  }

  /** How many buckets were left out by the report, those without names included. */
  private static int saidToBeLost(List<String> reports, int saved) {
    String said = reports.stream().filter(each -> each.contains(" saved, ")).findFirst().orElse("");
    Matcher counts = COUNTS.matcher(said);
    assertThat(counts.matches()).as(said).isTrue();
    assertThat(counts.group(1)).isEqualTo(String.valueOf(saved));
    String unnamed = counts.group(3);
    return Integer.parseInt(counts.group(2)) + (unnamed == null ? 0 : Integer.parseInt(unnamed));
  }

  private static Map<String, String> tables(Map<String, byte[]> files) {
    var tables = new TreeMap<String, String>();
    files.forEach(
        (name, bytes) -> {
          if (name.endsWith(".sst")) {
            tables.put(name, bytes.length + " bytes, " + Arrays.hashCode(bytes));
          }
        });
    return tables;
  }

  /** The buckets that a start without --repair reads. */
  private static Set<String> readable(Path copy) throws IOException {
    var readable = new HashSet<String>();
    Path other = Files.createTempDirectory(directory, "other");
    for (var file : CrashImage.read(copy).entrySet()) {
      Files.write(other.resolve(file.getKey()), file.getValue());
    }
    try (BucketStore opened = new RocksEngine().open(other, false, said -> {})) {
      for (String name : store.content().keySet()) {
        try {
          if (opened.load(name).isPresent()) {
            readable.add(name);
          }
        } catch (IOException e) {
          assertThat(e).hasMessageContaining(other.toString());
        }
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining(other.toString());
    }
    return readable;
  }

  @Test
  void says_how_many_were_left_out_and_names_a_hundred() throws IOException {
    Path copy = store.copy(directory, store.tables().getFirst(), Damage.MIDDLE);
    CrashImage.Opened opened = CrashImage.open(copy, true);

    List<String> reports = opened.reports();
    int lost = lost(opened.content());
    assertThat(lost).isGreaterThan(100);
    assertThat(saidToBeLost(reports, opened.content().size())).isEqualTo(lost);
    assertThat(reports.stream().filter(said -> said.contains("was left out: "))).hasSize(100);
    assertThat(reports).contains(lost - 100 + " more buckets were left out");
  }

  @Test
  void of_a_table_and_a_log_keeps_nothing_that_was_written_behind_the_damage() throws IOException {
    String table = store.tables().getLast();
    Path written = store.copy(directory, table, Damage.END);
    Files.write(written.resolve(table), store.image().files().get(table));
    var writer = new StoreWriter();
    var states = new TreeMap<Long, Map<String, String>>();
    Map<String, byte[]> killed;
    Path log;
    try (BucketStore opened = new RocksEngine().open(written, false, said -> {})) {
      log = StoreFiles.logs(written).getLast();
      for (int i = 0; i < 40; i++) {
        states.put(Files.size(log), Map.copyOf(writer.all()));
        writer.put("logged " + i % 7, "k" + i, ("v" + i).repeat(1000)).appendTo(opened);
      }
      opened.sync();
      killed = CrashImage.read(written);
    }
    byte[] bytes = killed.get(log.getFileName().toString());
    int at = LogScan.BLOCK / 2; // other blocks follow
    bytes[at] ^= 4;
    Path copy = Files.createTempDirectory(directory, "both");
    for (var file : killed.entrySet()) {
      Files.write(copy.resolve(file.getKey()), file.getValue());
    }
    byte[] cut = store.image().files().get(table);
    Files.write(copy.resolve(table), Arrays.copyOf(cut, cut.length - 20));

    Map<String, String> expected = new TreeMap<>(store.content());
    expected.putAll(states.floorEntry((long) at).getValue());
    assertThat(CrashImage.open(copy, true).content()).isEqualTo(expected);
    assertThat(CrashImage.open(copy, false)).isEqualTo(new CrashImage.Opened(expected, List.of()));
  }

  @Nested
  class A_directory_that_a_repair_has_left_without_a_store {
    @Test
    void is_not_taken_for_an_empty_one() throws IOException {
      Path left = Files.createDirectory(directory.resolve("left"));
      Files.createDirectories(left.resolve("damaged-1700000000000"));

      for (boolean repair : new boolean[] {false, true}) {
        assertThatThrownBy(() -> new RocksEngine().open(left, repair, said -> {}))
            .isInstanceOf(Damaged.class)
            .hasMessageContaining("damaged-1700000000000");
      }
    }
  }
}
