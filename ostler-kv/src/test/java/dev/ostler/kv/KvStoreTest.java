package dev.ostler.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.MonitorRef;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.bucket.BucketRegistry;
import dev.ostler.kv.bucket.BucketServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A store in the same JVM. */
@ExtendWith(OstlerExtension.class)
class KvStoreTest {
  private final Kv kv = Kv.open(KvConfig.inMemory());

  @AfterEach
  void close() {
    kv.close();
  }

  private Pid registry() {
    return TestKv.registry(kv).orElseThrow();
  }

  /** How many buckets the registry monitors, once it has handled all that came before. */
  private int adopted() {
    return ((BucketRegistry.Adopted) Sys.getState(registry())).size();
  }

  private static void kill(Pid pid) {
    pid.exit(ExitReason.KILL);
    assertThat(pid.isAlive()).isFalse();
  }

  @Nested
  class A_bucket {
    @Test
    void keeps_what_it_is_given() {
      Bucket bucket = kv.create("shopping");
      bucket.put("milk", "1");
      bucket.put("milk", "2");
      bucket.put("", "");

      assertThat(bucket.name()).isEqualTo("shopping");
      assertThat(bucket.get("milk")).contains("2");
      assertThat(bucket.get("")).contains("");
      assertThat(bucket.get("eggs")).isEmpty();
      assertThat(bucket.size()).isEqualTo(2);
      assertThat(bucket.delete("eggs")).isEmpty();
      assertThat(bucket.delete("milk")).contains("2");
      assertThat(bucket.entries()).isEqualTo(Map.of("", ""));
    }

    @Test
    void gives_a_copy_of_its_entries() {
      Bucket bucket = kv.create("shopping");
      Map<String, String> before = bucket.entries();
      bucket.put("milk", "1");

      assertThat(before).isEmpty();
    }

    @Test
    void that_has_ended_says_so_to_who_still_holds_it() {
      Bucket bucket = kv.create("shopping");
      bucket.stop();
      bucket.stop();

      assertThatThrownBy(() -> bucket.get("milk"))
          .isInstanceOf(KvException.BucketGone.class)
          .hasMessage("the bucket shopping has ended");
      assertThatThrownBy(() -> bucket.put("milk", "1")).isInstanceOf(KvException.BucketGone.class);
      assertThatThrownBy(bucket::size).isInstanceOf(KvException.BucketGone.class);
    }

    @Test
    void shows_no_entries_in_reports() {
      Bucket bucket = kv.create("shopping");
      bucket.put("milk", "secret");

      assertThat(Sys.status(bucket.pid(), Duration.ofSeconds(5)).toString())
          .contains("bucket shopping with 1 keys")
          .doesNotContain("secret");
    }

    @Test
    void is_used_by_threads_that_are_no_processes() throws Exception {
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        threads.submit(() -> kv.create("shopping").put("milk", "1")).get();
      }

