package dev.ostler.kv.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.BucketStore.Damaged;
import dev.ostler.kv.journal.StoreWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes that are not what was written: the place is named, and no value is ever wrong. */
class DamageTest {
  @TempDir private static Path directory;

  private static CrashImage killed;
  private static CrashImage stopped;
  private static Map<String, String> content;

  @BeforeAll
  static void write() throws IOException {
    killed = CrashImage.of(directory.resolve("killed"), 42, 64 << 10);
    Path clean = killed.copy(directory, "", new byte[0]);
    var writer = new StoreWriter();
    for (int i = 0; i < 3000; i++) {
      writer.put("bucket " + i, "k", "v" + i).put("bucket " + i, "l", "w" + i);
    }
    try (var store = new RocksEngine().open(clean, false, said -> {})) {
      writer.appendTo(store);
      content = StoreWriter.all(store);
    }
    assertThat(CrashImage.open(clean, false).content()).isEqualTo(content);
    stopped = new CrashImage(CrashImage.read(clean), "", new TreeMap<>());
  }

  static LongStream seeds() {
    Long replayed = Long.getLong("dev.ostler.seed");
    return replayed != null
        ? LongStream.of(replayed)
        : ThreadLocalRandom.current().longs(40, 0, 1L << 48);
  }

  /** Where the records begin that are whole and in the first block. */
  private static List<Integer> records(byte[] bytes) {
    var records = new ArrayList<Integer>();
    for (int at = 0; at + LogScan.TYPE < Math.min(bytes.length, LogScan.BLOCK); ) {
      records.add(at);
      at += LogScan.TYPE + 1 + (bytes[at + 4] & 0xFF) + ((bytes[at + 5] & 0xFF) << 8);
    }
    return records;
  }

  private static byte[] flipped(byte[] bytes, int at, Random random) {
    byte[] flipped = bytes.clone();
    flipped[at] ^= (byte) (1 << random.nextInt(8));
    return flipped;
  }

  @Nested
  class In_a_log {
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("dev.ostler.kv.rocksdb.DamageTest#seeds")
    void is_named_with_its_place_and_repair_leaves_what_was_before_it(long seed)
        throws IOException {
      var random = new Random(seed);
      byte[] bytes = killed.logBytes();
      int at = random.nextInt(bytes.length);
      Path copy = killed.copy(directory, killed.log(), flipped(bytes, at, random));

      boolean refused = false;
      try {
        assertPrefix(at, CrashImage.open(copy, false));
      } catch (Damaged e) {
        refused = true;
        assertThat(e).hasMessageContaining(copy.resolve(killed.log()) + ", byte ");
      }
      if (refused) {
        byte[] damaged = Files.readAllBytes(copy.resolve(killed.log()));
        CrashImage.Opened repaired = CrashImage.open(copy, true);
        assertPrefix(at, repaired);
        assertThat(aside(copy))
            .singleElement()
            .satisfies(
                kept -> {
                  assertThat(kept.resolve(killed.log())).hasBinaryContent(damaged);
                  assertThat(repaired.reports()).last().asString().endsWith("copied to " + kept);
                });
        assertThat(CrashImage.open(copy, false))
            .isEqualTo(new CrashImage.Opened(repaired.content(), List.of()));
      }
    }

    /** RocksDB takes some of these types for those of a recycled file. */
    @ParameterizedTest(name = "bit {0}")
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
    void in_the_type_of_a_record_is_named_and_a_repair_ends(int bit) throws IOException {
      byte[] bytes = killed.logBytes().clone();
      int at = records(bytes).get(3);
      bytes[at + LogScan.TYPE] ^= (byte) (1 << bit);
      Path copy = killed.copy(directory, killed.log(), bytes);

      assertThatThrownBy(() -> CrashImage.open(copy, false))
          .isInstanceOf(Damaged.class)
          .hasMessageContaining(copy.resolve(killed.log()) + ", byte " + at);
      assertPrefix(at, CrashImage.open(copy, true));
    }

