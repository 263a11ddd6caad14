package dev.ostler.kv.rocksdb;

import dev.ostler.kv.BucketStore.Damaged;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The files in a store's directory, by name. Any thread may use it. */
final class StoreFiles {
  /** This file exists from the moment on when a store can be opened. */
  static final String CURRENT = "CURRENT";

  private static final Pattern LOG = Pattern.compile("\\d+\\.log");
  private static final Pattern DATA = Pattern.compile("\\d+\\.(log|sst|blob)");
  private static final Pattern OTHER =
      Pattern.compile(
          "IDENTITY|LOCK|LOG(\\.old\\.\\d+)?|(MANIFEST|OPTIONS)-\\d+(\\.dbtmp)?|\\d+\\.dbtmp|native|repaired|damaged-\\d+|"
              + "repair-(unfinished|logs|view|finished-\\d+|placing-\\d+)|"
              + Pattern.quote(DirectoryLock.FILE));

  private static final Pattern PART =
      Pattern.compile("\\d+\\.(log|sst|blob)|CURRENT|IDENTITY|(MANIFEST|OPTIONS)-\\d+");

  /** Only a repair leaves these: there was a store. */
  private static final Pattern REPAIR = Pattern.compile("repair.*|damaged-\\d+");

  private StoreFiles() {}

  /** Whether a file with this name is a part of a store. */
  static boolean isPart(String name) {
    return PART.matcher(name).matches();
  }

  /**
   * Whether a new store is to be created here: the directory is empty, or has only what an
   * interrupted creation left.
   *
   * @throws IOException if there is something else; nothing was touched
   */
  static boolean isNew(Path directory) throws IOException {
    List<String> names = names(directory);
    if (names.contains(CURRENT)) {
      return false;
    }
    for (String name : names) {
      if (DATA.matcher(name).matches()) {
        throw new Damaged(
            directory.resolve(CURRENT), -1, "it is missing, but there is data beside it: " + name);
      }
      if (REPAIR.matcher(name).matches()) {
        throw new Damaged(
            directory.resolve(CURRENT),
            -1,
            "there is no store, but "
                + name
                + ", which a repair left. The files in it, or in others like it, are the"
                + " store: restore a backup, or move them back to "
                + directory);
      }
      if (!OTHER.matcher(name).matches()) {
        throw new IOException(
            directory + " has other files, but no store: " + name + ". Choose an empty directory");
      }
    }
    return true;
  }

  /** The logs, oldest first. */
  static List<Path> logs(Path directory) throws IOException {
    return names(directory).stream()
        .filter(name -> LOG.matcher(name).matches())
        .sorted((a, b) -> Long.compare(number(a), number(b)))
        .map(directory::resolve)
        .toList();
  }

  /** The file that says which other files are the store; empty if {@code CURRENT} names none. */
  static Optional<Path> manifest(Path directory) throws IOException {
    String named =
        Files.readString(directory.resolve(CURRENT), StandardCharsets.ISO_8859_1).strip();
    return names(directory).stream()
        .filter(name -> name.equals(named) && name.startsWith("MANIFEST-"))
        .map(directory::resolve)
        .findAny();
  }

  /** The files of rows. */
  static List<Path> tables(Path directory) throws IOException {
    return names(directory).stream()
        .filter(name -> name.endsWith(".sst"))
        .map(directory::resolve)
        .toList();
  }

  private static long number(String log) {
    return Long.parseLong(log.substring(0, log.indexOf('.')));
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (AccessDeniedException e) {
      throw new IOException(
          "cannot read %s: permission denied; it belongs to %s, and this process runs as %s"
              .formatted(directory, Files.getOwner(directory), System.getProperty("user.name")),
          e);
    }
  }
}
