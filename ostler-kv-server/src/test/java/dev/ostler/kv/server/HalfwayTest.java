package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.Sync;
import dev.ostler.kv.TestKv;
import dev.ostler.kv.bucket.Counts;
import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.bucket.Probe;
import dev.ostler.kv.journal.MemoryStore;
import dev.ostler.kv.server.RespReader.Failure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An error at any step of a change leaves the whole change or nothing of it: in memory, on disk, in
 * the counters, and in what others are told.
 */
@ExtendWith(OstlerExtension.class)
class HalfwayTest {
  /** The kind of store. */
  enum Keeping {
    IN_MEMORY,
    EVERY_SECOND,
    ALWAYS
  }

  private static final List<String> NAMES = List.of("a", "b", "c", "d", "e");

  private static final List<Function<String, ? extends Error>> FAILURES =
      List.of(StackOverflowError::new, NoClassDefFoundError::new);

  private final List<String> told = new CopyOnWriteArrayList<>();
  private final MemoryStore disk = new MemoryStore();
  private @Nullable Kv kv;

  @AfterEach
  void forget() {
    Probe.observer = null;
    if (kv != null) {
      kv.close();
    }
  }

  private Kv open(Keeping keeping, BucketStore engine) {
    KvConfig config =
        switch (keeping) {
          case IN_MEMORY -> KvConfig.inMemory();
          case EVERY_SECOND -> KeptStore.config(engine);
          case ALWAYS -> KeptStore.config(engine).sync(Sync.ALWAYS);
        };
    return TestKv.open(
        config.with(Resp.on(0)),
        new Environment(
            config.limits(),
            System::currentTimeMillis,
            new LongAdder(),
            (bucket, type, event) -> told.add(event + " " + bucket)));
  }

  /** The reply to a command, the values that another client then sees, and the events. */
  private record Seen(Object reply, Map<String, Object> values, List<String> told) {}

  private void fill(RespPeer peer) throws IOException {
    told.clear();
    peer.ask("FLUSHALL");
    peer.ask("HSET", "a", "f", "1", "g", "2");
    peer.ask("HPEXPIRE", "a", "1000000", "FIELDS", "1", "g");
    peer.ask("SET", "b", "old", "PX", "1000000");
    peer.ask("HSET", "c", "f", "3");
    peer.ask("KV.CREATE", "d");
    var _ = heard(peer);
  }

  private static Map<String, Object> values(RespPeer peer) throws IOException {
    var values = new TreeMap<String, Object>();
    for (String name : NAMES) {
      String type = String.valueOf(peer.ask("TYPE", name));
      var value = new ArrayList<@Nullable Object>(List.of(type));
      switch (type) {
        case "string" -> value.add(peer.ask("GET", name));
        case "hash" -> {
          for (String field : List.of("f", "g", "h")) {
            value.add(peer.ask("HGET", name, field));
            Object left = ((List<?>) peer.ask("HPTTL", name, "FIELDS", "1", field)).getFirst();
            value.add(((Long) left) > 0);
          }
          value.add(peer.ask("HLEN", name));
        }
        default -> {}
      }
      value.add(((Long) peer.ask("PTTL", name)) > 0);
      values.put(name, value);
    }
    return values;
  }

  @ParameterizedTest
  @EnumSource(Keeping.class)
  void mset(Keeping keeping) throws IOException {
    everywhere(keeping, List.of("MSET a 1 b 2 c 3 e 4"));
  }

  @ParameterizedTest
  @EnumSource(Keeping.class)
  void del(Keeping keeping) throws IOException {
    everywhere(keeping, List.of("DEL a b c d e"));
  }

  @ParameterizedTest
  @EnumSource(Keeping.class)
  void rename(Keeping keeping) throws IOException {
    everywhere(keeping, List.of("RENAME a b"));
  }

  @ParameterizedTest
  @EnumSource(Keeping.class)
  void copy(Keeping keeping) throws IOException {
    everywhere(keeping, List.of("COPY a e"));
  }

  @ParameterizedTest
  @EnumSource(Keeping.class)
  void exec(Keeping keeping) throws IOException {
    everywhere(
        keeping,
        List.of(
            "MULTI",
            "HSET a f 5 h 6",
            "HDEL a g",
            "HDEL c f",
            "HSET c g 7",
            "SET d text",
            "PERSIST b",
            "APPEND b er",
            "EXPIRE a 1000",
            "HSET e f 8",
            "HPEXPIRE e 100000 FIELDS 1 f",
            "EXEC"));
  }

