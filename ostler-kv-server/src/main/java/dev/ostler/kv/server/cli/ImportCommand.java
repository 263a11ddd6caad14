package dev.ostler.kv.server.cli;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.KvException;
import dev.ostler.kv.Sync;
import dev.ostler.kv.journal.Archive;
import dev.ostler.kv.portable.Contents;
import dev.ostler.kv.portable.Import;
import dev.ostler.kv.portable.PortableReader;
import dev.ostler.kv.portable.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code kv import}: adds buckets from a file that {@code kv export} wrote to a store. Used by the
 * main thread.
 */
@Command(
    name = "import",
    description = {
      "Read what kv export wrote into a store.",
      "No server may have the store open. A file is checked to its end before the store "
          + "changes; the standard input is imported as it arrives."
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class ImportCommand extends Helped implements Callable<Integer> {
  @Mixin private OfflineOptions options = new OfflineOptions();

  @Option(
      names = "--replace",
      fallbackValue = "true",
      description = "Import into a store that has buckets, and replace those with the same names.")
  private boolean replace;

  @Parameters(paramLabel = "FILE|-", description = "The file to read; - is the standard input.")
  private Path file = Path.of("-");

  @Override
  public Integer call() {
    boolean fromInput = file.toString().equals("-");
    if (!fromInput && Files.isDirectory(file)) {
      throw misused("FILE expects a file or -, and found the directory " + file);
    }
    boolean twice = !fromInput && Files.isRegularFile(file);
    String name = fromInput ? "standard input" : file.toString();
    try {
      if (twice) {
        check(name);
      }
    } catch (IOException e) {
      return failed("nothing was imported: ", e);
    }
    try (InputStream in = fromInput ? System.in : Files.newInputStream(file)) {
      return run(name, in, twice ? Files.size(file) : 0);
    } catch (IOException e) {
      return failed("", e);
    }
  }

  private int failed(String what, Exception why) {
    boolean named = why instanceof NoSuchFileException;
    err().println("kv: " + what + (named ? "there is no file " : "") + why.getMessage());
    return 1;
  }

  private void check(String name) throws IOException {
    try (InputStream in = Files.newInputStream(file);
        var progress = new Progress(err(), "check ", "bytes")) {
      long all = Files.size(file);
      var reader = new PortableReader(name, in);
      reader.read((bucket, stored) -> progress.show(reader.bytes(), all));
    }
  }

  private int run(String name, InputStream in, long size) throws IOException {
    var failure = new AtomicReference<@Nullable KvException>();
    BucketStore store = options.openOrMake();
    Contents imported;
    try (var archive = new Archive(store, Sync.NO, (why, doubtful) -> failure.set(why))) {
      if (store.size() > 0 && !replace) {
        err()
            .printf(
                "kv: the store in %s has %,d buckets already; --replace replaces those of the same"
                    + " names, and keeps the others%n",
                options.data(), store.size());
        return 1;
      }
      imported = imported(name, in, size, new Import(store, archive));
    }
    KvException why = failure.get();
    if (why != null) {
      throw new IOException("the store may have lost what was imported: " + why.getMessage(), why);
    }
    err().println("imported " + imported + ", and read back the same");
    return 0;
  }

  private Contents imported(String name, InputStream in, long size, Import work)
      throws IOException {
    var reader = new PortableReader(name, in);
    try (var reading = new Progress(err(), "import", size == 0 ? "buckets" : "bytes");
        var readingBack = new Progress(err(), "verify", "buckets")) {
      work.run(
          reader,
          () -> reading.show(size == 0 ? reader.buckets() : reader.bytes(), size),
          readingBack);
      return work.imported();
    } catch (IOException | KvException e) {
      throw new IOException(
          e.getMessage() + "; what came before is imported: " + work.imported(), e);
    }
  }
}
