package dev.ostler.kv.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What is done once, for somebody who may stop waiting. */
class CancellableTaskTest {
  private final CancellableTask task = new CancellableTask() {};

  @Test
  void is_begun_once() throws Exception {
    assertThat(task.hasStarted()).isFalse();
    assertThat(task.start()).isTrue();
    assertThat(task.start()).isFalse();
    assertThat(task.hasStarted()).isTrue();
    task.finish();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThat(threads.submit(task::start).get()).isFalse();
    }
  }

  @Test
  void that_is_over_may_be_begun_again_by_its_owner() throws Exception {
    assertThat(task.start()).isTrue();
    assertThat(task.hasFinishedHere()).isFalse();
    task.finish();
    assertThat(task.hasFinishedHere()).isTrue();
    task.renew();
    assertThat(task.hasStarted()).isFalse();
    assertThat(task.hasFinishedHere()).isFalse();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThat(threads.submit(task::start).get()).isTrue();
      threads.submit(task::finish).get();
    }
    assertThat(task.hasStarted()).isTrue();
    assertThat(task.hasFinishedHere()).isFalse(); // another thread had it
  }

  @Test
  void that_was_called_off_never_begins() throws Exception {
    assertThat(task.cancel()).isTrue();
    assertThat(task.start()).isFalse();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThat(threads.submit(task::start).get()).isFalse();
    }
  }

  @Test
  void that_has_begun_elsewhere_is_waited_for() throws Exception {
    var begun = new CountDownLatch(1);
    var mayEnd = new CountDownLatch(1);
    var done = new AtomicBoolean();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var working =
          threads.submit(
              () -> {
                boolean began = task.start();
                begun.countDown();
                mayEnd.await();
                done.set(true);
                task.finish();
                return began;
              });
      begun.await();
      var waiting =
          threads.submit(
              () -> {
                boolean calledOff = task.cancel();
                return !calledOff && done.get();
              });
      mayEnd.countDown();
      assertThat(waiting.get()).isTrue();
      assertThat(working.get()).isTrue();
    }
  }
}
