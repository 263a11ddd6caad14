package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Processes;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.Sync;
import dev.ostler.kv.TestKv;
import dev.ostler.kv.bucket.Counts;
import dev.ostler.kv.bucket.Probe;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.journal.MemoryStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Commands with very many names: they get a reply, and affect nothing else. */
@ExtendWith(OstlerExtension.class)
class ManyNamesTest {
  /** More nested calls, one for each held bucket, than a thread's stack can hold. */
  private static final int MANY = 20_000;

  /** More than a thread that serves other clients does at once. */
  private static final int SEVERAL = 1_000;

  private final MemoryStore disk = new MemoryStore();
  private @Nullable Kv kv;

  @AfterEach
  void close() {
    Probe.observer = null;
    if (kv != null) {
      kv.close();
    }
  }

  private RespPeer open(HalfwayTest.Keeping keeping) throws IOException {
    KvConfig config =
        switch (keeping) {
          case IN_MEMORY -> KvConfig.inMemory();
          case EVERY_SECOND -> KeptStore.config(disk);
          case ALWAYS -> KeptStore.config(disk).sync(Sync.ALWAYS);
        };
    kv = Kv.open(config.with(Resp.on(0)));
    return RespPeer.of(kv);
  }

  private Kv kv() {
    return Objects.requireNonNull(kv);
  }

  private static String[] names(int count) {
    return IntStream.range(0, count).mapToObj(i -> "k" + i).toArray(String[]::new);
  }

  private static String[] command(String verb, String... words) {
    return Stream.concat(Stream.of(verb), Arrays.stream(words)).toArray(String[]::new);
  }

  private static String[] mset(int count) {
    return command(
        "MSET",
        Arrays.stream(names(count)).flatMap(name -> Stream.of(name, "v")).toArray(String[]::new));
  }

  @ParameterizedTest
  @EnumSource(HalfwayTest.Keeping.class)
  void are_set_read_counted_and_deleted(HalfwayTest.Keeping keeping) throws IOException {
    try (RespPeer peer = open(keeping)) {
      assertThat(peer.ask(mset(MANY))).isEqualTo("OK");
      assertThat(peer.ask(command("MGET", names(MANY)))).isEqualTo(Collections.nCopies(MANY, "v"));
      assertThat(peer.ask("DBSIZE")).isEqualTo((long) MANY);
      if (keeping != HalfwayTest.Keeping.IN_MEMORY) {
        assertThat(kept()).isEqualTo((long) MANY);
      }
      assertThat(peer.ask(command("EXISTS", names(MANY)))).isEqualTo((long) MANY);
      assertThat(peer.ask(command("DEL", names(MANY)))).isEqualTo((long) MANY);
      assertThat(peer.ask("DBSIZE")).isEqualTo(0L);
      if (keeping != HalfwayTest.Keeping.IN_MEMORY) {
        assertThat(kept()).isEqualTo(0L);
      }
    }
  }

  private long kept() throws IOException {
    TestKv.journal(kv()).awaitWritten();
    return disk.reopened().size();
  }

  @ParameterizedTest
  @EnumSource(HalfwayTest.Keeping.class)
  void are_changed_in_a_transaction(HalfwayTest.Keeping keeping) throws IOException {
    try (RespPeer peer = open(keeping)) {
      peer.ask("MULTI");
      for (String name : names(MANY)) {
        peer.send("HSET", name, "f", "v");
      }
      peer.replies(MANY);
      assertThat(peer.ask("EXEC")).isEqualTo(Collections.nCopies(MANY, 1L));
      assertThat(peer.ask("DBSIZE")).isEqualTo((long) MANY);
      peer.ask("MULTI");
      peer.ask(command("DEL", names(MANY)));
      assertThat(peer.ask("EXEC")).isEqualTo(List.of((long) MANY));
      assertThat(peer.ask("DBSIZE")).isEqualTo(0L);
    }
  }

  @Test
  void may_be_a_million() throws IOException {
    try (RespPeer peer = open(HalfwayTest.Keeping.IN_MEMORY)) {
      peer.ask("SET", "k7", "v");
      assertThat(peer.ask(command("EXISTS", names(1_000_000)))).isEqualTo(1L);
      assertThat(peer.ask(command("UNLINK", names(1_000_000)))).isEqualTo(1L);
    }
  }

