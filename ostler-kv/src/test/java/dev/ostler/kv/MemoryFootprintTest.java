package dev.ostler.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.bucket.Inside;
import dev.ostler.kv.bucket.Store;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What the store says its buckets take, and what the JVM says. Runs in a JVM of its own: in that of
 * other tests, what they left is collected while this one measures.
 */
@Tag("heap")
@ExtendWith(OstlerExtension.class)
class MemoryFootprintTest {
  private static final long LATER = System.currentTimeMillis() + 1_000_000_000L;

  /** What is in use once all that is garbage has gone. */
  private static long live() {
    var heap = ManagementFactory.getMemoryMXBean();
    long least = Long.MAX_VALUE;
    for (int attempt = 0; attempt < 4; attempt++) {
      System.gc();
      least = Math.min(least, heap.getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  /** The two agree within a fifth, and nothing is counted any more when all is gone. */
  private static void agree(Consumer<Kv> fill) {
    var memory = new LongAdder();
    var config = KvConfig.inMemory();
    var environment =
        new Environment(
            config.limits(), System::currentTimeMillis, memory, (bucket, type, event) -> {});
    try (Kv kv = TestKv.open(config, environment)) {
      kv.create("the first").put("a", "b");
      long before = live();
      long counted = memory.sum();
      fill.accept(kv);
      long took = live() - before;
      assertThat(memory.sum() - counted).isCloseTo(took, withinPercentage(20));

      Store.of(kv).keyspace().dropAll(null);
      do { // a few end at a time, and the registry answers once it has heard of those
        kv.create("the first").put("a", "b");
      } while (Store.of(kv).keyspace().table().processes() > 1);
      var _ =
          Store.of(kv).getOrStart("the first"); // asks the registry: what it removed is uncounted
      assertThat(memory.sum()).isEqualTo(counted);
    }
  }

  private static void change(Kv kv, String name, Change... changes) {
    var _ =
        Inside.of(
            Store.of(kv).getOrStart(name),
            entries -> {
              for (Change change : changes) {
                entries.apply(change);
              }
              return entries.seq();
            });
  }

  @Test
  void agree_on_many_small_buckets() {
    agree(
        kv -> {
          for (int i = 0; i < 60_000; i++) {
            change(kv, "bucket:" + i, new Change.Put("key:" + i, "value:" + i));
          }
        });
  }

  @Test
  void agree_on_buckets_of_ten_keys() {
    agree(
        kv -> {
          for (int i = 0; i < 40_000; i++) {
            var changes = new Change[10];
            for (int key = 0; key < changes.length; key++) {
              changes[key] = new Change.Put("key:" + key, "value:" + i);
            }
            change(kv, "bucket:" + i, changes);
          }
        });
  }

  @Test
  void agree_on_a_few_large_buckets() {
    agree(
        kv -> {
          for (int i = 0; i < 80_000; i++) {
            change(kv, "bucket:" + i % 3, new Change.Put("key:" + i, "value:" + i));
          }
        });
  }

  @Test
  void agree_on_small_strings() {
    agree(
        kv -> {
          for (int i = 0; i < 60_000; i++) {
            change(kv, "string:" + i, new Change.Text("value:" + i));
          }
        });
  }

  @Test
  void agree_on_large_strings() {
    agree(
        kv -> {
          for (int i = 0; i < 3000; i++) {
            change(kv, "string:" + i, new Change.Text(String.valueOf(i % 10).repeat(20_000)));
          }
        });
  }

  @Test
  void agree_on_strings_that_go_by_themselves() {
    agree(
        kv -> {
          for (int i = 0; i < 25_000; i++) {
            change(
                kv, "session:" + i, new Change.Text("value:" + i), new Change.Deadline(LATER + i));
          }
        });
  }

  @Test
  void agree_on_buckets_with_one_key_that_goes_by_itself() {
    agree(
        kv -> {
          for (int i = 0; i < 25_000; i++) {
            String key = "key:" + i;
            change(
                kv,
                "bucket:" + i,
                new Change.Put(key, "value:" + i),
                new Change.KeyDeadline(key, LATER + i));
          }
        });
  }

  @Test
  void agree_on_keys_that_go_by_themselves() {
    agree(
        kv -> {
          for (int i = 0; i < 60_000; i++) {
            String key = "key:" + i;
            change(
                kv,
                "bucket:" + i % 3,
                new Change.Put(key, "value:" + i),
                new Change.KeyDeadline(key, LATER + i));
          }
        });
  }
}
