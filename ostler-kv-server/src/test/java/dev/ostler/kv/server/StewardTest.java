package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.journal.FaultyStore;
import dev.ostler.kv.journal.MemoryStore;
import java.io.IOException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How fast buckets leave memory when they exceed its limit. */
@ExtendWith(OstlerExtension.class)
class StewardTest {
  private static final int MANY = 5000;

  private TimedStore store;

  @BeforeEach
  void open() throws IOException {
    var config = KeptStore.config(new FaultyStore(new MemoryStore()));
    store = new TimedStore(config.with(Resp.on(0)).residentBytes(0));
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  @Test
  void all_that_nobody_has_used_since_it_last_looked_leave_at_once() throws IOException {
    for (int i = 0; i < MANY; i++) {
      store.peer().send("SET", "key" + i, "v");
    }
    assertThat(store.peer().replies(MANY)).hasSize(MANY);
    store.letStewardWork(); // they were used
    assertThat(store.does("GET key7")).isEqualTo("v");
    BucketRef used = Store.of(store.kv()).keyspace().table().living("key7");
    var ends =
        IntStream.range(0, MANY).filter(i -> i != 7).mapToObj(i -> store.watch("key" + i)).toList();
    store.letStewardWork();

    ends.forEach(TimedStore::await);
    assertThat(Store.of(store.kv()).keyspace().table().living("key7")).isNotNull().isSameAs(used);
    assertThat(store.does("GET key8")).isEqualTo("v");
  }
}
