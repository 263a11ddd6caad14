package dev.ostler.kv.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.Sync;
import dev.ostler.kv.TestKv;
import dev.ostler.kv.journal.JournalTurn;
import dev.ostler.kv.journal.StoreWriter;
import dev.ostler.kv.server.Resp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A store on a separate file system that is full for a while. */
@Timeout(240) // seconds; only INFO shows the change of the status
class FullDiskTest {
  private static final int MEGABYTE = 1 << 20;
  private static final String VALUE = random(new Random(1), 20_000);

  @TempDir private Path folder;
  private @Nullable SmallDisk mounted;
  private Path disk;

  @BeforeEach
  void mount() throws Exception {
    new RocksEngine().open(folder.resolve("first"), false, said -> {}).close(); // loads the library
    mounted = SmallDisk.mount(folder.resolve("disk"), "size=24m");
    disk = mounted.root();
  }

  @AfterEach
  void unmount() throws Exception {
    if (mounted != null) {
      mounted.close();
    }
  }

  private KvConfig config(Sync sync) {
    return KvConfig.durable(disk.resolve("data"), new RocksEngine()).with(Resp.on(0)).sync(sync);
  }

  private static boolean says(RespLine client, String status) throws IOException {
    return RespLine.text(client.ask("INFO", "persistence"))
        .contains("aof_last_write_status:" + status);
  }

  /**
   * Asks repeatedly until the store reports this status of its last write; there is no event for
   * it.
   */
  private static void await(RespLine client, String status) throws IOException {
    while (!says(client, status)) {
      if (Thread.interrupted()) { // by the time limit
        throw new AssertionError("the store never said " + status);
      }
      Thread.yield();
    }
  }

  private void fill(Path file) throws IOException {
    Objects.requireNonNull(mounted).fill(file);
  }

  /**
   * Takes the room that is left until the store refuses changes, and shows it with one. The store
   * deletes files in the background, so that there may be room again for a moment.
   */
  private void fillUntilRefused(Path file, RespLine client) throws IOException {
    Object said;
    do {
      do {
        fill(file);
      } while (!says(client, "err"));
      said = client.ask("HSET", "other", "k", "v");
    } while (!(said instanceof RespLine.Refusal));
    assertThat(RespLine.text(said)).contains("MISCONF", "the disk is full");
  }

  /** Writes until a write is refused, or the test lets it end. Confirmed values are in the map. */
  private static @Nullable Void write(Kv kv, Map<String, String> sure, AtomicBoolean mayEnd)
      throws IOException {
    try (var client = new RespLine(kv.port("resp"))) {
      for (int i = 0; !mayEnd.get(); i++) {
        String value = i + VALUE;
        Object said = client.ask("HSET", "bucket " + i % 50, "key " + i, value);
        if (said instanceof RespLine.Refusal(String why)) {
          assertThat(why).contains("MISCONF", "the disk is full");
          break;
        }
        sure.put("bucket " + i % 50 + "/key " + i, value);
      }
      return null;
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

  /**
   * While a store fills the disk by itself, there is at times no room for a moment, and then there
   * is again. So another file takes the rest of the disk. A change that was made just before waits
   * for its reply, and with it who reads what it has changed. What nobody changes is read.
   */
  @ParameterizedTest
  @EnumSource(Sync.class)
  void that_the_store_has_filled_refuses_changes_until_there_is_room_and_keeps_all(Sync sync)
      throws Exception {
    Path ballast = Files.write(disk.resolve("ballast"), new byte[8 * MEGABYTE]);
    Path rest = disk.resolve("rest");
    var sure = new ConcurrentSkipListMap<String, String>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        Kv kv = Kv.open(config(sync));
        var client = new RespLine(kv.port("resp"))) {
      assertThat(client.ask("HSET", "before", "k", "v")).isEqualTo(1L);
      sure.put("before/k", "v");
      var mayEnd = new AtomicBoolean();
      Future<?> writing = threads.submit(() -> write(kv, sure, mayEnd));
      while (!writing.isDone() && !says(client, "err")) {
        Thread.yield();
      }
      fillUntilRefused(rest, client);
      assertThat(client.ask("HGET", "before", "k")).isEqualTo("v");

      Files.delete(ballast);
      Files.delete(rest);
      mayEnd.set(true);
      writing.get();
      await(client, "ok");
      assertThat(client.ask("HSET", "other", "k", "w")).isEqualTo(1L);
      sure.put("other/k", "w");
    }
    try (Kv kv = Kv.open(config(sync))) {
      assertThat(content(kv)).isEqualTo(sure);
    }
  }

  @ParameterizedTest
  @EnumSource(Sync.class)
  void that_other_programs_fill_while_the_store_writes_loses_nothing(Sync sync) throws Exception {
    var sure = new ConcurrentSkipListMap<String, String>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        Kv kv = Kv.open(config(sync));
        var client = new RespLine(kv.port("resp"))) {
      for (int round = 0; round < 3; round++) {
        var mayEnd = new AtomicBoolean();
        Future<?> writing = threads.submit(() -> write(kv, sure, mayEnd));
        Path other = disk.resolve("other");
        do { // the writer is refused, or waits for its reply
          fill(other);
        } while (!writing.isDone() && !says(client, "err"));

        mayEnd.set(true);
        Files.delete(other);
        writing.get();
        await(client, "ok");
        assertThat(client.ask("HSET", "other", "k" + round, "w")).isEqualTo(1L);
        sure.put("other/k" + round, "w");
      }
    }
    try (Kv kv = Kv.open(config(sync))) {
      assertThat(content(kv)).isEqualTo(sure);
    }
  }