    /** Where a repair put what it found. */
    private static List<Path> aside(Path directory) throws IOException {
      try (Stream<Path> files = Files.list(directory)) {
        return files.filter(each -> each.getFileName().toString().startsWith("damaged-")).toList();
      }
    }

    /** All groups before the place, none of those after it, and a report. */
    private void assertPrefix(int at, CrashImage.Opened opened) {
      assertThat(opened.content()).isEqualTo(killed.states().floorEntry(at).getValue());
      assertThat(opened.reports()).isNotEmpty().first().asString().contains(killed.log());
    }
  }

  @Nested
  class In_other_files {
    /** RocksDB itself does not end if a record of the manifest has a type of a recycled file. */
    @ParameterizedTest(name = "bit {0}")
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
    void in_the_type_of_a_record_of_the_manifest_is_named(int bit) throws IOException {
      String manifest =
          stopped.files().keySet().stream()
              .filter(name -> name.startsWith("MANIFEST-"))
              .findFirst()
              .orElseThrow();
      for (int at : records(stopped.files().get(manifest))) {
        byte[] bytes = stopped.files().get(manifest).clone();
        bytes[at + LogScan.TYPE] ^= (byte) (1 << bit);
        Path copy = stopped.copy(directory, manifest, bytes);
        for (boolean repair : new boolean[] {false, true}) {
          assertThatThrownBy(() -> CrashImage.open(copy, repair))
              .isInstanceOf(Damaged.class)
              .hasMessageContaining(copy.resolve(manifest) + ", byte " + at)
              .hasMessageContaining("restore a backup");
        }
      }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("dev.ostler.kv.rocksdb.DamageTest#seeds")
    void is_named_or_harmless(long seed) throws IOException {
      var random = new Random(seed);
      var names =
          stopped.files().keySet().stream()
              .filter(name -> stopped.files().get(name).length > 0)
              .toList();
      String name = names.get(random.nextInt(names.size()));
      byte[] bytes = stopped.files().get(name);
      Path copy =
          stopped.copy(directory, name, flipped(bytes, random.nextInt(bytes.length), random));

      try {
        assertThat(CrashImage.open(copy, false).content()).as(name).isEqualTo(content);
      } catch (IOException e) {
        assertThat(e).as(name).hasMessageContaining(copy.toString());
      }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("dev.ostler.kv.rocksdb.DamageTest#seeds")
    void of_rows_is_named_with_the_file_when_they_are_read(long seed) throws IOException {
      var random = new Random(seed);
      String table =
          stopped.files().keySet().stream()
              .filter(name -> name.endsWith(".sst"))
              .findFirst()
              .orElseThrow();
      byte[] bytes = stopped.files().get(table);
      int at = random.nextInt(bytes.length);
      Path copy = stopped.copy(directory, table, flipped(bytes, at, random));
      Path whole = Files.write(Files.createTempFile(directory, "whole", ".sst"), bytes);
      long rows = Objects.requireNonNull(TableScan.of(whole)).end();

      try {
        assertThat(CrashImage.open(copy, false).content()).isEqualTo(content);
      } catch (Damaged e) {
        assertThat(e).hasMessageContaining(copy.resolve(table).toString());
        try {
          assertRepaired(copy, table);
        } catch (Damaged refused) { // which ranges were deleted is not known any more
          assertThat(refused).hasMessageContaining("no bucket can be read");
          assertThat(at).isGreaterThan((int) rows);
        }
      }
    }

    /** The buckets that can be read are as they were, and the others are left out for good. */
    private void assertRepaired(Path copy, String table) throws IOException {
      var repaired = CrashImage.open(copy, true);

      assertThat(content).containsAllEntriesOf(repaired.content());
      assertThat(repaired.reports().getFirst()).contains(table);
      assertThat(repaired.reports().getLast()).contains("were moved to");
      assertThat(CrashImage.open(copy, false))
          .isEqualTo(new CrashImage.Opened(repaired.content(), List.of()));
    }
  }
}
