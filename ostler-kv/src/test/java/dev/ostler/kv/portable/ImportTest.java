package dev.ostler.kv.portable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.KvException;
import dev.ostler.kv.Sync;
import dev.ostler.kv.bytes.Seeds;
import dev.ostler.kv.journal.Archive;
import dev.ostler.kv.journal.FaultyStore;
import dev.ostler.kv.journal.MemoryStore;
import dev.ostler.kv.journal.StoreWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Exported buckets on their way into a store whose disk may be full. */
class ImportTest {
  private static Progress none() {
    return new Progress(new PrintWriter(new StringWriter()), "", "");
  }

  private static byte[] exported(BucketStore store) throws IOException {
    var out = new ByteArrayOutputStream();
    new StoredBuckets(store, none()).export(out, 0);
    return out.toByteArray();
  }

  private static Contents imported(byte[] export, BucketStore store) throws IOException {
    try (var archive = new Archive(store, Sync.NO, (why, doubtful) -> {})) {
      var work = new Import(store, archive);
      work.run(new PortableReader("FILE", new ByteArrayInputStream(export)), () -> {}, none());
      return work.imported();
    }
  }

  private static MemoryStore with(long seed) throws IOException {
    var random = new Random(seed);
    var writer = new StoreWriter();
    var store = new MemoryStore();
    for (int i = 0; i < 30; i++) {
      writer.any(random);
    }
    writer.appendTo(store);
    return store;
  }

  static LongStream seeds() {
    return Seeds.some(50);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void gives_the_same_store_whatever_is_in_it(long seed) throws IOException {
    MemoryStore store = with(seed);
    var other = new MemoryStore();

    Contents imported = imported(exported(store), other);

    assertThat(exported(other.crashed())).isEqualTo(exported(store));
    assertThat(imported).isEqualTo(new StoredBuckets(store, none()).read());
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void replaces_what_is_there_and_keeps_the_rest(long seed) throws IOException {
    MemoryStore store = with(seed);
    MemoryStore other = with(seed + 1);
    MemoryStore before = other.reopened();
    List<String> kept = names(other);
    kept.removeAll(names(store));

    imported(exported(store), other);

    MemoryStore after = other.crashed(); // what is there even if the power goes at once
    for (String name : names(store)) {
      assertThat(after.load(name)).isEqualTo(store.load(name));
    }
    for (String name : kept) {
      assertThat(after.load(name)).isEqualTo(before.load(name));
    }
    assertThat(after.size()).isEqualTo(store.size() + kept.size());
  }

  private static List<String> names(BucketStore store) throws IOException {
    var names = new ArrayList<String>();
    long cursor = 0;
    do {
      cursor = store.scan(cursor, 100, (name, head) -> names.add(name));
    } while (cursor != 0);
    return names;
  }

  @Test
  void fails_if_the_disk_is_full() throws IOException {
    var full =
        new FaultyStore(new MemoryStore()).fail(FaultyStore.Call.APPEND, 1, FaultyStore.ENOSPC);

    assertThatThrownBy(() -> imported(exported(with(1)), full))
        .isInstanceOf(KvException.NotKept.class)
        .hasMessageContaining(FaultyStore.ENOSPC);
  }
}
