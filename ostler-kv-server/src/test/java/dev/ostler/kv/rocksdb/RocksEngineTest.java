package dev.ostler.kv.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.BucketStore.Damaged;
import dev.ostler.kv.Change;
import dev.ostler.kv.journal.StoreWriter;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;

/** When a directory becomes a store, and when it is refused. */
class RocksEngineTest {
  @TempDir private Path parent;

  private static BucketStore open(Path directory) throws IOException {
    return new RocksEngine().open(directory, false, said -> {});
  }

  @Test
  void is_found_as_the_engine() {
    assertThat(ServiceLoader.load(BucketStore.Engine.class).findFirst())
        .get()
        .isInstanceOf(RocksEngine.class);
  }

  @Nested
  class A_directory {
    @Test
    void is_made_if_it_is_missing_with_those_above_it() throws IOException {
      Path directory = parent.resolve("a/b/c");
      try (var store = open(directory)) {
        assertThat(store.size()).isZero();
      }
      assertThat(directory.resolve("CURRENT")).exists();
    }

    @Test
    void that_is_a_file_is_named() throws IOException {
      Path file = Files.createFile(parent.resolve("file"));

      assertThatThrownBy(() -> open(file))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file + " is a file");
      assertThatThrownBy(() -> open(file.resolve("below")))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("cannot create the directory " + file.resolve("below"));
    }

    @Test
    void that_is_a_link_to_nothing_is_refused_with_that_reason() throws IOException {
      Path link = Files.createSymbolicLink(parent.resolve("link"), parent.resolve("nothing"));

      assertThatThrownBy(() -> open(link))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(link + ": it is a link to " + parent.resolve("nothing"));
    }

    @Test
    void with_other_files_is_refused_and_not_touched() throws IOException {
      Files.createFile(parent.resolve("thesis.txt"));

      assertThatThrownBy(() -> open(parent))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(parent.toString())
          .hasMessageContaining("thesis.txt");
      try (var files = Files.list(parent)) {
        assertThat(files).hasSize(1);
      }
    }

    @Test
    void that_must_not_be_written_is_named_with_its_owner() throws Exception {
      Path directory = Files.createDirectory(parent.resolve("locked"));
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("r-xr-xr-x"));

