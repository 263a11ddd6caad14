package dev.ostler.kv.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.Limits;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** When a task may be used again. */
class BucketTaskTest {
  private static final class Task extends BucketTask<String> {
    private int runs;

    Task() {
      super(false);
    }

    @Override
    protected String runOn(Entries entries) {
      return "run " + ++runs;
    }
  }

  private final Entries entries = new Entries("a", Environment.of(Limits.DEFAULT));
  private final Task task = new Task();

  @Test
  void by_its_owner_after_it_has_run_on_the_owners_thread() {
    assertThat(task.isOwn()).isFalse();
    assertThat(task.on(entries)).isEqualTo("run 1");
    assertThat(task.on(entries)).isNull();
    assertThat(task.isOwn()).isTrue();
    task.position(7);
    task.again();
    assertThat(task.position()).isZero();
    assertThat(task.on(entries)).isEqualTo("run 2");
    assertThat(task.isOwn()).isTrue();
  }

  @Test
  void not_if_another_thread_had_it() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThat(threads.submit(() -> task.on(entries)).get()).isEqualTo("run 1");
    }
    assertThat(task.isOwn()).isFalse();
  }

  /** The thread of a process that was killed may have it for a moment longer. */
  @Test
  void not_if_a_process_that_it_was_sent_to_has_ended() {
    task.outlived();
    assertThat(task.on(entries)).isEqualTo("run 1");
    assertThat(task.isOwn()).isFalse();
  }

  @Test
  void not_if_it_was_refused() {
    task.refuse();
    assertThat(task.isRefused()).isTrue();
    assertThat(task.isOwn()).isFalse();
  }
}
