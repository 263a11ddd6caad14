package dev.ostler.kv;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ostler.ExitReason;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.bucket.Probe;
import dev.ostler.kv.journal.FaultyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Several buckets at one moment, by a function of the same JVM. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(OwnStore.Kind.class)
class TransactionTest {
  private static final List<String> BOTH = List.of("a", "b");

  @Parameter OwnStore.Kind kind;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private OwnStore store;

  @BeforeEach
  void open() {
    store = new OwnStore(kind, new Limits(100, 3, 1000, 1000));
    store.kv().create("a").put("n", "1000");
    store.kv().create("b").put("n", "0");
  }

  @AfterEach
  void close() {
    Probe.observer = null;
    store.close();
    threads.close();
  }

  private Kv kv() {
    return store.kv();
  }

  private long number(String name) {
    return Long.parseLong(kv().lookup(name).orElseThrow().get("n").orElseThrow());
  }

  private static Bucket in(Transaction transaction, String name) {
    return transaction.lookup(name).orElseThrow();
  }

  private static long move(Transaction transaction, long amount) {
    in(transaction, "a").increment("n", -amount);
    return in(transaction, "b").increment("n", amount);
  }

  private void assertNothingHasChanged() {
    assertThat(kv().names()).containsExactly("a", "b");
    assertThat(kv().lookup("a").orElseThrow().entries()).isEqualTo(Map.of("n", "1000"));
    assertThat(kv().lookup("b").orElseThrow().entries()).isEqualTo(Map.of("n", "0"));
  }

  @Nested
  class A_transaction {
    @Test
    void changes_several_buckets_and_returns_what_its_function_returns() {
      assertThat(kv().<Long>transact(BOTH, all -> move(all, 10))).isEqualTo(10);

      assertThat(number("a")).isEqualTo(990);
      assertThat(number("b")).isEqualTo(10);
    }

    @Test
    void runs_on_the_thread_that_calls_it() {
      assertThat(kv().<Thread>transact(BOTH, _ -> Thread.currentThread()))
          .isEqualTo(Thread.currentThread());
    }

    @Test
    void sees_its_own_changes() {
      Map<String, String> seen =
          kv().transact(
                  BOTH,
                  all -> {
                    Bucket a = in(all, "a");
                    a.put("milk", "1", ofSeconds(5));
                    assertThat(a.timeToLive("milk")).contains(ofSeconds(5));
                    assertThat(a.scan()).hasSize(2);
                    assertThat(a.size()).isEqualTo(2);
                    a.bytes().put("n", new byte[] {'7'});
                    return a.entries();
                  });

      assertThat(seen).isEqualTo(Map.of("n", "7", "milk", "1"));
    }

    @Test
    void creates_finds_and_deletes_buckets() {
      kv().<Boolean>transact(
              List.of("a", "c", "d"),
              all -> {
                assertThat(all.lookup("c")).isEmpty();
                all.create("c").put("n", "3");
                assertThat(in(all, "c").get("n")).contains("3");
                assertThat(all.delete("d")).isFalse();
                return all.delete("a");
              });

      assertThat(kv().names()).containsExactly("b", "c");
      assertThat(number("c")).isEqualTo(3);
      assertThat(kv().lookup("d")).isEmpty();
    }

    @Test
    void creates_buckets_that_stay_without_keys() {
      kv().transact(List.of("c"), all -> all.create("c").name());

      assertThat(kv().lookup("c").orElseThrow().size()).isZero();
    }

    @Test
    void finds_what_has_expired_no_more() {
      kv().create("a").put("milk", "1", ofSeconds(1));
      store.pass(ofSeconds(1));

      assertThat(kv().<Integer>transact(BOTH, all -> in(all, "a").size())).isEqualTo(1);
    }

    @Test
    void is_seen_by_others_as_a_whole() throws Exception {
      int moves = 200;
      List<Future<Boolean>> movers =
          List.of(
              threads.submit(() -> moves(moves, BOTH)),
              threads.submit(() -> moves(moves, List.of("b", "a"))));
      while (movers.stream().anyMatch(each -> !each.isDone())) {
        assertThat(
                kv().<Long>transact(
                        BOTH,
                        all -> in(all, "a").increment("n", 0) + in(all, "b").increment("n", 0)))
            .isEqualTo(1000);
      }
      for (Future<Boolean> each : movers) {
        assertThat(each.get()).isTrue();
      }
      assertThat(number("b")).isEqualTo(2 * moves);
    }

