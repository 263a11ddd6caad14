package dev.ostler.kv.rocksdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** Damages one block of a closed store. */
public final class BadBlock {
  private BadBlock() {}

  /** Flips a bit in the largest table of the store in this directory. Returns the table's file. */
  public static Path in(Path data) throws IOException {
    Path table;
    try (var files = Files.list(data)) {
      table =
          files
              .filter(each -> each.toString().endsWith(".sst"))
              .max(Comparator.comparingLong(each -> each.toFile().length()))
              .orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(table);
    bytes[bytes.length / 3] ^= 1;
    Files.write(table, bytes);
    return table;
  }
}
