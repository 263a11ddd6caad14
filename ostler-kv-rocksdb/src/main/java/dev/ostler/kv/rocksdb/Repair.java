package dev.ostler.kv.rocksdb;

import dev.ostler.kv.BucketStore.Damaged;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;
import org.rocksdb.Status;

/**
 * Reads a whole store. If some of it cannot be read, creates a new store of what can be read. Used
 * by the thread that opens the store, while it has the directory's lock.
 *
 * <p>No file of the damaged store changes until the new one is complete. RocksDB works on a view: a
 * directory with links to the tables, and with replacements for those that cannot be opened, see
 * {@link TableMend}.
 */
final class Repair {
  private static final String VIEW = "repair-view";

  /** The state of a table. */
  private enum State {
    WHOLE,
    /** Some of its rows cannot be read. */
    HOLES,
    /** It cannot be opened or used as it is. */
    CLOSED
  }

  private final Path directory;
  private final Recovery recovery;
  private final Consumer<String> report;
  private final Map<String, State> tables = new TreeMap<>(); // by file names
  private int lost; // the number of tables of which nothing can be read
  private final List<Salvage.Dropping> droppings = new ArrayList<>();

  private Repair(Path directory, Recovery recovery, Consumer<String> report) {
    this.directory = directory;
    this.recovery = recovery;
    this.report = report;
  }

  /**
   * Repairs the tables, if one of them is damaged.
   *
   * @return whether there is now another store in the directory
   * @throws Damaged if no bucket could be read: the store is unchanged
   */
  static boolean of(Path directory, Recovery recovery, Consumer<String> report)
      throws IOException, RocksDBException {
    return new Repair(directory, recovery, report).run();
  }

  private boolean run() throws IOException, RocksDBException {
    Path view = directory.resolve(VIEW);
    Swap.delete(view);
    Swap.delete(directory.resolve(Swap.UNFINISHED));
    List<LiveFileMetaData> live = live();
    for (LiveFileMetaData table : live) {
      tables.put(name(table), state(table));
    }
    if (tables.values().stream().allMatch(state -> state == State.WHOLE)) {
      return false;
    }
    makeView(view, live);
    Salvage.Result result = salvage(view);
    Swap.delete(view);
    if (result.isNothing()) {
      Swap.delete(directory.resolve(Swap.UNFINISHED));
      throw new Damaged(
          directory,
          -1,
          "no bucket can be read: " + result + ". All files are unchanged; restore a backup");
    }
    report.accept(result.toString());
    Swap.commit(directory);
    Swap.finish(directory, report);
    return true;
  }

  private static String name(LiveFileMetaData table) {
    return table.fileName().replace("/", "");
  }

  /** The tables of the store. */
  private List<LiveFileMetaData> live() throws RocksDBException {
    try (var tuning = Tuning.tolerant(recovery.mode());
        var db = RocksDB.openReadOnly(tuning.options(), directory.toString())) {
      return db.getLiveFilesMetaData();
    }
  }

  // --- The state of the tables

  private State state(LiveFileMetaData table) throws IOException {
    Path file = directory.resolve(name(table));
    if (!Files.exists(file)) {
      report.accept(file + ": it is missing");
      return State.CLOSED;
    }
    long size = Files.size(file);
    if (size != table.size()) {
      report.accept(file + ": expected %d bytes, and found %d".formatted(table.size(), size));
      return State.CLOSED;
    }
    try (var tuning = new Tuning(recovery.mode());
        var reader = new SstFileReader(tuning.options())) {
      reader.open(file.toString());
      reader.verifyChecksum();
      return State.WHOLE;
    } catch (RocksDBException e) {
      String said = String.valueOf(e.getMessage());
      report.accept(file + ": " + said);
      return said.contains("block_type = Data") ? State.HOLES : State.CLOSED;
    }
  }

  // --- Reading what can be read

  private void makeView(Path view, List<LiveFileMetaData> live) throws IOException {
    Files.createDirectory(view);
    Map<String, Long> logs = logs();
    for (Path file : Swap.files(directory)) {
      String name = file.getFileName().toString();
      if (Files.isRegularFile(file) && StoreFiles.isPart(name)) {
        State state = tables.getOrDefault(name, State.CLOSED);
        if (!name.endsWith(".sst")) {
          Files.copy(file, view.resolve(name)); // RocksDB may change this file
          if (logs.containsKey(name)) {
            cut(view.resolve(name), logs.get(name));
          }
        } else if (state != State.CLOSED) {
          link(file, view.resolve(name));
        }
      }
    }
    for (LiveFileMetaData table : live) {
      Path file = directory.resolve(name(table));
      if (tables.get(name(table)) == State.CLOSED) {
        TableMend.Mended mended =
            TableMend.write(
                file,
                view.resolve(name(table)),
                table.size(),
                table.smallestKey(),
                table.largestKey());
        switch (mended) {
          case ALL -> {}
          case ROWS -> {
            report.accept(file + ": the list of dropped buckets cannot be read");
            droppings.add(
                new Salvage.Dropping(name(table), table.smallestKey(), table.largestKey()));
          }
          case NOTHING -> {
            lost++;
            report.accept(file + ": none of its rows can be read");
          }
        }
      }
    }
  }

  /**
   * The damaged logs, and how many of their bytes count. RocksDB opens the view whatever is wrong
   * with it, and could continue after the damage.
   */
  private Map<String, Long> logs() throws IOException {
    var logs = new TreeMap<String, Long>();
    for (Path log : StoreFiles.logs(directory)) {
      if (logs.isEmpty()) {
        LogScan.Finding found = LogScan.of(log);
        if (!found.whole()) {
          logs.put(log.getFileName().toString(), found.end());
        }
      } else {
        logs.put(log.getFileName().toString(), 0L);
      }
    }
    return logs;
  }

  private static void cut(Path log, long end) throws IOException {
    try (var file = FileChannel.open(log, StandardOpenOption.WRITE)) {
      file.truncate(end);
    }
  }

  private static void link(Path file, Path to) throws IOException {
    try {
      Files.createLink(to, file);
    } catch (IOException | UnsupportedOperationException e) { // some file systems have no links
      Files.copy(file, to);
    }
  }

  private Salvage.Result salvage(Path view) throws IOException, RocksDBException {
    Path repaired = Swap.begin(directory);
    try (var tuning = Tuning.tolerant(recovery.mode());
        var from = RocksDB.open(tuning.options(), view.toString())) {
      recovery.verify(from, directory);
      var all = new ArrayList<Path>();
      for (LiveFileMetaData table : from.getLiveFilesMetaData()) { // of the rows in the logs
        all.add(view.resolve(name(table)));
      }
      return Salvage.copy(from, all, lost, droppings, repaired, report);
    }
  }

  /** Whether RocksDB reports damage. */
  static boolean isDamage(RocksDBException e) {
    return e.getStatus() != null && e.getStatus().getCode() == Status.Code.Corruption;
  }

  /** Options for random reads. */
  static ReadOptions anywhere() {
    return new ReadOptions().setTotalOrderSeek(true);
  }
}