      assertThat(refusal(directory))
          .contains("cannot write in " + directory, "belongs to " + Files.getOwner(directory));
      assertThat(refusal(directory.resolve("below")))
          .contains("cannot create the directory " + directory.resolve("below"));
    }

    /** Runs a process without root's right to ignore permissions. */
    private static final List<String> BOUND =
        List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search");

    private static String refusal(Path directory) throws Exception {
      boolean root = System.getProperty("user.name").equals("root");
      assumeTrue(!root || canBeBound(), "permissions do not bind root, and setpriv does not help");
      return String.valueOf(
          root
              ? catchThrowable(() -> new ServerProcess(BOUND, directory).close())
              : catchThrowable(() -> open(directory).close()));
    }

    private static boolean canBeBound() throws InterruptedException {
      var command = new ArrayList<>(BOUND);
      command.add("true");
      try {
        return new ProcessBuilder(command).start().waitFor() == 0;
      } catch (IOException e) {
        return false;
      }
    }

    @Test
    void whose_store_was_never_finished_becomes_one() throws IOException {
      Files.writeString(parent.resolve("MANIFEST-000001"), "");
      Files.writeString(parent.resolve("LOG"), "");
      Files.writeString(parent.resolve("kv.lock"), "");

      try (var store = open(parent)) {
        assertThat(store.size()).isZero();
      }
    }

    @Test
    void without_its_main_file_is_damaged_and_nothing_is_deleted() throws IOException {
      try (var store = open(parent)) {
        new StoreWriter().put("b", "k", "v").appendTo(store);
      }
      Files.delete(parent.resolve("CURRENT"));
      List<Path> before = files();

      assertThatThrownBy(() -> open(parent))
          .isInstanceOf(Damaged.class)
          .hasMessageContaining(parent.resolve("CURRENT").toString());
      assertThat(files()).isEqualTo(before);
    }

    private List<Path> files() throws IOException {
      try (var files = Files.list(parent)) {
        return files.sorted().toList();
      }
    }
  }

  @Nested
  class A_second_server {
    @Test
    void is_refused_in_the_same_process() throws IOException {
      try (var store = open(parent)) {
        for (int i = 0; i < 2; i++) { // a refused attempt must not release the lock
          assertThatThrownBy(() -> open(parent))
              .isInstanceOf(IOException.class)
              .hasMessageContaining(parent + " is in use by this process")
              .hasMessageContaining("process " + ProcessHandle.current().pid());
        }
        assertThat(store.size()).isZero();
      }
      open(parent).close();
    }

    @Test
    void is_told_which_process_has_the_directory() throws Exception {
      Path lock = parent.resolve(DirectoryLock.FILE);
      Process other =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  place(Locking.class) + File.pathSeparator + place(DirectoryLock.class),
                  Locking.class.getName(),
                  parent.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (var said = other.inputReader(StandardCharsets.UTF_8)) {
        assertThat(said.readLine()).isEqualTo("locked");
        assertThat(lock).exists();

        assertThatThrownBy(() -> open(parent))
            .isInstanceOf(IOException.class)
            .hasMessageContaining(parent + " is in use by process " + other.pid() + " on ");
      } finally {
        other.destroyForcibly().waitFor();
      }
      open(parent).close(); // a dead process holds no lock
    }

    private static Path place(Class<?> type) throws URISyntaxException {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }
  }

  /** A process that locks a directory until it is killed. */
  static final class Locking {
    private Locking() {}

    public static void main(String[] directory) throws Exception {
      try (var _ = DirectoryLock.take(Path.of(directory[0]))) {
        System.out.println("locked");
        while (System.in.read() >= 0) {
          // Waits until it is killed, or its parent has gone.
        }
      }
    }
  }

  @Nested
  class A_format {
    @Test
    void newer_than_is_known_is_refused_with_both_numbers() throws Exception {
      open(parent).close();
      write(Layout.single(Layout.FORMAT), new byte[] {7});

      assertThatThrownBy(() -> open(parent))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(parent + " has format 7")
          .hasMessageContaining("formats up to 1");
    }

    @Test
    void that_is_not_told_makes_a_store_of_nobody() throws Exception {
      write(new byte[] {'x'}, new byte[] {1});

      assertThatThrownBy(() -> open(parent))
          .isInstanceOf(Damaged.class)
          .hasMessageContaining("no row with the version");
    }

    private void write(byte[] key, byte[] value) throws Exception {
      try (var options = new Options().setCreateIfMissing(true);
          var db = RocksDB.open(options, parent.toString())) {
        db.put(key, value);
      }
    }
  }

  @Nested
  class A_checkpoint {
    @Test
    void is_a_store_with_what_was_appended_before_it() throws IOException {
      Path copy = parent.resolve("copies/1");
      var writer = new StoreWriter();
      try (var store = open(parent.resolve("store"))) {
        writer.put("b", "k", "1").put("c", "k", "2").appendTo(store);
        store.checkpoint(copy);
        new StoreWriter().put("d", "k", "3").appendTo(store);

        assertThatThrownBy(() -> store.checkpoint(copy)).hasMessageContaining("exists already");
      }
      try (var store = open(copy)) {
        assertThat(StoreWriter.all(store)).isEqualTo(writer.all());
      }
    }

    @Test
    void in_its_own_directory_is_refused() throws IOException {
      Path own = parent.resolve("store");
      try (var store = open(own)) {
        assertThatThrownBy(() -> store.checkpoint(own.resolve("a/b")))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("is in the store's own directory");
        assertThat(own.resolve("a")).doesNotExist();
      }
    }

    @Test
    void that_cannot_be_written_leaves_the_store_as_it_was() throws IOException {
      Path file = Files.createFile(parent.resolve("file"));
      try (var store = open(parent.resolve("store"))) {
        assertThatThrownBy(() -> store.checkpoint(file.resolve("copy")))
            .isInstanceOf(IOException.class)
            .hasMessageContaining(file.toString());

        new StoreWriter().put("b", "k", "v").appendTo(store);
        assertThat(store.load("b").orElseThrow().changes())
            .containsExactly(new Change.Put("k", "v"));
      }
    }
  }
}
