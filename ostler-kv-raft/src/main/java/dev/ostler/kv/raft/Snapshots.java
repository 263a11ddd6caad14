package dev.ostler.kv.raft;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.SnapshotRetentionPolicy;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.impl.FileListSnapshotInfo;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots of a log: a directory each, below the directory that Ratis has for its state
 * machine. A directory has its final name once its files are synced.
 *
 * <p>The thread that applies entries takes snapshots; any thread reads the latest one.
 */
final class Snapshots implements StateMachineStorage {
  /** The latest one, and the one that a follower may be reading. */
  private static final int RETAINED = 2;

  private static final String UNFINISHED = "unfinished";
  private static final Pattern NAME = Pattern.compile("snapshot\\.(\\d+)_(\\d+)_(-?\\d+)");

  /** Ratis writes a checksum beside each file that it has received. */
  static final String CHECKSUM = ".md5";

  /**
   * One snapshot.
   *
   * @param at the last entry in it
   * @param applied the last entry in it that the replica knows: one with commands
   * @param files what Ratis sends to others
   */
  record Stored(Path directory, TermIndex at, long applied, SnapshotInfo files) {
    private static Stored of(Path directory, TermIndex at, long applied) throws IOException {
      try (Stream<Path> files = Files.walk(directory)) {
        List<FileInfo> parts =
            files
                .filter(Files::isRegularFile)
                .filter(file -> !file.toString().endsWith(CHECKSUM))
                // The checksum is computed when the file is sent.
                .map(file -> new FileInfo(file.toAbsolutePath(), null))
                .toList();
        return new Stored(directory, at, applied, new FileListSnapshotInfo(parts, at));
      }
    }
  }

  /** Fills a directory. */
  interface Contents {
    void into(Path directory) throws IOException;
  }

  // Both are null until Ratis has said which.
  private volatile @Nullable Path directory;
  private volatile @Nullable Path received; // where Ratis has what comes from the leader

  private volatile @Nullable Stored latest;

  @Override
  public void init(RaftStorage storage) throws IOException {
    Path place = storage.getStorageDir().getStateMachineDir().toPath();
    Files.createDirectories(place);
    directory = place;
    received = storage.getStorageDir().getTmpDir().toPath();
    reload();
  }

  /** Syncs what has come from the leader. Ratis only writes it. */
  void syncReceived() throws IOException {
    Path tree = received;
    if (tree != null && Files.exists(tree)) {
      sync(tree);
    }
  }

  /** Looks for the latest snapshot again. */
  void reload() throws IOException {
    List<Stored> all = all();
    latest = all.isEmpty() ? null : all.getLast();
  }

  /** The latest snapshot; empty if there is none. */
  Optional<Stored> latest() {
    return Optional.ofNullable(latest);
  }

  private Path directory() {
    Path place = directory;
    if (place == null) {
      throw new IllegalStateException("the storage has not been opened");
    }
    return place;
  }

  /** All snapshots, the latest last. */
  private List<Stored> all() throws IOException {
    var found = new ArrayList<Stored>();
    try (Stream<Path> files = Files.list(directory())) {
      for (Path file : files.toList()) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        if (name.matches()) {
          found.add(
              Stored.of(
                  file,
                  TermIndex.valueOf(Long.parseLong(name.group(1)), Long.parseLong(name.group(2))),
                  Long.parseLong(name.group(3))));
        }
      }
    }
    found.sort(Comparator.comparing(Stored::at));
    return found;
  }

  /** Takes a snapshot, unless there is one of that entry. */
  void take(TermIndex at, long applied, Contents contents) throws IOException {
    Stored last = latest;
    if (last != null && last.at.equals(at)) {
      return;
    }
    Path unfinished = directory().resolve(UNFINISHED);
    delete(unfinished);
    Files.createDirectory(unfinished);
    contents.into(unfinished);
    sync(unfinished);
    Path place =
        directory().resolve("snapshot.%d_%d_%d".formatted(at.getTerm(), at.getIndex(), applied));
    Files.move(unfinished, place, StandardCopyOption.ATOMIC_MOVE);
    syncOne(directory());
    latest = Stored.of(place, at, applied);
  }

  @Override
  public @Nullable SnapshotInfo getLatestSnapshot() {
    Stored last = latest;
    return last == null ? null : last.files;
  }

  @Override
  public void format() {}

  @Override
  public void cleanupOldSnapshots(SnapshotRetentionPolicy ignored) throws IOException {
    List<Stored> all = all();
    for (Stored old : all.subList(0, Math.max(0, all.size() - RETAINED))) {
      delete(old.directory);
    }
  }

  // --- Files

  /** Syncs all files and directories below. */
  static void sync(Path tree) throws IOException {
    forEach(tree, Snapshots::syncOne);
  }

  private static void syncOne(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Deletes a directory with all that is in it, if it exists. */
  static void delete(Path tree) throws IOException {
    if (Files.exists(tree)) {
      forEach(tree, Files::delete);
    }
  }

  /** What is done with a file or directory. */
  private interface Work {
    void on(Path file) throws IOException;
  }

  /** Does something with all files and directories of a tree, with a directory last. */
  private static void forEach(Path tree, Work work) throws IOException {
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            work.on(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            work.on(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
