package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.AlreadyRegisteredException;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Registry;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.LongStream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A unique registry in which many register, give up and are killed at once: R02 to R04, R07 to R09,
 * R11, R18.
 */
@ExtendWith(OstlerExtension.class)
class RegistryStormTest {
  private static final int KEYS = 5;
  private static final int THREADS = 4;
  private static final int STEPS = 400;

  /** Fresh ones on each run; {@code -Ddev.ostler.seed=N} replays one. */
  static LongStream seeds() {
    Long replayed = Long.getLong("dev.ostler.seed");
    return replayed != null
        ? LongStream.of(replayed)
        : ThreadLocalRandom.current().longs(5, 0, 1L << 48);
  }

  /** A process that holds keys until it is killed; others ask it by message. */
  private record Holder(Pid pid) {}

  private final Registry<Integer, Long> registry = Registry.<Integer, Long>unique().start();

  /** Whom the winners of each key were, each at its time: two at a time are one too many. */
  private final AtomicReferenceArray<Pid> owners = new AtomicReferenceArray<>(KEYS);

  /** Those whose kill is done: from then on no thread may find them. */
  private final Set<Pid> dead = ConcurrentHashMap.newKeySet();

  private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
  private final Map<Integer, Pid> expected = new HashMap<>();

  /** One thread: a process that registers, gives up, starts processes and kills them. */
  private final class Member {
    private final Random random;
    private final List<Holder> holders = new ArrayList<>();
    private final List<Integer> mine = new ArrayList<>();

    Member(long seed) {
      random = new Random(seed);
    }

    Map<Integer, Pid> run() {
      Processes.attach();
      try {
        for (int step = 0; step < STEPS; step++) {
          step(random.nextInt(KEYS));
        }
        var held = new HashMap<Integer, Pid>();
        holders.forEach(
            holder -> registry.keys(holder.pid()).forEach(key -> held.put(key, holder.pid())));
        giveUpAll();
        return held;
      } finally {
        Processes.detach();
      }
    }

    private void step(int key) {
      switch (random.nextInt(8)) {
        case 0 -> take(key);
        case 1 -> giveUpAll();
        case 2 -> start(key);
        case 3 -> kill();
        case 4 -> count();
        case 5 -> lookAtAll();
        default -> look(key);
      }
    }

    private void take(int key) {
      try {
        registry.register(key, Self.pid().id());
      } catch (AlreadyRegisteredException e) {
        return;
      }
      mine.add(key);
      owns(key, Self.pid());
    }

    private void giveUpAll() {
      for (int key : mine) {
        owners.compareAndSet(key, Self.pid(), null);
        registry.unregister(key);
        if (registry.whereis(key).filter(pid -> pid == Self.pid()).isPresent()) {
          wrong.add("still has " + key);
        }
      }
      mine.clear();
    }

    /** Starts a process that has a key from its start, if the key is free. */
    private void start(int key) {
      var begun = new CompletableFuture<Boolean>();
      Pid pid = Processes.spawn(() -> hold(key, begun));
      if (begun.join()) {
        holders.add(new Holder(pid));
      }
    }

    private void hold(int key, CompletableFuture<Boolean> begun) {
      try {
        registry.register(key, Self.pid().id());
      } catch (AlreadyRegisteredException e) {
        begun.complete(false);
        return;
      }
      owns(key, Self.pid());
      begun.complete(true);
      Self.receive(ExitReason.class);
    }

    /** This process has just won the key: whoever had it before must be dead. */
    private void owns(int key, Pid winner) {
      Pid before = owners.getAndSet(key, winner);
      if (before != null && before != winner && before.isAlive()) {
        wrong.add(winner + " and " + before + " have " + key);
      }
    }

    private void kill() {
      if (holders.isEmpty()) {
        return;
      }
      Pid pid = holders.remove(random.nextInt(holders.size())).pid();
      List<Integer> keys = registry.keys(pid);
      pid.exit(ExitReason.KILL);
      dead.add(pid);
      for (int key : keys) {
        if (registry.lookup(key).stream().anyMatch(entry -> entry.pid() == pid)) {
          wrong.add("the dead " + pid + " has " + key);
        }
      }
      if (!registry.keys(pid).isEmpty()) {
        wrong.add("the dead " + pid + " has keys");
      }
    }

    private void look(int key) {
      Set<Pid> before = Set.copyOf(dead);
      List<Registry.Entry<Long>> found = registry.lookup(key);
      if (found.size() > 1) {
        wrong.add(key + " has " + found);
      }
      for (var entry : found) {
        if (entry.value() != entry.pid().id()) {
          wrong.add(entry + " has another's value");
        }
        if (before.contains(entry.pid())) {
          wrong.add("the dead " + entry.pid() + " was found at " + key);
        }
      }
      for (int own : mine) {
        if (registry.whereis(own).filter(pid -> pid == Self.pid()).isEmpty()) {
          wrong.add("a living process has lost " + own);
        }
      }
      for (Holder holder : holders) {
        if (registry.keys(holder.pid()).isEmpty()) {
          wrong.add("the living " + holder + " has lost its key");
        }
      }
    }

    private void lookAtAll() {
      Set<Pid> before = Set.copyOf(dead);
      for (Pid pid : registry.select(_ -> true, Registry.Row::pid)) {
        if (before.contains(pid)) {
          wrong.add("the dead " + pid + " was found among all");
        }
      }
    }

    private void count() {
      long count = registry.count();
      if (count < 0 || count > KEYS + THREADS) { // a death may be under way in each
        wrong.add("count of " + count);
      }
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void a_key_has_one_living_owner_at_most(long seed) throws Exception {
    var random = new Random(seed);
    List<Future<Map<Integer, Pid>>> members = new ArrayList<>();
    try (var threads = Executors.newFixedThreadPool(THREADS)) {
      for (int i = 0; i < THREADS; i++) {
        var member = new Member(random.nextLong());
        members.add(threads.submit(member::run));
      }
    }
    for (var member : members) {
      expected.putAll(member.get());
    }

    assertThat(wrong).isEmpty();
    assertThat(expected.values()).allMatch(Pid::isAlive);
    assertThat(registry.count()).isEqualTo(expected.size());
    for (int key = 0; key < KEYS; key++) {
      assertThat(registry.whereis(key).orElse(null)).isEqualTo(expected.get(key));
    }
    expected.values().forEach(pid -> pid.exit(ExitReason.KILL));
    assertThat(registry.count()).isZero();
    assertThat(registry.select(row -> true, row -> row)).isEmpty();
  }
}
