package dev.ostler.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.journal.FaultyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One thread has many changes on their way to the disk. */
@ExtendWith(OstlerExtension.class)
class AsyncTest {
  private final OwnStore store = new OwnStore(OwnStore.Kind.DURABLE);
  private final Bucket bucket = store.kv().create("shopping");

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void changes_are_complete_once_they_are_durable() {
    var released = new CountDownLatch(1);
    store.disk().before(FaultyStore.Call.SYNC, 1, () -> OwnStore.await(released));
    var futures = new ArrayList<CompletableFuture<Long>>();
    for (int i = 0; i < 1000; i++) {
      futures.add(bucket.async(own -> own.increment("n", 1)));
    }

    assertThat(futures).noneMatch(CompletableFuture::isDone);
    released.countDown();
    assertThat(futures.getLast().join()).isEqualTo(1000);
    assertThat(futures.stream().map(CompletableFuture::join)).contains(1L, 500L);
    store.pullThePlug();
    assertThat(store.kv().lookup("shopping").orElseThrow().get("n")).contains("1000");
  }

  @Test
  void what_is_read_is_complete_once_it_is_durable() {
    var released = new CountDownLatch(1);
    store.disk().before(FaultyStore.Call.SYNC, 1, () -> OwnStore.await(released));
    var put = bucket.async(own -> own.putIfAbsent("milk", "1"));
    var read = bucket.async(own -> own.get("milk"));

    assertThat(read.isDone()).isFalse();
    released.countDown();
    assertThat(read.join()).contains("1");
    assertThat(put.join()).isTrue();
  }

  @Test
  void changes_that_cannot_become_durable_fail() {
    store.disk().fail(FaultyStore.Call.SYNC, 1, FaultyStore.EIO);
    var put = bucket.async(own -> own.putIfAbsent("milk", "1"));

    assertThatThrownBy(put::join)
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(KvException.NotKept.class);
  }

  @Test
  void a_function_that_throws_fails() {
    var nothing =
        bucket.async(
            own -> {
              own.put("milk", "none");
              return own.increment("milk", 1);
            });

    assertThatThrownBy(nothing::join).hasCauseInstanceOf(KvException.NoNumber.class);
  }

  @Test
  void in_memory_changes_are_complete_at_once() {
    try (var memory = new OwnStore(OwnStore.Kind.IN_MEMORY)) {
      assertThat(memory.kv().create("b").async(own -> own.increment("n", 1)).isDone()).isTrue();
    }
  }

  @Test
  void the_bucket_that_is_passed_is_not_used_later() {
    TypedBucket<String, String> leaked = bucket.async(own -> own).join();

    assertThatThrownBy(() -> leaked.put("milk", "1"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "the bucket that async passes is used by the function that gets it, and not later");
  }

  @Test
  void a_transaction_has_none() {
    assertThatThrownBy(
            () ->
                store
                    .kv()
                    .transact(
                        List.of("shopping"),
                        all -> all.create("shopping").async(own -> own.get("milk"))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a transaction waits for all its changes at its end");
  }
}