      assertThat(kv.lookup("shopping").orElseThrow().get("milk")).contains("1");
    }
  }

  @Nested
  class The_registry {
    // Item 1.
    @Test
    void answers_a_create_with_the_one_bucket_of_that_name() throws Exception {
      var pids = new ArrayList<Future<Pid>>();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < 50; i++) {
          pids.add(threads.submit(() -> kv.create("shopping").pid()));
        }
      }

      for (Future<Pid> pid : pids) {
        assertThat(pid.get()).isEqualTo(kv.lookup("shopping").orElseThrow().pid());
      }
      assertThat(adopted()).isEqualTo(1);
    }

    // Item 2.
    @Test
    void answers_a_start_that_fails_and_goes_on() {
      var rotten = new AtomicBoolean(true);
      try (Kv failing =
          TestKv.open(
              KvConfig.inMemory(),
              () -> {
                if (rotten.get()) {
                  throw new IllegalStateException("no bucket today");
                }
                return new BucketServer(Limits.DEFAULT);
              })) {
        Pid registry = TestKv.registry(failing).orElseThrow();

        assertThatThrownBy(() -> failing.create("rotten"))
            .isInstanceOf(KvException.NotCreated.class)
            .hasMessage("the bucket rotten was not created: no bucket today");
        failing.createAsync("rotten");
        failing.delete("rotten"); // answered after the start has failed
        rotten.set(false);
        assertThat(failing.create("fresh").name()).isEqualTo("fresh");
        assertThat(failing.names()).containsExactly("fresh");
        assertThat(TestKv.registry(failing)).contains(registry);
      }
    }

    // Item 3.
    @Test
    void is_linked_to_no_bucket() {
      Bucket bucket = kv.create("shopping");

      assertThat(Processes.info(bucket.pid()).orElseThrow().links())
          .containsExactly(TestKv.starter(kv).pid());
      assertThat(Processes.info(registry()).orElseThrow().links())
          .containsExactly(TestKv.supervisor(kv).pid());
    }

    // Item 4.
    @Test
    void forgets_a_bucket_that_dies() {
      Pid registry = registry();
      kill(kv.create("shopping").pid());

      assertThat(adopted()).isZero();
      assertThat(registry()).isEqualTo(registry);
      assertThat(kv.names()).isEmpty();
      assertThat(kv.create("shopping").entries()).isEmpty();
    }

    // Item 7.
    @Test
    void is_not_touched_by_the_down_of_a_stranger() {
      Bucket bucket = kv.create("shopping");
      Pid registry = registry();
      MonitorRef mine = Self.monitor(bucket.pid());

      registry.send(new Down(mine, bucket.pid(), ExitReason.KILLED));
      registry.send(new Down(mine, Self.pid(), ExitReason.KILLED));

      assertThat(adopted()).isEqualTo(1);
      assertThat(kv.lookup("shopping")).contains(bucket);
      assertThat(registry()).isEqualTo(registry);
    }

    // Item 7.
    @Test
    void has_no_monitor_left_on_a_bucket_that_was_deleted() {
      Bucket bucket = kv.create("shopping");

      assertThat(kv.delete("shopping")).isTrue();

      assertThat(bucket.pid().isAlive()).isFalse();
      assertThat(adopted()).isZero();
      assertThat(Processes.info(registry()).orElseThrow().queued()).isZero(); // its DOWN was heard
      assertThat(kv.delete("shopping")).isFalse();
    }

    // Item 5.
    @Test
    void loses_nothing_when_it_crashes() {
      Bucket shopping = kv.create("shopping");
      Bucket tools = kv.create("tools");
      shopping.put("milk", "1");
      Pid first = registry();
      kill(first);

      assertThat(kv.lookup("shopping")).contains(shopping);
      assertThat(kv.names()).containsExactly("shopping", "tools");
      assertThat(kv.create("shopping")).isEqualTo(shopping);
      assertThat(shopping.get("milk")).contains("1");
      assertThat(registry()).isNotEqualTo(first);
      assertThat(adopted()).isEqualTo(2);
      kill(tools.pid()); // the new registry monitors it
      assertThat(adopted()).isEqualTo(1);
    }

    // Item 5.
    @Test
    void adopts_none_that_died_while_there_was_no_registry() {
      Bucket shopping = kv.create("shopping");
      kv.create("tools");
      Sys.suspend(registry()); // it does not handle the DOWN any more
      kill(shopping.pid());
      kill(registry());
      kv.create("third");

      assertThat(adopted()).isEqualTo(2);
      assertThat(kv.names()).containsExactly("third", "tools");
    }

    // Item 5.
    @Test
    void that_crashes_again_and_again_fails_no_create() throws Exception {
      Callable<Integer> work =
          () -> {
            for (int i = 0; i < 200; i++) {
              kv.create("bucket " + i).put("k", "v");
            }
            return 200;
          };
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var first = threads.submit(work);
        var second = threads.submit(work);
        for (int i = 0; i < 3; i++) {
          Pid pid = kv.create("killed " + i).pid();
          TestKv.registry(kv).ifPresent(KvStoreTest::kill);
          assertThat(pid.isAlive()).isTrue();
        }
        assertThat(first.get() + second.get()).isEqualTo(400);
      }
      kv.create("last");

      assertThat(kv.names()).hasSize(204);
      assertThat(adopted()).isEqualTo(204);
    }
  }

  @Nested
  class A_lookup {
    // Item 6.
    @Test
    void never_gives_a_dead_bucket_though_the_registry_has_not_heard() {
      Bucket bucket = kv.create("shopping");
      Sys.suspend(registry());
      kill(bucket.pid());

      assertThat(kv.lookup("shopping")).isEmpty();
      assertThat(kv.names()).isEmpty();
    }

    @Test
    void asks_no_process() {
      Bucket bucket = kv.create("shopping");
      Sys.suspend(registry());

      assertThat(kv.lookup("shopping")).contains(bucket);
      assertThat(kv.lookup("tools")).isEmpty();
    }
  }

  @Nested
  class Closing {
    @Test
    void ends_every_process() {
      Bucket bucket = kv.create("shopping");
      var all = Set.of(bucket.pid(), registry(), TestKv.supervisor(kv).pid());
      kv.close();
      kv.close();

      assertThat(all).noneMatch(Pid::isAlive);
      assertThat(kv.lookup("shopping")).isEmpty();
      assertThat(kv.names()).isEmpty();
    }

    @Test
    void leaves_a_store_that_says_so() {
      kv.close();
      kv.createAsync("shopping");

      assertThatThrownBy(() -> kv.create("shopping"))
          .isInstanceOf(KvException.Unavailable.class)
          .hasMessage("the store is closed");
      assertThatThrownBy(() -> kv.delete("shopping")).isInstanceOf(KvException.Unavailable.class);
    }
  }

  /** What ends with its opener would be lost to all others. */
  @Test
  void is_independent_of_the_process_that_opened_it() {
    Pid[] top = new Pid[1];
    var opener =
        Self.spawnMonitor(
            () -> {
              top[0] = TestKv.supervisor(Kv.open(KvConfig.inMemory())).pid();
              throw new IllegalStateException("the opener ends badly");
            });
    Self.receive(Down.class, down -> down.ref().equals(opener.ref()), Duration.ofSeconds(60));

    assertThat(top[0].isAlive()).isTrue();
  }
}
