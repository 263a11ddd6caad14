package dev.ostler.kv.rocksdb;

import dev.ostler.kv.BucketStore.Damaged;
import dev.ostler.kv.rocksdb.LogScan.Finding;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.rocksdb.RocksDB;
import org.rocksdb.WALRecoveryMode;

/**
 * What to do with the logs of a store before it is opened. Immutable.
 *
 * @param mode how RocksDB must read them
 * @param lastSeq the number of the last change that it must then have
 */
record Recovery(WALRecoveryMode mode, long lastSeq) {
  /*
   * RocksDB could decide all of this by itself, but it does not say what it left out, nor where. So
   * this class reads the logs first:
   *
   *   all complete         -> RocksDB must find no error either
   *   an incomplete end    -> RocksDB stops there; what it leaves out is reported
   *   anything else        -> refused; with --repair, RocksDB stops there, and that is reported
   *
   * RocksDB stops at one place in all logs: it leaves out all later logs, too. So the store is as
   * it was at some moment. The manifest records the lengths of synced logs; RocksDB refuses a log
   * that is shorter.
   */
  static final Recovery NONE = new Recovery(WALRecoveryMode.AbsoluteConsistency, 0);

  static Recovery of(Path directory, boolean repair, Consumer<String> report) throws IOException {
    checkManifest(directory);
    long lastSeq = 0;
    var findings = new ArrayList<Finding>();
    for (Path log : StoreFiles.logs(directory)) {
      findings.add(LogScan.of(log));
    }
    for (int i = 0; i < findings.size(); i++) {
      Finding finding = findings.get(i);
      lastSeq = Math.max(lastSeq, finding.lastSeq());
      if (!finding.whole()) {
        if (!finding.torn() && !repair) {
          throw new Damaged(
              finding.file(),
              finding.bad(),
              "%s; %s. --repair leaves out all that was written from there on"
                  .formatted(finding.what(), followers(finding)));
        }
        List<Finding> later = findings.subList(i + 1, findings.size());
        tell(finding, later, report);
        if (!finding.torn()) {
          var all = Stream.concat(Stream.of(finding), later.stream());
          Swap.keep(all.map(Finding::file).toList(), directory, report);
          mark(finding);
        }
        return new Recovery(WALRecoveryMode.PointInTimeRecovery, lastSeq);
      }
    }
    return new Recovery(WALRecoveryMode.AbsoluteConsistency, lastSeq);
  }

  /**
   * Gives the damaged piece a type that RocksDB does not know, so that it stops there. If the type
   * were that of a recycled file, it would search without end.
   */
  private static void mark(Finding finding) throws IOException {
    long type = finding.bad() + LogScan.TYPE;
    if (type < finding.length()) {
      try (var file = FileChannel.open(finding.file(), StandardOpenOption.WRITE)) {
        file.write(ByteBuffer.wrap(new byte[] {LogScan.UNKNOWN_TYPE}), type);
        file.force(true);
      }
    }
  }

  /**
   * Checks the manifest, which has the form of a log. RocksDB mostly finds damage there by itself,
   * but for some it would search without end: for a record whose type is that of a recycled file.
   */
  private static void checkManifest(Path directory) throws IOException {
    Optional<Path> manifest = StoreFiles.manifest(directory);
    if (manifest.isPresent()) {
      Finding finding = LogScan.of(manifest.get());
      if (!finding.whole() && !finding.torn()) {
        throw new Damaged(
            finding.file(),
            finding.bad(),
            finding.what()
                + ". Without this file nobody knows which of the others count; restore a backup");
      }
    }
  }

  private static String followers(Finding finding) {
    return finding.lost() == 0
        ? "nothing whole follows it"
        : "%d whole pieces of records follow it".formatted(finding.lost());
  }

  private static void tell(Finding finding, List<Finding> later, Consumer<String> report) {
    report.accept(
        "%s, byte %d: %s; %s the last %d bytes, from byte %d on%s"
            .formatted(
                finding.file(),
                finding.bad(),
                finding.what(),
                finding.torn() ? "cut, because a write was interrupted:" : "left out",
                finding.length() - finding.end(),
                finding.end(),
                finding.torn() ? "" : "; " + followers(finding)));
    for (Finding log : later) {
      if (log.length() > 0) {
        report.accept(
            "%s: left out, with %d bytes, because it was written after that"
                .formatted(log.file(), log.length()));
      }
    }
  }

  /** Checks that RocksDB has all changes that it must have. */
  void verify(RocksDB db, Path directory) throws Damaged {
    long found = db.getLatestSequenceNumber();
    if (found < lastSeq) {
      throw new Damaged(
          directory,
          -1,
          "its logs go to change %d, but only %d could be read from them"
              .formatted(lastSeq, found));
    }
  }
}
