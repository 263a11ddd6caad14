package dev.ostler.kv.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.Sync;
import dev.ostler.kv.server.Resp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A store on a file system of its own that is full for a while. Run by hand, with {@code
 * -Ddev.ostler.fullDisk=true}, by a user who may mount one.
 */
@EnabledIfSystemProperty(
    named = "dev.ostler.fullDisk",
    matches = "true",
    disabledReason = "only with -Ddev.ostler.fullDisk=true: mounts file systems of its own")
@Timeout(60) // seconds; nobody tells of a change of the status but INFO
class FullDiskTest {
  private static final int MEGABYTE = 1 << 20;
  private static final String VALUE = "0123456789".repeat(2000);

  @TempDir private Path folder;
  private Path disk;

  @BeforeEach
  void mount() throws Exception {
    new RocksEngine().open(folder.resolve("first"), false, said -> {}).close(); // has the library
    disk = Files.createDirectory(folder.resolve("disk"));
    boolean isMounted = run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk.toString());
    assumeTrue(isMounted, "no file system can be mounted here: no disk is full");
  }

  @AfterEach
  void unmount() throws Exception {
    var _ = run("umount", disk.toString());
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

  private KvConfig config(Sync sync) {
    return KvConfig.durable(disk.resolve("data"), new RocksEngine()).with(Resp.on(0)).sync(sync);
  }

  /** Asks until the store says so of its last write; nobody else tells. */
  private static void await(RespLine client, String status) throws IOException {
    while (!RespLine.text(client.ask("INFO", "persistence"))
        .contains("aof_last_write_status:" + status)) {
      if (Thread.interrupted()) { // by the time limit
        throw new AssertionError("the store never said " + status);
      }
      Thread.yield();
    }
  }

  /** Writes until it is refused; what was answered is in the map. */
  private static String write(int port, Map<String, String> sure) throws IOException {
    try (var client = new RespLine(port)) {
      for (int i = 0; ; i++) {
        String value = i + VALUE;
        Object said = client.ask("HSET", "bucket " + i % 50, "key " + i, value);
        if (said instanceof RespLine.Refusal(String why)) {
          return why;
        }
        sure.put("bucket " + i % 50 + "/key " + i, value);
      }
    }
  }

  private static Map<String, String> content(Kv kv) {
    var all = new TreeMap<String, String>();
    for (String name : kv.names()) {
      kv.lookup(name)
          .orElseThrow()
          .entries()
          .forEach((key, value) -> all.put(name + "/" + key, value));
    }
    return all;
  }

  @ParameterizedTest
  @EnumSource(Sync.class)
  void that_the_store_has_filled_refuses_changes_until_there_is_room_and_keeps_all(Sync sync)
      throws Exception {
    Path ballast = Files.write(disk.resolve("ballast"), new byte[8 * MEGABYTE]);
    var sure = new ConcurrentSkipListMap<String, String>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try (Kv kv = Kv.open(config(sync));
          var client = new RespLine(kv.port("resp"))) {
        Future<String> refused = threads.submit(() -> write(kv.port("resp"), sure));
        await(client, "err");

        assertThat(RespLine.text(client.ask("HSET", "other", "k", "v")))
            .contains("MISCONF", "the disk is full");
        assertThat(client.ask("HGET", "bucket 1", "key 1")).isEqualTo(1 + VALUE);

        Files.delete(ballast);
        await(client, "ok");
        assertThat(client.ask("HSET", "other", "k", "w")).isEqualTo(1L);
        sure.put("other/k", "w");
        assertThat(refused.get(60, TimeUnit.SECONDS)).contains("the disk is full");
      }
    }
    try (Kv kv = Kv.open(config(sync))) {
      assertThat(content(kv)).isEqualTo(sure);
    }
  }

  @ParameterizedTest
  @EnumSource(Sync.class)
  void that_others_have_filled_refuses_changes_until_there_is_room(Sync sync) throws Exception {
    try (Kv kv = Kv.open(config(sync));
        var client = new RespLine(kv.port("resp"))) {
      assertThat(client.ask("HSET", "bucket", "k", "v")).isEqualTo(1L);
      Path other = disk.resolve("other");
      fill(other);
      await(client, "err");

      for (int i = 0; i < 100; i++) {
        assertThat(RespLine.text(client.ask("HSET", "bucket", "k" + i, VALUE)))
            .contains("MISCONF", "the disk is full");
      }
      assertThat(client.ask("HLEN", "bucket")).isEqualTo(1L);

      Files.delete(other);
      await(client, "ok");
      assertThat(client.ask("HSET", "bucket", "l", "w")).isEqualTo(1L);
    }
    try (Kv kv = Kv.open(config(sync))) {
      assertThat(content(kv)).isEqualTo(Map.of("bucket/k", "v", "bucket/l", "w"));
    }
  }

  private static void fill(Path file) throws IOException {
    try (var out =
        Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      while (true) {
        out.write(new byte[MEGABYTE / 16]);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
  }
}
