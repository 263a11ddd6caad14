package dev.ostler.kv.rocksdb;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Replaces a damaged store by the repaired one, in the same directory. Used by the thread that
 * opens the store, while it has the directory's lock.
 */
final class Swap {
  /*
   * A process may be killed at any moment, and the power may fail. So each step is one rename of a
   * directory, whose name tells which steps were done:
   *
   *   repair-unfinished    the repaired store is being written. The damaged one is unchanged.
   *                        A start ignores it; the next repair deletes it.
   *   repair-finished-N    the repaired store is complete and synced. All store files in the
   *                        directory are those of the damaged store: they are moved to damaged-N.
   *   repair-placing-N     all of them were moved. All store files in the directory are those of
   *                        the repaired store: the others follow.
   *   (neither)            done.
   *
   * A start that finds one of the last two completes the remaining steps, with or without --repair.
   * All that a step moved is synced before the next rename.
   */
  static final String UNFINISHED = "repair-unfinished";
  static final String ASIDE = "damaged-";

  private static final String FINISHED = "repair-finished-";
  private static final String PLACING = "repair-placing-";
  private static final String LOGS = "repair-logs";
  private static final Pattern UNDER_WAY =
      Pattern.compile("(" + FINISHED + "|" + PLACING + ")(\\d+)");

  private Swap() {}

  /** Whether a swap was begun here, and must be finished before the store can be opened. */
  static boolean isUnderWay(Path directory) throws IOException {
    return underWay(directory) != null;
  }

  private static @Nullable Matcher underWay(Path directory) throws IOException {
    for (Path file : files(directory)) {
      Matcher name = UNDER_WAY.matcher(file.getFileName().toString());
      if (name.matches()) {
        return name;
      }
    }
    return null;
  }

  /**
   * Creates the directory for the repaired store. Deletes what an interrupted repair left there.
   */
  static Path begin(Path directory) throws IOException {
    Path unfinished = directory.resolve(UNFINISHED);
    delete(unfinished);
    return Files.createDirectory(unfinished);
  }

  /** The repaired store is complete and closed. From now on it is the store. */
  static void commit(Path directory) throws IOException {
    Path unfinished = directory.resolve(UNFINISHED);
    for (Path file : files(unfinished)) {
      sync(file);
    }
    sync(unfinished);
    rename(unfinished, directory.resolve(FINISHED + number(directory)));
  }

  /** Completes a swap that was begun, if there is one. */
  static void finish(Path directory, Consumer<String> report) throws IOException {
    Matcher found = underWay(directory);
    if (found == null) {
      return;
    }
    Path repaired = directory.resolve(found.group());
    Path placing = directory.resolve(PLACING + found.group(2));
    Path aside = directory.resolve(ASIDE + found.group(2));
    if (!repaired.equals(placing)) {
      Files.createDirectories(aside);
      for (Path file : files(directory)) {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
            && !file.endsWith(DirectoryLock.FILE)) {
          move(file, aside);
        }
      }
      sync(aside);
      sync(directory);
      rename(repaired, placing);
    }
    for (Path file : files(placing)) {
      move(file, directory);
    }
    sync(directory);
    delete(placing);
    sync(directory);
    report.accept("the repaired store is in its place, the damaged files were moved to " + aside);
  }

  /** Copies logs that are about to be cut or deleted, so that the user can inspect them. */
  static void keep(List<Path> logs, Path directory, Consumer<String> report) throws IOException {
    Path copies = directory.resolve(LOGS);
    delete(copies);
    Files.createDirectory(copies);
    for (Path log : logs) {
      sync(Files.copy(log, copies.resolve(log.getFileName())));
    }
    sync(copies);
    Path aside = directory.resolve(ASIDE + number(directory));
    rename(copies, aside);
    report.accept("the unchanged logs were copied to " + aside);
  }

  private static long number(Path directory) {
    long number = System.currentTimeMillis();
    while (Files.exists(directory.resolve(ASIDE + number))) {
      number++;
    }
    return number;
  }

  private static void move(Path file, Path to) throws IOException {
    Path target = to.resolve(file.getFileName());
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(target.toString());
    }
    Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    Path parent = to.getParent();
    if (parent != null) {
      sync(parent);
    }
  }

  /** Syncs a file, or the list of files in a directory. */
  private static void sync(Path file) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }

  /** Deletes a directory without subdirectories, if it exists. */
  static void delete(Path directory) throws IOException {
    if (Files.exists(directory)) {
      for (Path file : files(directory)) {
        Files.delete(file);
      }
      Files.delete(directory);
    }
  }
}
