package dev.ostler.kv;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.journal.FaultyStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Programs in the same JVM hear of the changes of a bucket. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(OwnStore.Kind.class)
class WatchTest {
  @Parameter OwnStore.Kind kind;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private OwnStore store;
  private Bucket bucket;

  @BeforeEach
  void open() {
    store = new OwnStore(kind);
    bucket = store.kv().create("shopping");
  }

  @AfterEach
  void close() {
    store.close();
    threads.close();
  }

  /** A listener that passes all on to the test's process. */
  private static Consumer<BucketEvent<String, String>> toTest() {
    Pid test = Self.pid();
    return test::send;
  }

  @SuppressWarnings("unchecked") // the buckets of this test have text
  private static BucketEvent<String, String> next() {
    return Self.receive(BucketEvent.class, ofSeconds(60)).orElseThrow();
  }

  private static BucketEvent<String, String> put(long number, String key, String value) {
    return new BucketEvent.Put<>(number, key, value);
  }

  private static BucketEvent<String, String> ended(long number, BucketEvent.End why) {
    return new BucketEvent.Ended<>(number, why);
  }

  private static void awaitEnd(Pid pid) {
    var ref = Self.monitor(pid);
    assertThat(Self.receive(Down.class, down -> down.ref().equals(ref), ofSeconds(60))).isPresent();
  }

  @Nested
  class A_watch {
    @Test
    void tells_of_every_change_in_its_order() {
      Watch watch = bucket.watch(toTest());
      long from = watch.from();
      Instant then = Instant.ofEpochMilli(1_700_000_002_000L);
      bucket.put("milk", "1");
      bucket.put("eggs", "6", ofSeconds(2));
      bucket.persist("eggs");
      bucket.delete("milk");
      bucket.expire(ofSeconds(2));

      assertThat(next()).isEqualTo(put(from + 1, "milk", "1"));
      assertThat(next()).isEqualTo(put(from + 2, "eggs", "6"));
      assertThat(next()).isEqualTo(new BucketEvent.Expires<>(from + 3, "eggs", Optional.of(then)));
      assertThat(next()).isEqualTo(new BucketEvent.Expires<>(from + 4, "eggs", Optional.empty()));
      assertThat(next()).isEqualTo(new BucketEvent.Deleted<>(from + 5, "milk"));
      assertThat(next()).isEqualTo(new BucketEvent.BucketExpires<>(from + 6, Optional.of(then)));
      assertThat(bucket.number()).isEqualTo(from + 6);
    }

    @Test
    void tells_of_keys_that_expire() {
      bucket.put("milk", "1", ofSeconds(1));
      bucket.watch(toTest());
      store.pass(ofSeconds(1));
      assertThat(bucket.size()).isZero();

      assertThat(next()).isEqualTo(new BucketEvent.Deleted<>(bucket.number(), "milk"));
    }

    @Test
    void resumes_after_a_number_and_tells_of_each_change_once() {
      Watch first = bucket.watch(toTest());
      assertThat(first.from()).isEqualTo(bucket.number());
      bucket.put("milk", "1");
      BucketEvent<String, String> known = next();
      first.close();
      bucket.put("milk", "2");
      bucket.watch(known.number(), toTest());
      bucket.put("milk", "3");

      assertThat(next()).isEqualTo(put(known.number() + 1, "milk", "2"));
      assertThat(next()).isEqualTo(put(known.number() + 2, "milk", "3"));
    }

    @Test
    void begins_where_the_bucket_was_read() {
      record Read(long number, Map<String, String> entries) {}
      bucket.put("milk", "1");
      try (Watch any = bucket.watch(_ -> {})) { // from now on changes are remembered
        assertThat(any.from()).isPositive();
      }
      Read read =
          store
              .kv()
              .transact(
                  List.of("shopping"),
                  all -> {
                    Bucket there = all.create("shopping");
                    return new Read(there.number(), there.entries());
                  });
      bucket.put("milk", "2");
      bucket.watch(read.number(), toTest());

      assertThat(read.entries()).isEqualTo(Map.of("milk", "1"));
      assertThat(next()).isEqualTo(put(read.number() + 1, "milk", "2"));
    }

