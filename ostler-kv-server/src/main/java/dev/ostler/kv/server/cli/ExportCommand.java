package dev.ostler.kv.server.cli;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.portable.Contents;
import dev.ostler.kv.portable.Progress;
import dev.ostler.kv.portable.StoredBuckets;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kv export}: writes all buckets of a store as lines of JSON. Used by the main thread. */
@Command(
    name = "export",
    description = {
      "Write all buckets of a store as lines of JSON, which kv import reads.",
      "No server may have the store open. To export the store of a running server, export "
          + "a backup of it: see kv backup."
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class ExportCommand extends Helped implements Callable<Integer> {
  private static final int BUFFER = 64 * 1024;

  @Mixin private OfflineOptions store = new OfflineOptions();

  @Option(names = "--force", fallbackValue = "true", description = "Overwrite FILE if it exists.")
  private boolean force;

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "The file to write; - is the standard output (default: -).")
  private @Nullable Path file;

  @Override
  public Integer call() {
    Path target = file == null || file.toString().equals("-") ? null : file;
    if (target != null && !force && Files.exists(target)) {
      err().println("kv: " + target + " exists already; --force overwrites it");
      return 1;
    }
    try {
      Contents exported = export(target);
      err().println("exported " + exported + (target == null ? "" : " to " + target));
      return 0;
    } catch (IOException e) {
      err().println("kv: nothing was exported: " + e.getMessage());
      return 1;
    }
  }

  private Contents export(@Nullable Path target) throws IOException {
    try (BucketStore from = store.openExisting();
        var progress = new Progress(err(), "export", "buckets")) {
      var buckets = new StoredBuckets(from, progress);
      return target == null ? toStandardOutput(buckets) : toFile(buckets, target);
    }
  }

  /** Writes to a temporary file, and renames it once it is complete and on disk. */
  private Contents toFile(StoredBuckets buckets, Path target) throws IOException {
    Path part = target.resolveSibling(target.getFileName() + ".part");
    try {
      Contents exported;
      try (var out = new FileOutputStream(part.toFile())) {
        exported = to(buckets, out);
        out.getFD().sync();
      }
      if (force) {
        Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
      } else {
        Files.move(part, target);
      }
      return exported;
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** Does not use System.out, because a PrintStream hides a full disk. */
  private static Contents toStandardOutput(StoredBuckets buckets) throws IOException {
    try (var out = new FileOutputStream(FileDescriptor.out)) {
      return to(buckets, out);
    }
  }

  private static Contents to(StoredBuckets buckets, OutputStream out) throws IOException {
    var buffered = new BufferedOutputStream(out, BUFFER);
    Contents exported = buckets.export(buffered, System.currentTimeMillis());
    buffered.flush();
    return exported;
  }
}
