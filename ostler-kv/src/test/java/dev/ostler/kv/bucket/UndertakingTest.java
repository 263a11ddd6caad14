package dev.ostler.kv.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What is done once, for somebody who may stop waiting. */
class UndertakingTest {
  private final Undertaking undertaking = new Undertaking() {};

  @Test
  void is_begun_once() throws Exception {
    assertThat(undertaking.hasBegun()).isFalse();
    assertThat(undertaking.begin()).isTrue();
    assertThat(undertaking.begin()).isFalse();
    assertThat(undertaking.hasBegun()).isTrue();
    undertaking.end();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThat(threads.submit(undertaking::begin).get()).isFalse();
    }
  }

  @Test
  void that_was_called_off_never_begins() throws Exception {
    assertThat(undertaking.callOff()).isTrue();
    assertThat(undertaking.begin()).isFalse();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThat(threads.submit(undertaking::begin).get()).isFalse();
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
                boolean began = undertaking.begin();
                begun.countDown();
                mayEnd.await();
                done.set(true);
                undertaking.end();
                return began;
              });
      begun.await();
      var waiting =
          threads.submit(
              () -> {
                boolean calledOff = undertaking.callOff();
                return !calledOff && done.get();
              });
      mayEnd.countDown();
      assertThat(waiting.get()).isTrue();
      assertThat(working.get()).isTrue();
    }
  }
}