  @Test
  void that_are_gone_leave_no_process_behind() throws IOException {
    try (RespPeer peer = open(HalfwayTest.Keeping.IN_MEMORY)) {
      peer.ask(mset(MANY));
      peer.ask(command("DEL", names(MANY)));
      awaitProcesses(0);
      peer.ask(mset(MANY));
      assertThat(peer.ask("FLUSHALL")).isEqualTo("OK");
      awaitProcesses(0);
      Counts.check(kv());
      assertThat(Store.of(kv()).environment().memory().sum()).isZero();
    }
  }

  /** Waits until the processes that start buckets have noticed all ends so far. */
  private void awaitProcesses(int count) {
    while (TestKv.starter(kv()).count().active() != count
        || Store.of(kv()).keyspace().table().processes() != count) {
      Thread.onSpinWait();
    }
    var _ = Sys.getState(TestKv.registry(kv()).orElseThrow()); // it has done all that goes with it
  }

  /**
   * Of many buckets that end, only some do so at a time, so that other requests do not wait behind
   * all of them.
   */
  @Test
  void that_end_at_one_moment_do_not_delay_a_new_bucket() throws IOException {
    endWithoutDelay(
        peer -> {
          assertThat(peer.ask(command("DEL", names(MANY)))).isEqualTo((long) MANY);
          assertThat(peer.ask("DBSIZE")).isEqualTo(0L);
        });
  }

  @Test
  void that_are_flushed_do_not_delay_a_new_bucket() throws IOException {
    endWithoutDelay(peer -> assertThat(peer.ask("FLUSHALL")).isEqualTo("OK"));
  }

  @Test
  void that_are_deleted_one_by_one_do_not_delay_a_new_bucket() throws IOException {
    endWithoutDelay(
        peer -> {
          for (String name : names(MANY)) {
            peer.send("EXPIRE", name, "-1");
          }
          assertThat(peer.replies(MANY)).isEqualTo(Collections.nCopies(MANY, 1L));
        });
  }

  @Test
  void that_are_due_at_one_moment_do_not_delay_a_new_bucket() throws IOException {
    try (var store = new TimedStore()) {
      for (String name : names(MANY)) {
        store.peer().send("SET", name, "v", "PX", "1000");
      }
      assertThat(store.peer().replies(MANY)).isEqualTo(Collections.nCopies(MANY, "OK"));
      endWithoutDelay(store.kv(), store.peer(), _ -> store.pass(1000));
    }
  }

  /** What a client does. */
  private interface Action {
    void run(RespPeer peer) throws IOException;
  }

  private void endWithoutDelay(Action end) throws IOException {
    try (RespPeer peer = open(HalfwayTest.Keeping.IN_MEMORY)) {
      peer.ask(mset(MANY));
      endWithoutDelay(kv(), peer, end);
      awaitProcesses(2);
    }
  }

  /** All buckets end while the registry does nothing. Then few messages of this wait for it. */
  private static void endWithoutDelay(Kv kv, RespPeer peer, Action end) throws IOException {
    var registry = TestKv.registry(kv).orElseThrow();
    Sys.suspend(registry);
    try {
      end.run(peer);
      while (!Objects.equals(peer.ask("DBSIZE"), 0L)) {
        Thread.onSpinWait();
      }
      assertThat(Processes.info(registry).orElseThrow().queued()).isLessThan(1000);
    } finally {
      Sys.resume(registry);
    }
    assertThat(peer.ask("SET", "new", "v")).isEqualTo("OK");
    assertThat(peer.ask("SET", "k1", "v")).isEqualTo("OK"); // which may not have ended yet
  }

  @ParameterizedTest
  @EnumSource(HalfwayTest.Keeping.class)
  void that_are_set_keep_nobody_waiting(HalfwayTest.Keeping keeping) throws IOException {
    keepNobodyWaiting(keeping, peer -> {}, mset(SEVERAL), "OK");
  }

