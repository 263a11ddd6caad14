package dev.ostler.kv.raft;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Directories with all that is in them. */
final class Trees {
  private Trees() {}

  static void delete(Path tree) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(tree)) {
      files = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
  }

  /** The files whose names begin so, anywhere below. */
  static List<Path> named(Path tree, String begin) throws IOException {
    try (Stream<Path> all = Files.walk(tree)) {
      return all.filter(file -> file.getFileName().toString().startsWith(begin)).toList();
    }
  }
}