    private boolean moves(int count, List<String> names) {
      for (int i = 0; i < count; i++) {
        kv().<Long>transact(names, all -> move(all, 1));
      }
      return true;
    }

    @Test
    void keeps_others_waiting_until_it_is_over() throws Exception {
      var begun = new CountDownLatch(1);
      var mayEnd = new CountDownLatch(1);
      Future<Long> transaction =
          threads.submit(
              () ->
                  kv().<Long>transact(
                          BOTH,
                          all -> {
                            long moved = move(all, 10);
                            begun.countDown();
                            OwnStore.await(mayEnd);
                            return moved;
                          }));
      begun.await();
      Future<Long> other = threads.submit(() -> number("b"));
      assertThat(other.isDone()).isFalse();
      mayEnd.countDown();

      assertThat(other.get()).isEqualTo(transaction.get()).isEqualTo(10);
    }
  }

  @Nested
  class One_whose_function_throws {
    @Test
    void changes_nothing_and_throws_the_same() {
      var why = new IllegalStateException("half-way");

      assertThatThrownBy(
              () ->
                  kv().transact(
                          List.of("a", "b", "c"),
                          all -> {
                            move(all, 10);
                            all.create("c").put("n", "3");
                            all.delete("a");
                            throw why;
                          }))
          .isSameAs(why);
      assertNothingHasChanged();
    }

    @Test
    void changes_nothing_if_it_throws_an_error() {
      assertThatThrownBy(
              () ->
                  kv().transact(
                          BOTH,
                          all -> {
                            move(all, 10);
                            throw new AssertionError("half-way");
                          }))
          .isInstanceOf(AssertionError.class)
          .hasMessage("half-way");
      assertNothingHasChanged();
    }

    @Test
    void is_not_run_again_whatever_it_throws() {
      var runs = new AtomicInteger();

      assertThatThrownBy(
              () ->
                  kv().transact(
                          List.of("a", "c"),
                          all -> {
                            runs.incrementAndGet();
                            Bucket c = all.create("c");
                            all.delete("c");
                            c.put("n", "1");
                            return "";
                          }))
          .isInstanceOf(KvException.BucketGone.class)
          .hasMessage("the bucket c has ended");
      assertThat(runs).hasValue(1);
      assertNothingHasChanged();
    }

    @Test
    void may_catch_a_refusal_and_go_on() {
      boolean refused =
          kv().transact(
                  BOTH,
                  all -> {
                    in(all, "a").putAll(Map.of("milk", "1", "eggs", "2"));
                    try {
                      in(all, "a").put("one too many", "1");
                      return false;
                    } catch (KvException.LimitReached e) {
                      return true;
                    }
                  });

      assertThat(refused).isTrue();
      assertThat(kv().lookup("a").orElseThrow().entries()).containsOnlyKeys("n", "milk", "eggs");
    }

    @Test
    void changes_nothing_if_it_catches_the_failure_of_an_operation() {
      var changes = new AtomicInteger();
      Probe.observer =
          step -> {
            if (step == Probe.Step.CHANGE && changes.incrementAndGet() == 2) {
              throw new OutOfMemoryError("planted");
            }
          };

      assertThatThrownBy(
              () ->
                  kv().transact(
                          BOTH,
                          all -> {
                            try {
                              in(all, "a").putAll(Map.of("milk", "1", "eggs", "2"));
                            } catch (OutOfMemoryError e) {
                              return "caught";
                            }
                            return "";
                          }))
          .isInstanceOf(KvException.Undone.class)
          .hasMessageContaining("planted");
      Probe.observer = null;
      assertNothingHasChanged();
    }

    @Test
    void changes_nothing_if_a_bucket_is_killed_meanwhile() {
      if (kind == OwnStore.Kind.IN_MEMORY) {
        return; // then the bucket is gone with its contents, transaction or not
      }
      assertThatThrownBy(
              () ->
                  kv().transact(
                          BOTH,
                          all -> {
                            move(all, 10);
                            in(all, "b").pid().exit(ExitReason.KILL);
                            return "";
                          }))
          .isInstanceOf(KvException.BucketGone.class);
      assertNothingHasChanged();
    }
  }

