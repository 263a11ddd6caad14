package dev.ostler.kv.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The lock on a store's directory: a file in it that names its owner, and is locked while the store
 * is open. Any thread may use it.
 */
final class DirectoryLock implements AutoCloseable {
  /** The file's name. */
  static final String FILE = "kv.lock";

  /*
   * A process has one lock on a file, and loses it when it closes any channel to that file. So a
   * directory that this JVM has open is refused before its lock file is touched.
   */
  private static final ConcurrentMap<Path, String> HERE = new ConcurrentHashMap<>();

  private final Path directory;
  private final FileChannel channel;

  private DirectoryLock(Path directory, FileChannel channel) {
    this.directory = directory;
    this.channel = channel;
  }

  /**
   * Locks the directory.
   *
   * @throws IOException if another process has locked it, and which one; or if the file cannot be
   *     created or written
   */
  static DirectoryLock take(Path directory) throws IOException {
    Path real = directory.toRealPath();
    String owner = owner();
    String mine = HERE.putIfAbsent(real, owner);
    if (mine != null) {
      throw inUse(directory, "this process itself, " + mine);
    }
    FileChannel channel = null;
    try {
      channel = open(real.resolve(FILE));
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw inUse(directory, content(channel));
      }
      write(real.resolve(FILE), channel, owner + "\n");
      return new DirectoryLock(real, channel);
    } catch (IOException | RuntimeException | Error e) {
      Closing.after(e, channel, () -> HERE.remove(real));
      throw e;
    }
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static void write(Path file, FileChannel channel, String content) throws IOException {
    try {
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(content.getBytes(UTF_8)), 0);
    } catch (IOException e) { // its message does not name the file
      throw new FileSystemException(file.toString(), null, e.getMessage());
    }
  }

  private static IOException inUse(Path directory, String by) {
    return new IOException(
        directory
            + " is in use by "
            + by
            + ": only one server can use a store. Stop that one first.");
  }

  private static String content(FileChannel channel) throws IOException {
    var bytes = ByteBuffer.allocate(200);
    int length = channel.read(bytes, 0);
    String said = length <= 0 ? "" : new String(bytes.array(), 0, length, UTF_8).strip();
    return said.isEmpty() ? "another process" : said;
  }

  private static String owner() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "this host";
    }
    return "process %d on %s since %s"
        .formatted(
            ProcessHandle.current().pid(), host, Instant.now().truncatedTo(ChronoUnit.SECONDS));
  }

  /** Unlocks the directory. */
  @Override
  public void close() throws IOException {
    try {
      channel.truncate(0);
    } catch (IOException e) {
      // For example, the disk has become read-only. Only people read the file; closing the channel
      // unlocks it.
    } finally {
      try {
        channel.close();
      } finally {
        HERE.remove(directory);
      }
    }
  }
}
