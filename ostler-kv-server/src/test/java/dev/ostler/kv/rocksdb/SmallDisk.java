package dev.ostler.kv.rocksdb;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file system of its own, in memory, for a test that may mount one. */
final class SmallDisk implements AutoCloseable {
  private final Path root;

  private SmallDisk(Path root) {
    this.root = root;
  }

  /**
   * Mounts it on a new directory. Where that is not allowed, the test is skipped.
   *
   * @param options of mount, such as {@code size=24m}
   */
  static SmallDisk mount(Path root, String options) throws Exception {
    Files.createDirectory(root);
    boolean isMounted = run("mount", "-t", "tmpfs", "-o", options, "tmpfs", root.toString());
    assumeTrue(isMounted, "no file system can be mounted here: no disk is full");
    return new SmallDisk(root);
  }

  private static boolean run(String... command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  Path root() {
    return root;
  }

  /** Takes the room that is left. */
  void fill(Path file) throws IOException {
    try (var out =
        Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      while (true) {
        out.write(new byte[1 << 16]);
      }
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("No space left")) {
        throw e;
      }
    }
  }

  @Override
  public void close() throws Exception {
    if (!run("umount", root.toString())) {
      throw new AssertionError("a file of " + root + " is open");
    }
  }
}