  @ParameterizedTest
  @EnumSource(Keeping.class)
  void exec_of_one_bucket(Keeping keeping) throws IOException {
    everywhere(keeping, List.of("MULTI", "HSET a f 5 h 6", "HDEL a g", "DEL a", "SET a 1", "EXEC"));
  }

  @ParameterizedTest
  @EnumSource(Keeping.class)
  void hset_of_one_bucket(Keeping keeping) throws IOException {
    everywhere(keeping, List.of("HSET a f 5 h 6 i 7"));
  }

  @ParameterizedTest
  @EnumSource(value = Keeping.class, names = "IN_MEMORY", mode = EnumSource.Mode.EXCLUDE)
  void del_of_one_bucket(Keeping keeping) throws IOException {
    everywhere(keeping, List.of("DEL a"));
  }

  /**
   * Throws an error at the first step, the second one, and so on, until a run has no further step.
   */
  private void everywhere(Keeping keeping, List<String> commands) throws IOException {
    kv = open(keeping, disk);
    try (RespPeer peer = RespPeer.of(kv)) {
      fill(peer);
      Map<String, Object> before = values(peer);
      var steps = new Steps(Integer.MAX_VALUE, AssertionError::new);
      Seen after = done(peer, commands, steps);
      assertThat(after.values).isNotEqualTo(before);
      assertThat(steps.count).isGreaterThan(3);
      for (int i = 0; i < FAILURES.size() * steps.count; i++) {
        int at = 1 + i / FAILURES.size();
        fill(peer);
        var failing = new Steps(at, FAILURES.get(i % FAILURES.size()));
        Seen seen;
        try (RespPeer failed = RespPeer.of(kv)) {
          seen = done(failed, commands, failing);
        }
        String where = keeping + ", " + commands + ", " + failing.last + ", step " + at;
        assertThat(seen.values).as(where).isIn(before, after.values);
        boolean undone = seen.values.equals(before);
        assertThat(seen.told).as(where).isEqualTo(undone ? List.of() : after.told);
        if (undone) {
          assertThat(seen.reply).as(where).isInstanceOf(Failure.class);
        } else if (seen.reply instanceof Failure failure) {
          assertThat(failure.text()).as(where).contains("may or may not have been done");
        } else {
          assertThat(seen.reply).as(where).isEqualTo(after.reply);
        }
        assertThat(peer.ask("DBSIZE")).as(where).isEqualTo(size(seen.values) + 1);
        Counts.check(kv);
        if (keeping != Keeping.IN_MEMORY) {
          assertThat(onDisk(keeping)).as(where).isEqualTo(seen.values);
        }
      }
    }
  }

  private Seen done(RespPeer peer, List<String> commands, Steps steps) throws IOException {
    for (String command : commands.subList(0, commands.size() - 1)) {
      peer.ask(command.split(" "));
    }
    told.clear();
    Probe.observer = steps;
    Object reply = peer.ask(commands.getLast().split(" "));
    Probe.observer = null;
    try (RespPeer other = RespPeer.of(Objects.requireNonNull(kv))) {
      Map<String, Object> values = values(other);
      return new Seen(reply, values, heard(other));
    }
  }

  /**
   * The events so far. They are told in order, but perhaps after the reply: hence one bucket more.
   */
  private List<String> heard(RespPeer peer) throws IOException {
    peer.ask("SET", "last", "1");
    while (!told.contains("set last")) {
      Thread.onSpinWait(); // ends with the test, at the latest
    }
    return told.stream().filter(event -> !event.endsWith(" last")).toList();
  }

  private static long size(Map<String, Object> values) {
    return values.values().stream().filter(each -> !((List<?>) each).contains("none")).count();
  }

  /** What another store would find on the disk. */
  private Map<String, Object> onDisk(Keeping keeping) throws IOException {
    Kv store = Objects.requireNonNull(kv);
    TestKv.journal(store).awaitWritten();
    try (Kv other = open(keeping, disk.reopened());
        RespPeer peer = RespPeer.of(other)) {
      return values(peer);
    }
  }

  /** Counts the steps of a change, and throws an error at one of them. */
  private static final class Steps implements Consumer<Probe.Step> {
    private final int failsAt;
    private int count;
    private final Function<String, ? extends Error> failure;
    private Probe.@Nullable Step last;

    Steps(int failsAt, Function<String, ? extends Error> failure) {
      this.failsAt = failsAt;
      this.failure = failure;
    }

    @Override
    public synchronized void accept(Probe.Step step) {
      if (++count == failsAt) {
        last = step;
        throw failure.apply("at step " + count + ", " + step);
      }
    }
  }
}
