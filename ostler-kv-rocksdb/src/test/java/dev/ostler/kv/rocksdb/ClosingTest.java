package dev.ostler.kv.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An end is an end, whatever fails on the way. */
class ClosingTest {
  @TempDir private Path directory;

  private final ArrayList<String> closed = new ArrayList<>();

  private AutoCloseable failing(String name, Throwable failure) {
    return () -> {
      closed.add(name);
      if (failure instanceof Error e) {
        throw e;
      }
      throw (Exception) failure;
    };
  }

  @Test
  void closes_all_parts_and_then_throws_the_first_failure_with_the_others() {
    var first = new IOException("Read-only file system");
    var second = new OutOfMemoryError("no memory");

    assertThatThrownBy(
            () ->
                Closing.all(failing("a", first), null, failing("b", second), () -> closed.add("c")))
        .isSameAs(first)
        .hasSuppressedException(second);
    assertThat(closed).containsExactly("a", "b", "c");
  }

  @Test
  void adds_to_the_failure_that_came_before() {
    var before = new IOException("before");
    var failure = new IllegalStateException("close");
    Closing.after(before, failing("a", failure), () -> closed.add("b"));

    assertThat(before).hasSuppressedException(failure);
    assertThat(closed).containsExactly("a", "b");
  }

  @Test
  void a_lock_whose_file_cannot_be_written_any_more_is_given_back() throws IOException {
    DirectoryLock lock = DirectoryLock.take(directory);
    lock.close();
    lock.close(); // its channel is closed, so its file cannot be cut: as on a read-only disk

    DirectoryLock.take(directory).close();
    assertThat(Files.readString(directory.resolve(DirectoryLock.FILE))).isEmpty();
  }
}
