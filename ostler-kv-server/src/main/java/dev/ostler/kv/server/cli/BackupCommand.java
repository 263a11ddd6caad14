package dev.ostler.kv.server.cli;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.journal.Engines;
import dev.ostler.kv.portable.Contents;
import dev.ostler.kv.portable.Progress;
import dev.ostler.kv.portable.StoredBuckets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/**
 * {@code kv backup}: makes a running server copy its store, and verifies the copy. Used by the main
 * thread.
 */
@Command(
    name = "backup",
    description = {
      "Copy the store of a running server to a new directory, and verify the copy.",
      "The server makes the copy on its own machine, of one moment, and serves clients "
          + "meanwhile. kv serve --data DIR opens it."
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class BackupCommand extends Helped implements Callable<Integer> {
  @Mixin private RemoteOptions options = new RemoteOptions();

  @Parameters(
      paramLabel = "DIR",
      description = "The new directory, on the server's machine; it must not exist.")
  private Path directory = Path.of("");

  @Override
  public Integer call() {
    try {
      options.check();
    } catch (IllegalArgumentException e) {
      throw misused(String.valueOf(e.getMessage()));
    }
    Path target = directory.toAbsolutePath().normalize();
    if (Files.exists(target)) {
      err().println("kv: " + target + " exists already: a backup needs a new directory");
      return 1;
    }
    long said;
    try (RemoteServer server = options.connect()) {
      said = Long.parseLong(server.ask("KV.BACKUP", Bytes.of(target.toString())));
    } catch (RemoteServer.Refused e) {
      err().println("kv: the server at " + options.server() + " refuses: " + e.getMessage());
      return 1;
    } catch (IOException | NumberFormatException e) {
      err().println("kv: no backup from " + options.server() + ": " + e.getMessage());
      return 1;
    }
    return verify(target, said);
  }

  private int verify(Path target, long said) {
    if (!Files.isDirectory(target)) {
      err()
          .printf(
              "kv: the server has made a backup of %,d buckets in %s, which is not on this machine:"
                  + " it was not verified%n",
              said, target);
      return 1;
    }
    Contents found;
    try (BucketStore copy = Engines.open(target, null, false);
        var progress = new Progress(err(), "verify", "buckets")) {
      found = new StoredBuckets(copy, progress).read();
    } catch (IOException e) {
      err().println("kv: the backup in " + target + " cannot be read: " + e.getMessage());
      return 1;
    }
    if (found.buckets() != said) {
      err()
          .printf(
              "kv: the backup in %s is not whole: expected %,d buckets, as the server said, and"
                  + " found %s%n",
              target, said, found);
      return 1;
    }
    out().println("backup in " + target + ": " + found);
    return 0;
  }
}
