package dev.ostler.kv.rocksdb;

import dev.ostler.kv.BucketStore;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.RocksDBException;

/** Opens stores in the format of this module. Any platform thread may use it. */
public final class RocksEngine implements BucketStore.Engine {
  /** The directory for RocksDB's native library while it runs. */
  private static final String NATIVE = "native";

  private static boolean loaded; // guarded by the class's lock

  /** For the service loader. */
  public RocksEngine() {}

  @Override
  public BucketStore open(Path directory, boolean repair, Consumer<String> report)
      throws IOException {
    make(directory);
    if (!Swap.isUnderWay(directory)) {
      var _ = StoreFiles.isNew(directory); // it does not touch a directory with other files
    }
    DirectoryLock lock = lock(directory);
    try {
      load(directory);
      Swap.finish(directory, report);
      boolean isNew = StoreFiles.isNew(directory);
      Recovery recovery = isNew ? Recovery.NONE : Recovery.of(directory, repair, report);
      if (repair && !isNew && mend(directory, recovery, report)) {
        recovery = Recovery.of(directory, false, report);
      }
      return new RocksStore(directory, lock, OpenStore.of(directory, recovery, true));
    } catch (IOException | RuntimeException | Error e) {
      Closing.after(e, lock);
      throw e;
    }
  }

  private static void make(Path directory) throws IOException {
    if (Files.exists(directory) && !Files.isDirectory(directory)) {
      throw new IOException(directory + " is a file, and not a directory");
    }
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      String why =
          Files.isSymbolicLink(directory)
              ? "it is a link to " + Files.readSymbolicLink(directory) + ", which does not exist"
              : why(e);
      throw new IOException("cannot create the directory " + directory + ": " + why, e);
    }
  }

  private static DirectoryLock lock(Path directory) throws IOException {
    try {
      return DirectoryLock.take(directory);
    } catch (AccessDeniedException e) {
      throw new IOException(
          "cannot write in %s: %s; it belongs to %s, and this process runs as %s"
              .formatted(
                  directory, why(e), Files.getOwner(directory), System.getProperty("user.name")),
          e);
    } catch (FileSystemException e) {
      throw new IOException("cannot write in " + directory + ": " + why(e), e);
    }
  }

  private static String why(IOException e) {
    String file = e instanceof FileSystemException at ? at.getFile() + ": " : "";
    return switch (e) {
      case AccessDeniedException _ -> file + "permission denied";
      case NoSuchFileException _ -> file + "there is no such directory";
      default -> String.valueOf(e.getMessage());
    };
  }

  /**
   * Loads RocksDB's native library, once. It is copied into the store's directory: a killed process
   * leaves the copy behind, and the next one overwrites it. If that is impossible, it is copied to
   * a temporary directory, and deleted as soon as it is loaded.
   */
  private static synchronized void load(Path directory) throws IOException {
    if (loaded) {
      return;
    }
    Path place = directory.resolve(NATIVE);
    try {
      Files.createDirectories(place);
      NativeLibraryLoader.getInstance().loadLibrary(place.toString());
    } catch (IOException | RuntimeException | UnsatisfiedLinkError e) {
      loadElsewhere(place, e);
    }
    loaded = true;
  }

  private static void loadElsewhere(Path first, Throwable before) throws IOException {
    String tried = "cannot load RocksDB's library from " + first + ": " + before.getMessage();
    Path place = null;
    try {
      place = Files.createTempDirectory("kv-native");
      NativeLibraryLoader.getInstance().loadLibrary(place.toString());
    } catch (IOException | RuntimeException | UnsatisfiedLinkError e) {
      var told =
          new IOException(
              "%s; nor from %s: %s"
                  .formatted(
                      tried,
                      place == null ? System.getProperty("java.io.tmpdir") : place,
                      e.getMessage()),
              e);
      told.addSuppressed(before);
      throw told;
    } finally {
      if (place != null) {
        deleteIfPossible(place);
      }
      deleteIfPossible(first); // the file is not used, or incomplete
    }
  }

  private static void deleteIfPossible(Path directory) {
    try {
      Swap.delete(directory);
    } catch (IOException e) {
      // Some systems do not delete a loaded library.
    }
  }

  /** Repairs the tables; true if there is now another store in the directory. */
  private static boolean mend(Path directory, Recovery recovery, Consumer<String> report)
      throws IOException {
    try {
      return Repair.of(directory, recovery, report);
    } catch (RocksDBException e) {
      throw Failures.of(directory, "cannot repair the store in", e);
    }
  }
}
