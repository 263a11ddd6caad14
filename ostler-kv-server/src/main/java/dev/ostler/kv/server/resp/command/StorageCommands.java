package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.journal.Archive;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.Client;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * KV.BACKUP: commands on the directory of a durable store. The bodies run in the client's process.
 */
final class StorageCommands {
  private StorageCommands() {}

  static void addTo(CommandTable table) {
    CommandSpec.OfClient backup = StorageCommands::backup;
    table
        .add(
            new CommandSpec(
                "kv.backup", 2, backup, Flag.ADMIN, Flag.NO_MULTI, Flag.TELLS_OF_ALL, Flag.SLOW))
        .doc("server", "7.0.0", "Copies the store, as of one moment, to a new directory.");
  }

  /**
   * Copies the store to a directory of the server's machine; the reply is the number of buckets in
   * the copy.
   */
  private static void backup(Client client, Args args, RespWriter out) {
    Archive archive =
        client
            .keyspace()
            .archive()
            .orElseThrow(
                () ->
                    new CommandError(
                        "ERR there is nothing to back up: this store is in memory, and KV.BACKUP"
                            + " expects a store that was opened with --data"));
    out.number(archive.checkpoint(directory(args.get(1))));
  }

  private static Path directory(String name) {
    Path directory;
    try {
      directory = Path.of(Bytes.text(name));
    } catch (InvalidPathException e) {
      throw new CommandError("ERR KV.BACKUP expects a directory, and found " + e.getMessage());
    }
    if (!directory.isAbsolute()) {
      throw new CommandError(
          "ERR KV.BACKUP expects an absolute path on the server's machine, and found " + name);
    }
    if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      throw new CommandError(
          "ERR KV.BACKUP expects a directory that does not exist, and found " + name);
    }
    return directory.normalize();
  }
}