  /** What is in a log needs the same room once more, for a table. Then the log is deleted. */
  @ParameterizedTest
  @EnumSource(Sync.class)
  void that_has_room_for_all_but_not_twice_takes_all(Sync sync) throws Exception {
    var random = new Random(2);
    var sure = new TreeMap<String, String>();
    try (Kv kv = Kv.open(config(sync));
        var client = new RespLine(kv.port("resp"))) {
      for (int i = 0; i < 12; i++) {
        String value = random(random, MEGABYTE);
        assertThat(client.ask("HSET", "bucket " + i, "k", value)).as("change %d", i).isEqualTo(1L);
        sure.put("bucket " + i + "/k", value);
        JournalTurn.await(TestKv.journal(kv));
      }
    }
    try (Kv kv = Kv.open(config(sync))) {
      assertThat(content(kv)).isEqualTo(sure);
    }
  }

  /** A text that cannot be compressed much. */
  private static String random(Random random, int length) {
    byte[] text = new byte[length];
    for (int i = 0; i < length; i++) {
      text[i] = (byte) random.nextInt(' ', 127);
    }
    return new String(text, StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @EnumSource(Sync.class)
  void that_other_programs_have_filled_refuses_changes_until_there_is_room(Sync sync)
      throws Exception {
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

  /** Appends until there is no room; returns the group that was refused. */
  private static List<BucketStore.Write> appendUntilFull(BucketStore store, StoreWriter writer)
      throws IOException {
    for (int i = 0; ; i++) {
      writer.put("bucket " + i % 10, "key " + i, i + VALUE);
      List<BucketStore.Write> group = writer.group();
      try {
        store.append(group);
      } catch (BucketStore.Full e) {
        return group;
      }
    }
  }

  @Test
  void what_the_engine_has_refused_it_takes_when_there_is_room() throws IOException {
    var writer = new StoreWriter();
    Path data = disk.resolve("data");
    try (BucketStore store = new RocksEngine().open(data, false, said -> {})) {
      for (int round = 0; round < 3; round++) {
        long room = Files.getFileStore(disk).getUsableSpace();
        byte[] most = new byte[(int) room - 3 * MEGABYTE];
        Path other = Files.write(disk.resolve("other"), most);
        List<BucketStore.Write> refused = appendUntilFull(store, writer);
        assertThat(store.load("bucket 1")).isPresent();

        Files.delete(other);
        store.append(refused);
        store.sync();
        assertThat(StoreWriter.all(store)).isEqualTo(writer.all());
      }
    }
    try (BucketStore store = new RocksEngine().open(data, false, said -> {})) {
      assertThat(StoreWriter.all(store)).isEqualTo(writer.all());
    }
  }
}
