package dev.ostler.kv.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.rocksdb.DamagedTables.Damage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Files that a start reads are in memory no longer: else one that is deleted still fills the disk.
 */
class MappedFilesTest {
  private static final Path MAPS = Path.of("/proc/self/maps");

  @TempDir private Path folder;

  private static List<String> mapped(Path directory, String kind) throws IOException {
    assumeTrue(Files.exists(MAPS), "this system does not tell what is mapped");
    return Files.readAllLines(MAPS).stream()
        .filter(line -> line.contains(directory + "/") && line.contains(kind))
        .toList();
  }

  @Test
  void logs() throws IOException {
    CrashImage image = CrashImage.of(folder.resolve("store"), 42, 1000);
    Path copy = image.copy(folder, image.log(), image.logBytes());
    try (BucketStore _ = new RocksEngine().open(copy, false, said -> {})) {
      assertThat(mapped(copy, ".log")).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"INDEX", "TAIL"})
  void tables_that_a_repair_reads(Damage damage) throws IOException {
    DamagedTables tables = DamagedTables.of(folder.resolve("whole"), 3);
    Path copy = tables.copy(folder, tables.tables().getFirst(), damage);
    try (BucketStore _ = new RocksEngine().open(copy, true, said -> {})) {
      assertThat(mapped(copy, ".sst")).isEmpty();
    }
  }
}
