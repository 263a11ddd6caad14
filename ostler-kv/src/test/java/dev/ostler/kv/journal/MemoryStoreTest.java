package dev.ostler.kv.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The store that tests use is one, and loses what it should. */
class MemoryStoreTest extends BucketStoreSpecification {
  @Override
  protected BucketStore open() {
    return new MemoryStore();
  }

  @Override
  protected BucketStore reopened(BucketStore store) throws IOException {
    store.close();
    return ((MemoryStore) store).reopened();
  }

  @Nested
  class After_a_crash {
    @Test
    void there_is_what_was_synced_alone() throws IOException {
      try (var store = new MemoryStore()) {
        var writer = new StoreWriter().put("b", "k", "1").appendTo(store);
        store.sync();
        writer.put("b", "k", "2").put("c", "k", "3").appendTo(store);

        assertThat(store.unsynced()).isEqualTo(1);
        try (var crashed = store.crashed()) {
          assertThat(crashed.load("b").orElseThrow().changes())
              .isEqualTo(List.of(new Change.Put("k", "1")));
          assertThat(crashed.load("c")).isEmpty();
        }
      }
    }
  }
}
