package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Supervisor;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Bucket;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.KvException;
import dev.ostler.kv.Limits;
import dev.ostler.kv.TestKv;
import dev.ostler.kv.bucket.BucketServer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What happens to a store when one of its processes is killed. The items are those of a good
 * registry.
 */
@ExtendWith(OstlerExtension.class)
class SupervisionTest {
  private final Kv kv = Kv.open(KvConfig.inMemory().with(LineProtocol.on(0)));

  @AfterEach
  void close() {
    kv.close();
  }

  /** The processes of the store, newest first, after all restarts that the supervisor knows of. */
  private List<Pid> parts() {
    return TestKv.supervisor(kv).children().stream()
        .map(Supervisor.ChildInfo::pid)
        .flatMap(Optional::stream)
        .toList();
  }

  private static void kill(Pid pid) {
    pid.exit(ExitReason.KILL);
    assertThat(pid.isAlive()).isFalse();
  }

  private Bucket filled(String name) {
    Bucket bucket = kv.create(name);
    bucket.put("milk", "1");
    return bucket;
  }

  @Test
  void the_end_of_a_part_is_the_end_of_no_other() {
    Bucket bucket = filled("shopping");
    List<Pid> before = parts();
    Pid registry = TestKv.registry(kv).orElseThrow();
    kill(registry);
    List<Pid> after = parts();

    assertThat(before)
        .hasSize(4)
        .contains(registry); // with the clock, the buckets and the line protocol
    assertThat(after).hasSize(4).doesNotContain(registry);
    assertThat(before.stream().filter(pid -> !after.contains(pid))).containsExactly(registry);
    assertThat(bucket.get("milk")).contains("1");
    assertThat(kv.lookup("shopping")).contains(bucket);
  }

  // Items 4 and 5.
  @Test
  void the_end_of_the_buckets_supervisor_is_repaired_and_their_names_go_with_the_buckets() {
    Bucket bucket = filled("shopping");
    Pid registry = TestKv.registry(kv).orElseThrow();
    kill(TestKv.starter(kv).pid());

    assertThat(bucket.pid().isAlive()).isFalse();
    assertThat(kv.lookup("shopping")).isEmpty();
    assertThat(kv.names()).isEmpty();
    assertThat(kv.create("shopping").entries()).isEmpty();
    assertThat(TestKv.registry(kv)).contains(registry);
  }

  // Item 5.
  @Test
  void the_end_of_registry_and_buckets_at_once_is_repaired() {
    filled("shopping");
    kill(TestKv.registry(kv).orElseThrow());
    kill(TestKv.starter(kv).pid());

    assertThat(kv.create("tools").entries()).isEmpty();
    assertThat(kv.names()).containsExactly("tools");
  }

  /** The registry was killed after it had started a bucket, and before it registered the name. */
  @Test
  void a_bucket_that_got_no_name_ends_with_the_next_registry() {
    var limits = Limits.DEFAULT;
    Pid nameless =
        TestKv.starter(kv).startChild(BucketServer.child(() -> new BucketServer(limits))).pid();
    Bucket named = filled("shopping");
    kill(TestKv.registry(kv).orElseThrow());
    kv.create("tools");

    assertThat(nameless.isAlive()).isFalse();
    assertThat(named.get("milk")).contains("1");
    assertThat(TestKv.starter(kv).count().active()).isEqualTo(2);
  }

  // Item 9.
  @Test
  void a_bucket_that_crashes_again_and_again_stays_alone() {
    Bucket other = filled("other");
    List<Pid> before = parts();
    for (int i = 0; i < 500; i++) {
      kill(kv.create("rotten").pid());
    }

    assertThat(parts()).isEqualTo(before);
    assertThat(other.get("milk")).contains("1");
    assertThat(kv.names()).containsExactly("other");
  }

  @Test
  void parts_that_end_too_often_end_the_store_which_says_so() {
    Pid top = TestKv.supervisor(kv).pid();
    Bucket bucket = filled("shopping");
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 200; i++) {
                TestKv.registry(kv).ifPresent(SupervisionTest::kill);
                kv.create("shopping");
              }
            })
        .isInstanceOf(KvException.Unavailable.class)
        .hasMessage("the store has ended");

    assertThat(top.isAlive()).isFalse();
    assertThat(bucket.pid().isAlive()).isFalse();
    kv.close();
  }

  @Test
  void stores_share_nothing_with_each_other() {
    try (Kv other = Kv.open(KvConfig.inMemory())) {
      Bucket bucket = filled("shopping");
      kill(TestKv.supervisor(other).pid());

      assertThat(bucket.get("milk")).contains("1");
      assertThatThrownBy(() -> other.create("b")).hasMessage("the store has ended");
      assertThat(Processes.info(bucket.pid())).isPresent();
    }
  }
}
