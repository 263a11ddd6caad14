package dev.ostler.kv.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.rocksdb.DamagedTables.Damage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A swap that was interrupted behind each of its renames is finished by the next start. */
class SwapTest {
  @TempDir private static Path directory;
  private static DamagedTables store;
  private static Map<String, byte[]> damaged;
  private static Map<String, byte[]> repaired;

  @BeforeAll
  static void write() throws IOException {
    store = DamagedTables.of(directory.resolve("store"), 2);
    Path copy = store.copy(directory, store.tables().getLast(), Damage.END);
    damaged = CrashImage.read(copy);
    CrashImage.open(copy, true);
    repaired = CrashImage.read(copy);
  }

  /** So many files of the damaged store are moved, then so many of the repaired one. */
  static Stream<Arguments> interruptions() {
    var all =
        Stream.concat(
                Stream.iterate(0, n -> n <= damaged.size(), n -> n + 1)
                    .map(moved -> Arguments.of(false, moved, 0)),
                Stream.iterate(1, n -> n <= repaired.size(), n -> n + 1)
                    .map(placed -> Arguments.of(false, damaged.size(), placed)))
            .toList();
    return Stream.concat(all.stream(), Stream.of(Arguments.of(true, 1, 0)));
  }

  @ParameterizedTest(name = "repair {0}, {1} files moved aside, {2} placed")
  @MethodSource("interruptions")
  void is_finished(boolean repair, int moved, int placed) throws IOException {
    Path to = Files.createTempDirectory(directory, "swap");
    Path aside = to.resolve("damaged-7");
    Path other = to.resolve(placed > 0 ? "repair-placing-7" : "repair-finished-7");
    Files.createDirectory(other);
    if (moved > 0) {
      Files.createDirectory(aside);
    }
    write(damaged, moved, aside, to);
    write(repaired, placed, to, other);

    CrashImage.Opened opened = CrashImage.open(to, repair);

    assertThat(opened.content()).isEqualTo(store.content());
    assertThat(opened.reports()).singleElement().asString().contains("moved to " + aside);
    assertThat(CrashImage.read(aside).keySet()).isEqualTo(damaged.keySet());
    assertThat(other).doesNotExist();
    assertThat(CrashImage.open(to, false))
        .isEqualTo(new CrashImage.Opened(store.content(), List.of()));
  }

  /** The first of these files to one directory, the others to another one. */
  private static void write(Map<String, byte[]> files, int first, Path to, Path others)
      throws IOException {
    int written = 0;
    for (var file : files.entrySet()) {
      Path target = written++ < first ? to : others;
      Files.write(target.resolve(file.getKey()), file.getValue());
    }
  }
}
