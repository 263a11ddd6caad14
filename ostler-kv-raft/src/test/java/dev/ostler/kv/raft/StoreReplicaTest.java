package dev.ostler.kv.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.BucketStore.Write;
import dev.ostler.kv.journal.StoreWriter;
import dev.ostler.kv.rocksdb.RocksEngine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store of one node, without other nodes. */
class StoreReplicaTest {
  private static final int LARGE = 1_000_000;

  @TempDir Path directory;
  private final StoreWriter writer = new StoreWriter();
  private StoreReplica replica;

  private StoreReplica open(String name) throws IOException {
    return new StoreReplica(directory.resolve(name), new RocksEngine(), SmallDisk::fail);
  }

  @BeforeEach
  void open() throws IOException {
    replica = open("data");
  }

  @AfterEach
  void close() throws IOException {
    replica.close();
  }

  private static List<ByteBuffer> commands(List<Write> group) {
    return WriteCommand.group(group).stream().map(ByteBuffer::wrap).toList();
  }

  private Path snapshot(StoreReplica of, String name) throws IOException {
    Path place = Files.createDirectory(directory.resolve(name));
    of.snapshot(place);
    return place;
  }

  @Test
  void an_entry_is_applied_with_its_index() throws IOException {
    replica.apply(3, commands(writer.put("b", "k", "1").group()));
    replica.apply(5, commands(writer.put("b", "l", "2").put("c", "k", "3").group()));
    replica.close();
    replica = open("data");

    assertThat(replica.applied()).isEqualTo(5);
    assertThat(StoreWriter.all(replica.store())).isEqualTo(writer.all());
  }

  @Test
  void a_number_is_reserved_and_never_a_smaller_one() throws IOException {
    replica.apply(1, List.of(ByteBuffer.wrap(WriteCommand.number(100))));
    replica.apply(2, List.of(ByteBuffer.wrap(WriteCommand.number(50))));

    assertThat(replica.store().reserved()).isEqualTo(100);
    assertThat(replica.applied()).isEqualTo(2);
  }

  @Test
  void parts_are_applied_together_at_the_last_one() throws IOException {
    for (int i = 0; i < 4; i++) {
      writer.put("b", "k" + i, "v".repeat(LARGE));
    }
    List<ByteBuffer> parts = commands(writer.group());
    assertThat(parts).hasSize(2);

    replica.apply(1, parts.subList(0, 1));
    assertThat(replica.isWhole()).isFalse();
    assertThat(replica.applied()).isZero();
    assertThat(replica.store().size()).isZero();

    replica.apply(2, parts.subList(1, 2));
    assertThat(replica.isWhole()).isTrue();
    assertThat(replica.applied()).isEqualTo(2);
    assertThat(StoreWriter.all(replica.store())).isEqualTo(writer.all());
  }

  @Test
  void parts_whose_leader_has_not_written_the_last_one_are_void() throws IOException {
    var lost = new StoreWriter();
    for (int i = 0; i < 4; i++) {
      lost.put("lost", "k" + i, "v".repeat(LARGE));
    }
    replica.apply(1, commands(lost.group()).subList(0, 1));
    replica.apply(2, commands(writer.put("b", "k", "1").group()));

    assertThat(replica.isWhole()).isTrue();
    assertThat(StoreWriter.all(replica.store())).isEqualTo(writer.all());
  }

  @Test
  void a_snapshot_replaces_all_that_another_node_has() throws IOException {
    replica.apply(7, commands(writer.put("b", "k", "1").group()));
    Path snapshot = snapshot(replica, "snapshot");
    replica.apply(8, commands(new StoreWriter().put("later", "k", "1").group()));

    try (var other = open("other")) {
      other.apply(2, commands(new StoreWriter().put("old", "k", "0").group()));
      other.install(snapshot);
      assertThat(other.applied()).isEqualTo(7);
      assertThat(StoreWriter.all(other.store())).isEqualTo(writer.all());

      other.apply(8, commands(writer.put("b", "k", "2").group()));
    }
    try (var again = open("other")) {
      assertThat(again.applied()).isEqualTo(8);
      assertThat(StoreWriter.all(again.store())).isEqualTo(writer.all());
      assertThat(Trees.named(directory.resolve("other"), "store-")).hasSize(1);

      again.install(snapshot); // it is as it was
      assertThat(again.applied()).isEqualTo(7);
    }
  }

  @Test
  void what_a_process_left_that_died_while_it_installed_a_snapshot_is_deleted() throws IOException {
    replica.apply(1, commands(writer.put("b", "k", "1").group()));
    replica.close();
    Path unfinished = Files.createDirectory(directory.resolve("data/unfinished"));
    Files.writeString(unfinished.resolve("000007.sst"), "half a table");
    replica = open("data");

    assertThat(StoreWriter.all(replica.store())).isEqualTo(writer.all());
    assertThat(unfinished).doesNotExist();
  }

  @Test
  void a_full_disk_is_a_failure_before_the_store_itself_has_no_room() throws IOException {
    var disk = new SmallDisk();
    try (var other = new StoreReplica(directory.resolve("other"), disk.engine(), SmallDisk::fail)) {
      other.apply(1, commands(writer.put("b", "k", "1").group()));
      disk.fill();

      assertThatThrownBy(() -> other.apply(2, commands(writer.put("b", "k", "2").group())))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("the disk is full: ");
      assertThat(StoreWriter.all(other.store())).isEqualTo(writer.all());
    }
  }
}
