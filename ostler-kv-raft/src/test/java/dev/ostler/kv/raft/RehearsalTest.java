package dev.ostler.kv.raft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.journal.StoreWriter;
import dev.ostler.kv.rocksdb.RocksEngine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node does before it can lead. */
class RehearsalTest {
  @TempDir Path directory;

  @Test
  void a_rehearsal_leaves_the_store_as_it_was() throws IOException {
    var writer = new StoreWriter();
    try (var replica = new StoreReplica(directory, new RocksEngine(), SmallDisk::fail)) {
      List<ByteBuffer> commands =
          WriteCommand.group(writer.put("rehearsal", "k", "1").group()).stream()
              .map(ByteBuffer::wrap)
              .toList();
      replica.apply(7, commands);

      Rehearsal.play(directory, replica);

      assertThat(StoreWriter.all(replica.store())).isEqualTo(writer.all());
      assertThat(replica.applied()).isEqualTo(7);
      assertThat(replica.store().reserved()).isZero();
    }
  }
}
