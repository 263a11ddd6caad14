package dev.ostler.kv.rocksdb;

import dev.ostler.kv.BucketStore.Damaged;
import dev.ostler.kv.BucketStore.Full;
import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rocksdb.Options;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;
import org.rocksdb.Status;

/** Converts failures that RocksDB reports to those of a store. Pure functions; any thread. */
final class Failures {
  private static final Pattern FILE =
      Pattern.compile("(\\d+\\.(?:sst|log|ldb|blob)|MANIFEST-\\d+|\\bCURRENT\\b|OPTIONS-\\d+)");
  private static final Pattern OFFSET = Pattern.compile("offset[ :=]+(\\d+)");

  private Failures() {}

  /**
   * The failure as an {@link IOException}.
   *
   * @param doing for example "cannot write in"
   */
  static IOException of(Path directory, String doing, RocksDBException failure) {
    String said = String.valueOf(failure.getMessage());
    Status status = failure.getStatus();
    IOException told;
    if (status != null && status.getCode() == Status.Code.Corruption) {
      Matcher file = FILE.matcher(said);
      Matcher offset = OFFSET.matcher(said);
      told =
          new Damaged(
              file.find() ? directory.resolve(file.group(1)) : directory,
              offset.find() ? Long.parseLong(offset.group(1)) : -1,
              said);
    } else {
      String where = doing + " " + directory + ": ";
      told =
          status != null && status.getSubCode() == Status.SubCode.NoSpace
              ? new Full(where + "the disk is full: " + said)
              : new IOException(where + said);
    }
    told.initCause(failure);
    return told;
  }

  /**
   * A failure to open, as an {@link IOException}. RocksDB does not always say which file of rows is
   * damaged, so this finds it.
   */
  static IOException ofOpening(Path directory, RocksDBException failure) throws IOException {
    if (failure.getStatus() != null && failure.getStatus().getCode() == Status.Code.Corruption) {
      for (Path table : StoreFiles.tables(directory)) {
        try (var options = new Options();
            var reader = new SstFileReader(options)) {
          reader.open(table.toString());
          reader.verifyChecksum();
        } catch (RocksDBException e) {
          Matcher offset = OFFSET.matcher(String.valueOf(e.getMessage()));
          long at = offset.find() ? Long.parseLong(offset.group(1)) : -1;
          var told = new Damaged(table, at, String.valueOf(e.getMessage()));
          told.initCause(failure);
          return told;
        }
      }
    }
    return of(directory, "cannot open the store in", failure);
  }
}
