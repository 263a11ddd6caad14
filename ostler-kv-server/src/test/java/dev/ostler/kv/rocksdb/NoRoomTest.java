package dev.ostler.kv.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A start on a file system that has no room, or from which nothing may be run. */
class NoRoomTest {
  @TempDir private Path folder;
  private Path temporary;
  private List<String> runner;

  @BeforeEach
  void makeTheTemporaryFolder() throws IOException {
    temporary = Files.createDirectory(folder.resolve("temporary"));
    runner = List.of("env", "JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=" + temporary);
  }

  private static List<Path> files(Path directory) throws IOException {
    try (var all = Files.walk(directory)) {
      return all.filter(file -> !file.equals(directory)).toList();
    }
  }

  @Test
  void a_killed_server_leaves_no_library_behind_where_it_may_not_be_run_from_the_store()
      throws Exception {
    try (var disk = SmallDisk.mount(folder.resolve("disk"), "noexec,size=100m")) {
      Path data = disk.root().resolve("data");
      try (var server = new ServerProcess(runner, data);
          var client = new RespLine(server.port())) {
        assertThat(client.ask("HSET", "b", "k", "v")).isEqualTo(1L);
        server.kill();
      }

      assertThat(files(temporary)).isEmpty();
      assertThat(files(data)).noneMatch(file -> file.toString().contains("librocksdb"));
    }
  }

  @Test
  void for_the_library_names_both_places_and_the_reason() throws Exception {
    try (var disk = SmallDisk.mount(folder.resolve("disk"), "size=2m")) {
      Path small = Files.createDirectory(disk.root().resolve("temporary"));
      var here = List.of("env", "JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=" + small);
      Path data = disk.root().resolve("data");

      assertThatThrownBy(() -> new ServerProcess(here, data).close())
          .hasMessageContaining("cannot load RocksDB's library from " + data)
          .hasMessageContaining("nor from " + small)
          .hasMessageContaining("No space left on device")
          .hasMessageNotContaining("\tat ");
      assertThat(files(small)).isEmpty();
    }
  }

  @Test
  void for_the_lock_names_its_file_and_the_reason() throws Exception {
    new RocksEngine().open(folder.resolve("first"), false, said -> {}).close(); // loads the library
    try (var disk = SmallDisk.mount(folder.resolve("disk"), "size=1m")) {
      Path data = Files.createDirectory(disk.root().resolve("data"));
      disk.fill(disk.root().resolve("other"));

      assertThatThrownBy(() -> new RocksEngine().open(data, false, said -> {}).close())
          .isInstanceOf(IOException.class)
          .hasMessageContaining(data.resolve(DirectoryLock.FILE).toString())
          .hasMessageContaining("No space left on device");
    }
  }
}