  @Nested
  class What_it_must_not_do {
    private void assertRefused(Consumer<Transaction> act, String message) {
      assertThatThrownBy(
              () ->
                  kv().transact(
                          BOTH,
                          all -> {
                            move(all, 10);
                            act.accept(all);
                            return "";
                          }))
          .isInstanceOf(RuntimeException.class)
          .hasMessageContaining(message);
      assertNothingHasChanged();
    }

    @Test
    void is_to_begin_another_transaction() {
      assertRefused(
          _ -> kv().transact(List.of("c"), all -> all.create("c")),
          "a transaction must not begin another one");
      try (var other = new OwnStore(kind)) {
        assertRefused(
            _ -> other.kv().transact(List.of("c"), all -> all.create("c")),
            "a transaction must not begin another one");
      }
    }

    @Test
    void is_to_use_the_store_in_another_way() {
      Bucket outside = kv().lookup("a").orElseThrow();
      String message =
          "this thread runs a transaction: it must use the buckets that the transaction passes";

      assertRefused(_ -> outside.get("n"), message);
      assertRefused(_ -> outside.put("n", "1"), message);
      assertRefused(_ -> kv().create("c"), message);
      assertRefused(_ -> kv().lookup("a"), message);
      assertRefused(_ -> kv().delete("a"), message);
      assertRefused(_ -> kv().names(), message);
      assertRefused(all -> in(all, "a").stop(), message);
    }

    @Test
    void is_to_use_a_bucket_whose_name_it_was_not_given() {
      assertRefused(
          all -> all.create("c"),
          "the bucket c is not one of those that the transaction was given");
    }

    @Test
    void is_to_give_its_buckets_to_another_thread() {
      assertRefused(
          all -> {
            var thrown = new ArrayList<Throwable>();
            Bucket a = in(all, "a");
            var other = Thread.ofVirtual().unstarted(() -> a.put("n", "1"));
            other.setUncaughtExceptionHandler((_, e) -> thrown.add(e));
            other.start();
            try {
              other.join();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            throw (RuntimeException) thrown.getFirst();
          },
          "a transaction is used by the thread that runs it");
    }

    @Test
    void is_to_use_its_buckets_later() {
      Bucket leaked = kv().transact(BOTH, all -> in(all, "a"));

      assertThatThrownBy(() -> leaked.get("n"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "the transaction is over, and its buckets with it: look them up in the store");
    }

    @Test
    void is_not_to_use_another_store() {
      try (var other = new OwnStore(kind)) {
        Bucket log = other.kv().create("log");
        kv().<Boolean>transact(BOTH, all -> log.putIfAbsent("n", "" + move(all, 10)));

        assertThat(log.get("n")).contains("10");
      }
    }
  }

  @Nested
  class In_a_durable_store {
    @BeforeEach
    void onlyThere() {
      assumeTrue(kind == OwnStore.Kind.DURABLE);
    }

    @Test
    void it_is_there_after_a_loss_of_power() {
      kv().<Long>transact(BOTH, all -> move(all, 10));
      store.pullThePlug();

      assertThat(number("a")).isEqualTo(990);
      assertThat(number("b")).isEqualTo(10);
    }

    @Test
    void it_returns_once_it_is_synced() throws Exception {
      var reached = new CountDownLatch(1);
      var released = new CountDownLatch(1);
      store
          .disk()
          .before(
              FaultyStore.Call.SYNC,
              1,
              () -> {
                reached.countDown();
                try {
                  released.await();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      Future<Long> moved = threads.submit(() -> kv().<Long>transact(BOTH, all -> move(all, 10)));
      reached.await();
      assertThat(moved.isDone()).isFalse();
      released.countDown();

      assertThat(moved.get()).isEqualTo(10);
    }

    @Test
    void it_is_refused_once_the_disk_has_failed() {
      store.disk().fail(FaultyStore.Call.APPEND, 1, FaultyStore.EIO);
      assertThatThrownBy(() -> kv().<Long>transact(BOTH, all -> move(all, 10)))
          .isInstanceOf(KvException.NotKept.class);
      assertThatThrownBy(() -> kv().<Long>transact(BOTH, all -> move(all, 10)))
          .isInstanceOf(KvException.NotKept.class);
    }
  }
}