    @Test
    void does_not_begin_where_changes_are_not_known() {
      bucket.put("milk", "1");
      long now = bucket.number();

      assertThatThrownBy(() -> bucket.watch(now - 1, toTest()))
          .isInstanceOf(KvException.Gap.class)
          .hasMessage(
              "not all changes of the bucket shopping after %d are known any more; the last one is"
                  + " %d",
              now - 1, now);
      assertThatThrownBy(() -> bucket.watch(now + 1, toTest())).isInstanceOf(KvException.Gap.class);
      assertThatThrownBy(() -> bucket.watch(-1, toTest()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the number of a change must not be negative, but is -1");
    }

    @Test
    void does_not_begin_in_a_transaction() {
      assertThatThrownBy(() -> store.kv().transact(List.of("shopping"), _ -> bucket.watch(_ -> {})))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(
              () ->
                  store
                      .kv()
                      .transact(List.of("shopping"), all -> all.create("shopping").watch(_ -> {})))
          .hasMessage("a transaction cannot watch the bucket shopping");
    }

    @Test
    void of_a_bucket_that_is_gone_says_so() {
      store.kv().delete("shopping");
      assertThatThrownBy(() -> bucket.watch(toTest())).isInstanceOf(KvException.BucketGone.class);
    }

    @Test
    void tells_of_a_transaction_once_it_is_over_and_of_nothing_if_it_throws() {
      bucket.watch(toTest());
      assertThatThrownBy(
              () ->
                  store
                      .kv()
                      .transact(
                          List.of("shopping"),
                          all -> {
                            all.create("shopping").put("milk", "lost");
                            throw new IllegalStateException("half-way");
                          }))
          .hasMessage("half-way");
      if (kind == OwnStore.Kind.DURABLE) { // it ends with the process that had the changes
        BucketEvent<String, String> end = next();
        assertThat(end)
            .isEqualTo(ended(bucket.number(), new BucketEvent.End.ProcessEnded(ExitReason.NORMAL)));
        bucket.watch(end.number(), toTest());
      }
      store
          .kv()
          .transact(
              List.of("shopping"),
              all -> {
                all.create("shopping").put("milk", "1");
                all.create("shopping").put("eggs", "6");
                return true;
              });

      assertThat(next()).isEqualTo(put(bucket.number() - 1, "milk", "1"));
      assertThat(next()).isEqualTo(put(bucket.number(), "eggs", "6"));
    }

    @Test
    void has_the_types_of_the_bucket() {
      Pid test = Self.pid();
      bucket.bytes().watch(test::send);
      bucket.put("milk", "1");

      BucketEvent<?, ?> event = Self.receive(BucketEvent.class, ofSeconds(60)).orElseThrow();
      assertThat(((BucketEvent.Put<?, ?>) event).value()).isEqualTo(new byte[] {'1'});
    }
  }

  @Nested
  class Its_end {
    @Test
    void is_told_after_the_last_change_of_a_bucket_that_is_deleted() {
      Watch watch = bucket.watch(toTest());
      store.kv().delete("shopping");

      assertThat(next()).isEqualTo(new BucketEvent.Dropped<>(watch.from() + 1));
      assertThat(next()).isEqualTo(ended(watch.from() + 1, new BucketEvent.End.Gone()));
      awaitEnd(watch.pid());
    }

    @Test
    void is_told_if_the_bucket_is_killed() {
      Watch watch = bucket.watch(toTest());
      bucket.pid().exit(ExitReason.KILL);

      assertThat(next())
          .isEqualTo(ended(watch.from(), new BucketEvent.End.ProcessEnded(ExitReason.KILLED)));
    }

    @Test
    void is_told_if_the_store_is_closed() {
      Watch watch = bucket.watch(toTest());
      store.close();

      assertThat(next()).isEqualTo(ended(watch.from(), new BucketEvent.End.Closed()));
    }

    @Test
    void is_told_if_too_many_changes_wait() {
      var mayGoOn = new CountDownLatch(1);
      var met = new ArrayList<BucketEvent<String, String>>();
      Watch watch =
          bucket.watch(
              event -> {
                OwnStore.await(mayGoOn);
                met.add(event);
              });
      Map<String, String> many =
          IntStream.range(0, Watch.MOST_WAITING / 2)
              .boxed()
              .collect(Collectors.toMap(i -> "key " + i, i -> ""));
      for (int i = 0; i < 3; i++) {
        bucket.putAll(many);
      }
      mayGoOn.countDown();
      awaitEnd(watch.pid());

      assertThat(met).hasSizeBetween(Watch.MOST_WAITING, Watch.MOST_WAITING + 2);
      assertThat(met.getLast())
          .isEqualTo(ended(met.get(met.size() - 2).number(), new BucketEvent.End.Slow()));
      assertThat(bucket.size()).isEqualTo(many.size()); // the bucket did not wait
    }

    @Test
    void is_told_if_too_many_bytes_wait() {
      var mayGoOn = new CountDownLatch(1);
      Pid test = Self.pid();
      bucket.watch(
          event -> {
            OwnStore.await(mayGoOn);
            if (event instanceof BucketEvent.Ended) {
              test.send(event);
            }
          });
      String large = "x".repeat(1_000_000);
      for (int i = 0; i < 18; i++) {
        bucket.put("k", large);
      }
      mayGoOn.countDown();

      assertThat(next())
          .isInstanceOfSatisfying(
              BucketEvent.Ended.class,
              end -> assertThat(end.why()).isEqualTo(new BucketEvent.End.Slow()));
    }

    @Test
    void is_not_told_if_it_is_closed() {
      Watch watch = bucket.watch(toTest());
      bucket.put("milk", "1");
      assertThat(next()).isEqualTo(put(watch.from() + 1, "milk", "1"));
      watch.close();
      watch.close();
      awaitEnd(watch.pid());
      bucket.put("milk", "2");

      assertThat(Self.flush()).isEmpty();
    }

    @Test
    void comes_when_its_listener_closes_it() {
      var watches = new ArrayList<Watch>();
      var met = new ArrayList<BucketEvent<String, String>>();
      var begun = new CountDownLatch(1);
      Watch watch =
          bucket.watch(
              event -> {
                OwnStore.await(begun);
                met.add(event);
                watches.getFirst().close();
              });
      watches.add(watch);
      bucket.putAll(Map.of("milk", "1", "eggs", "6"));
      begun.countDown();
      awaitEnd(watch.pid());

      assertThat(met).hasSize(1);
    }

    @Test
    void comes_with_the_process_that_began_it() {
      Pid test = Self.pid();
      var watcher = Self.spawnMonitor(() -> test.send(bucket.watch(_ -> {}).pid()));
      Pid watch = Self.receive(Pid.class, ofSeconds(60)).orElseThrow();
      Self.receive(Down.class, down -> down.ref().equals(watcher.ref()), ofSeconds(60));

      awaitEnd(watch);
      bucket.put("milk", "1");
    }

    @Test
    void comes_if_its_listener_throws_and_the_bucket_goes_on() {
      Watch watch =
          bucket.watch(
              _ -> {
                throw new IllegalStateException("planted");
              });
      var ref = Self.monitor(watch.pid());
      bucket.put("milk", "1");

      Down down =
          Self.receive(Down.class, each -> each.ref().equals(ref), ofSeconds(60)).orElseThrow();
      assertThat(down.reason()).isInstanceOf(ExitReason.Crash.class);
      assertThat(bucket.get("milk")).contains("1");
    }
  }

  @Nested
  class A_stream_of_changes {
    @Test
    void ends_after_the_end_of_the_bucket() {
      try (Stream<BucketEvent<String, String>> changes = bucket.changes()) {
        long from = bucket.number();
        bucket.put("milk", "1");
        store.kv().delete("shopping");

        assertThat(changes)
            .containsExactly(
                put(from + 1, "milk", "1"),
                new BucketEvent.Dropped<>(from + 2),
                ended(from + 2, new BucketEvent.End.Gone()));
      }
    }

    @Test
    void waits_for_the_next_one() throws Exception {
      try (Stream<BucketEvent<String, String>> changes = bucket.changes()) {
        var first = changes.iterator();
        Future<BucketEvent<String, String>> next = threads.submit(first::next);
        bucket.put("milk", "1");

        assertThat(next.get()).isEqualTo(put(bucket.number(), "milk", "1"));
      }
    }

    @Test
    void resumes_after_a_number() {
      bucket.changes().close();
      long from = bucket.number();
      bucket.put("milk", "1");
      bucket.put("milk", "2");

      try (var changes = bucket.changes(from)) {
        assertThat(changes.limit(2))
            .containsExactly(put(from + 1, "milk", "1"), put(from + 2, "milk", "2"));
      }
      assertThatThrownBy(() -> bucket.changes(from - 1)).isInstanceOf(KvException.Gap.class);
    }

    @Test
    void ends_for_its_reader_when_another_thread_closes_it() throws Exception {
      Stream<BucketEvent<String, String>> changes = bucket.changes();
      var iterator = changes.iterator();
      bucket.put("milk", "1");
      assertThat(iterator.next()).isEqualTo(put(bucket.number(), "milk", "1"));
      Future<Boolean> more = threads.submit(iterator::hasNext);
      changes.close();

      assertThat(more.get()).isFalse();
    }

    @Test
    void tells_a_reader_who_is_too_slow() {
      try (var changes = bucket.changes()) {
        Map<String, String> many =
            IntStream.range(0, Watch.MOST_WAITING)
                .boxed()
                .collect(Collectors.toMap(i -> "key " + i, i -> ""));
        bucket.putAll(many);
        bucket.putAll(many);
        bucket.putAll(many);

        assertThat(changes.reduce((_, last) -> last))
            .hasValueSatisfying(
                last ->
                    assertThat(last)
                        .isInstanceOfSatisfying(
                            BucketEvent.Ended.class,
                            end -> assertThat(end.why()).isEqualTo(new BucketEvent.End.Slow())));
      }
    }
  }

  @Nested
  class A_number {
    @Test
    void is_greater_in_a_bucket_that_comes_later() {
      bucket.put("milk", "1");
      long before = bucket.number();
      store.kv().delete("shopping");

      assertThat(store.kv().create("shopping").number()).isGreaterThan(before);
    }

    @Test
    void is_not_used_again_after_a_loss_of_power() {
      if (kind == OwnStore.Kind.IN_MEMORY) {
        return; // then nothing is left
      }
      bucket.put("milk", "1");
      long before = bucket.number();
      store.pullThePlug();
      Bucket loaded = store.kv().lookup("shopping").orElseThrow();
      loaded.put("milk", "2");

      assertThat(loaded.number()).isGreaterThan(before);
    }
  }

  @Test
  void a_change_is_told_once_it_is_durable() {
    if (kind == OwnStore.Kind.IN_MEMORY) {
      return; // there it is at once
    }
    var reached = new CountDownLatch(1);
    var released = new CountDownLatch(1);
    store
        .disk()
        .before(
            FaultyStore.Call.SYNC,
            1,
            () -> {
              reached.countDown();
              OwnStore.await(released);
            });
    bucket.watch(toTest());
    threads.submit(() -> bucket.put("milk", "1"));
    OwnStore.await(reached);
    assertThat(Self.flush()).isEmpty();
    released.countDown();

    assertThat(next()).isEqualTo(put(bucket.number(), "milk", "1"));
  }
}
