package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.MonitorRef;
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

  private final FaultyStore disk = new FaultyStore(new MemoryStore());
  private TimedStore store;

  @BeforeEach
  void open() throws IOException {
    var config = KeptStore.config(disk);
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

  @Test
  void buckets_leave_also_while_a_change_waits_for_the_disk() throws IOException {
    assertThat(store.does("SET key v")).isEqualTo("OK");
    store.letStewardWork(); // it was used
    var hold = new KeptStore.Hold();
    disk.before(FaultyStore.Call.APPEND, 1, hold::pass);
    try {
      store.peer().send("SET", "other", "v");
      hold.awaitReached();
      store.wakeTimers(50); // the expirer waits for the change now
      MonitorRef end = store.watch("key");
      store.wakeTimers(50);
      store.wakeTimers(50);

      TimedStore.await(end);
    } finally {
      hold.release();
    }
  }
}