  @ParameterizedTest
  @EnumSource(HalfwayTest.Keeping.class)
  void that_are_deleted_keep_nobody_waiting(HalfwayTest.Keeping keeping) throws IOException {
    keepNobodyWaiting(
        keeping, peer -> peer.ask(mset(SEVERAL)), command("DEL", names(SEVERAL)), (long) SEVERAL);
  }

  @ParameterizedTest
  @EnumSource(HalfwayTest.Keeping.class)
  void that_are_deleted_in_a_transaction_keep_nobody_waiting(HalfwayTest.Keeping keeping)
      throws IOException {
    keepNobodyWaiting(
        keeping,
        peer -> {
          peer.ask(mset(SEVERAL));
          peer.ask("MULTI");
          peer.ask(command("DEL", names(SEVERAL)));
        },
        new String[] {"EXEC"},
        List.of((long) SEVERAL));
  }

  /** At each kind of step of a client's command, other clients of each loop get their replies. */
  private void keepNobodyWaiting(
      HalfwayTest.Keeping keeping, Action before, String[] command, Object reply)
      throws IOException {
    try (RespPeer peer = open(keeping)) {
      assertThat(peer.ask("SET", "other", "v")).isEqualTo("OK");
      before.run(peer);
      var others = new ArrayList<RespPeer>();
      for (int i = 0; i < 8; i++) {
        others.add(RespPeer.of(kv()));
      }
      var meanwhile = new Meanwhile(others);
      Probe.observer = meanwhile;
      assertThat(peer.ask(command)).isEqualTo(reply);
      Probe.observer = null;
      assertThat(meanwhile.wrong).isEmpty();
      assertThat(meanwhile.seen)
          .contains(Probe.Step.LOCK, Probe.Step.CHANGE, Probe.Step.APPEND, Probe.Step.UNLOCK);
      for (RespPeer other : others) {
        other.close();
      }
    }
  }

  /**
   * Asks other clients' questions on the thread of a command, which goes on once all are answered.
   */
  private static final class Meanwhile implements Consumer<Probe.Step> {
    private final List<RespPeer> others;
    private final AtomicReference<Thread> commands = new AtomicReference<>(); // of the first step
    private final Set<Probe.Step> seen = ConcurrentHashMap.newKeySet();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

    Meanwhile(List<RespPeer> others) {
      this.others = others;
    }

    @Override
    public void accept(Probe.Step step) {
      Thread current = Thread.currentThread();
      commands.compareAndSet(null, current);
      if (commands.get() != current || !seen.add(step)) {
        return;
      }
      try {
        for (int i = 0; i < others.size(); i++) {
          expect("v", others.get(i).ask("GET", "other"), step);
          expect(null, others.get(i).ask("GET", "absent" + i), step);
          expect("OK", others.get(i).ask("SET", "new" + step + i, "v"), step);
        }
      } catch (IOException e) {
        wrong.add(e + " at " + step);
      }
    }

    private void expect(@Nullable Object expected, @Nullable Object found, Probe.Step step) {
      if (!Objects.equals(expected, found)) {
        wrong.add(found + " at " + step);
      }
    }
  }

  @Test
  void that_are_held_keep_no_loop_from_other_clients() throws Exception {
    try (RespPeer peer = open(HalfwayTest.Keeping.IN_MEMORY);
        RespPeer waiting = RespPeer.of(kv());
        RespPeer both = RespPeer.of(kv());
        RespPeer other = RespPeer.of(kv())) {
      peer.ask("MSET", "a", "1", "b", "1", "c", "1");
      var hold = new KeptStore.Hold();
      var holder =
          Thread.startVirtualThread(
              () ->
                  Store.of(kv())
                      .keyspace()
                      .withAll(
                          List.of("a", "b"),
                          List.of(),
                          true,
                          Store.of(kv()).gate(),
                          held -> {
                            hold.pass();
                            return true;
                          }));
      hold.awaitReached();
      waiting.send("GET", "a");
      both.send("MGET", "a", "c");
      var clients = new ArrayList<RespPeer>();
      for (int i = 0; i < 8; i++) { // on every loop
        RespPeer client = RespPeer.of(kv());
        clients.add(client);
        assertThat(client.ask("GET", "c")).isEqualTo("1");
        assertThat(client.ask("MGET", "c", "d")).isEqualTo(Arrays.asList("1", null));
      }
      assertThat(other.ask("SET", "c", "2")).isEqualTo("OK");
      assertThat(waiting.hasHeardNothing()).isTrue();
      hold.release();
      holder.join();
      assertThat(waiting.reply()).isEqualTo("1");
      assertThat(both.reply()).isEqualTo(List.of("1", "2"));
      for (RespPeer client : clients) {
        client.close();
      }
    }
  }

