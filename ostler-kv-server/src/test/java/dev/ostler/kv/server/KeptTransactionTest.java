package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.ExitReason;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Change;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.Counts;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Inside;
import dev.ostler.kv.bucket.LockedBuckets;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.journal.MemoryStore;
import dev.ostler.kv.server.KeptStore.Hold;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A transaction over several buckets is stored as a whole, or not at all. */
@ExtendWith(OstlerExtension.class)
class KeptTransactionTest {
  private static final long SUM = 1000;
  private static final int MOVES = 200; // of each client

  private final KeptStore store = KeptStore.everySecond();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @BeforeEach
  void fill() {
    store.kv().create("a").put("n", "1000");
    store.kv().create("b").put("n", "0");
  }

  @AfterEach
  void close() throws IOException {
    store.close();
    threads.close();
  }

  private static <R> R of(Future<R> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  private static void add(LockedBuckets held, String name, long delta) {
    Entries entries = held.get(name);
    long now = Long.parseLong(String.valueOf(entries.get("n")));
    entries.apply(new Change.Put("n", Long.toString(now + delta)));
  }

  private long sum() {
    return number("a") + number("b");
  }

  private long number(String name) {
    return Long.parseLong(store.kv().lookup(name).orElseThrow().get("n").orElseThrow());
  }

  private Boolean move(Runnable between) {
    return Store.of(store.kv())
        .keyspace()
        .withAll(
            List.of("a", "b"),
            List.of(),
            true,
            Store.of(store.kv()).gate(),
            held -> {
              add(held, "a", -10);
              between.run();
              add(held, "b", 10);
              return true;
            });
  }

  @Test
  void that_has_deleted_all_others_finds_the_one_that_is_left_at_random() throws IOException {
    RespPeer client = store.peer();
    for (int i = 0; i < 200; i++) {
      assertThat(client.ask("SET", "name " + i, "1")).isEqualTo("OK");
    }
    var names = new ArrayList<>(List.of("DEL", "a"));
    for (int i = 0; i < 200; i++) {
      names.add("name " + i);
    }
    assertThat(client.ask("MULTI")).isEqualTo("OK");
    assertThat(client.ask(names.toArray(String[]::new))).isEqualTo("QUEUED");
    assertThat(client.ask("RANDOMKEY")).isEqualTo("QUEUED");
    assertThat(client.ask("EXEC")).isEqualTo(List.of(201L, "b"));
  }

  @Test
  void that_fails_half_way_changes_nothing() {
    assertThatThrownBy(
            () ->
                move(
                    () -> {
                      throw new IllegalStateException("half-way");
                    }))
        .isInstanceOf(KvException.Undone.class);

    assertThat(number("a")).isEqualTo(1000);
    assertThat(number("b")).isZero();
  }

  @Test
  void whose_first_bucket_is_killed_half_way_changes_nothing_once_that_was_read_again()
      throws Exception {
    killedHalfWay("a");
  }

  @Test
  void whose_last_bucket_is_killed_half_way_changes_nothing_once_that_was_read_again()
      throws Exception {
    killedHalfWay("b");
  }

  private void killedHalfWay(String name) throws Exception {
    var hold = new Hold();
    Future<Boolean> moved = threads.submit(() -> move(hold::pass));
    hold.awaitReached();
    store.pid(name).exit(ExitReason.KILL);
    assertThat(number(name)).isEqualTo(name.equals("a") ? 1000 : 0); // it is loaded again
    hold.release();

    assertThatThrownBy(() -> of(moved)).hasCauseInstanceOf(KvException.BucketGone.class);
    assertThat(number("a")).isEqualTo(1000);
    assertThat(number("b")).isZero();
    store.reopen();
    assertThat(number("a")).isEqualTo(1000);
    assertThat(number("b")).isZero();
  }

  /**
   * The last bucket then works on a thread of its own, and the first one learns at once that it has
   * died.
   */
  @Test
  void whose_last_bucket_is_killed_half_way_on_another_thread_is_not_stored_by_half()
      throws Exception {
    var busy = new Hold();
    var before =
        threads.submit(
            () ->
                Inside.of(
                    Store.of(store.kv()).getOrStart("b"),
                    entries -> {
                      busy.pass();
                      return true;
                    }));
    busy.awaitReached();
    var hold = new Hold();
    Future<Boolean> moved = threads.submit(() -> move(hold::pass));
    while (dev.ostler.Processes.info(store.pid("b")).orElseThrow().queued() == 0) {
      Thread.onSpinWait(); // until the transaction waits for it
    }
    busy.release();
    hold.awaitReached();
    store.pid("b").exit(ExitReason.KILL);
    hold.release();
    assertThat(of(before)).isTrue();

    try {
      assertThat(of(moved)).isTrue();
    } catch (java.util.concurrent.ExecutionException e) {
      assertThat(e).hasCauseInstanceOf(KvException.BucketGone.class);
    }
    assertThat(sum()).isEqualTo(SUM);
    store.reopen();
    assertThat(sum()).isEqualTo(SUM);
  }

  @Test
  void keeps_the_sum_whichever_process_is_killed_and_whenever_the_power_fails() throws Exception {
    var clients = new ArrayList<Future<Integer>>();
    for (int i = 0; i < 4; i++) {
      int seed = i;
      clients.add(threads.submit(() -> move(seed)));
    }
    RespPeer other = store.peer();
    var images = new ArrayList<MemoryStore>();
    var random = new Random(1);
    while (clients.stream().anyMatch(each -> !each.isDone())) {
      store.kill(random.nextBoolean() ? "a" : "b");
      images.add(store.disk().reopened());
      images.add(store.disk().crashed());
      other.ask("PING");
    }
    int done = 0;
    for (Future<Integer> each : clients) {
      done += of(each);
    }

    assertThat(done).isBetween(0, 4 * MOVES);
    assertThat(move(4)).isEqualTo(MOVES); // nobody kills any more
    assertThat(sum()).isEqualTo(SUM);
    Counts.check(store.kv());
    for (MemoryStore image : images) {
      assertThat(sum(image)).isEqualTo(SUM);
    }
  }

  private static long sum(MemoryStore image) throws IOException {
    return number(image, "a", SUM) + number(image, "b", 0);
  }

  /** The number in the stored bucket, or the first one if it has none. */
  private static long number(MemoryStore image, String name, long first) throws IOException {
    return image.load(name).stream()
        .flatMap(stored -> stored.changes().stream())
        .filter(Change.Put.class::isInstance)
        .mapToLong(change -> Long.parseLong(((Change.Put) change).value()))
        .findFirst()
        .orElse(first);
  }

  /** Moves amounts; returns how many moves were confirmed. */
  private int move(int seed) throws IOException {
    var random = new Random(seed);
    int done = 0;
    try (RespPeer client = RespPeer.of(store.kv())) {
      for (int i = 0; i < MOVES; i++) {
        String delta = "" + random.nextInt(10);
        client.send("MULTI").send("HINCRBY", "a", "n", "-" + delta);
        client.send("HINCRBY", "b", "n", delta).send("EXEC");
        Object reply = client.replies(4).getLast();
        done += reply instanceof List<?> ? 1 : 0;
      }
    }
    return done;
  }
}