  @Test
  void that_are_too_many_leave_no_process_behind() throws IOException {
    kv = Kv.open(KvConfig.inMemory().maxBuckets(2000).with(Resp.on(0)));
    try (RespPeer peer = RespPeer.of(kv)) {
      assertThat(peer.ask(mset(2001)).toString()).contains("2000 already, the limit");
      awaitProcesses(0);
      assertThat(peer.ask(mset(2000))).isEqualTo("OK");
      Counts.check(kv());
    }
  }

  @Test
  void that_are_new_find_room_that_ending_ones_are_about_to_free() throws IOException {
    kv = Kv.open(KvConfig.inMemory().maxBuckets(2000).with(Resp.on(0)));
    try (RespPeer peer = RespPeer.of(kv)) {
      for (int round = 0; round < 3; round++) {
        int from = round * 2000;
        var words = new ArrayList<String>(List.of("MSET"));
        IntStream.range(from, from + 2000).forEach(i -> words.addAll(List.of("n" + i, "v")));
        assertThat(peer.ask(words.toArray(String[]::new))).isEqualTo("OK");
        assertThat(peer.ask("FLUSHALL")).isEqualTo("OK");
      }
    }
  }

  /** With a search of all patterns for each one, the reply would take minutes. */
  @Test
  void may_be_patterns_of_a_user() throws IOException {
    try (RespPeer peer = open(HalfwayTest.Keeping.IN_MEMORY)) {
      var words = new ArrayList<String>(List.of("ACL", "SETUSER", "u", "+@all"));
      IntStream.range(0, 100_000).forEach(i -> words.addAll(List.of("~k" + i, "&c" + i)));
      assertThat(peer.ask(words.toArray(String[]::new))).isEqualTo("OK");
      assertThat(peer.ask("ACL", "DRYRUN", "u", "GET", "k99999")).isEqualTo("OK");
      assertThat(peer.ask("ACL", "DRYRUN", "u", "GET", "k100000")).isNotEqualTo("OK");
      assertThat(peer.ask("ACL", "SETUSER", "u", "~*", "~a").toString()).contains("is not valid");
      assertThat(peer.ask("ACL", "SETUSER", "u", "%R~k0", "~b", "resetkeys", "%R~d", "%W~d"))
          .isEqualTo("OK");
      assertThat(peer.ask("ACL", "DRYRUN", "u", "SET", "d", "1")).isEqualTo("OK");
    }
  }

  /** The same. */
  @Test
  void may_be_first_arguments_that_a_user_may_give() throws IOException {
    try (RespPeer peer = open(HalfwayTest.Keeping.IN_MEMORY)) {
      var words = new ArrayList<String>(List.of("ACL", "SETUSER", "u", "~*"));
      IntStream.range(0, 100_000).forEach(i -> words.addAll(List.of("+get|w" + i, "+set", "-set")));
      assertThat(peer.ask(words.toArray(String[]::new))).isEqualTo("OK");
      assertThat(peer.ask("ACL", "DRYRUN", "u", "GET", "w99999")).isEqualTo("OK");
      assertThat(peer.ask("ACL", "DRYRUN", "u", "GET", "w100000")).isNotEqualTo("OK");
      assertThat(peer.ask("ACL", "SETUSER", "u", "+get", "+set|w", "+config|get", "-config"))
          .isEqualTo("OK");
      assertThat(String.valueOf(peer.ask("ACL", "LIST")))
          .contains("-@all -set +get +set|w -config]");
    }
  }
}
