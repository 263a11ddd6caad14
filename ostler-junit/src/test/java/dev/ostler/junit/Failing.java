package dev.ostler.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Agent;
import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Restart;
import dev.ostler.Self;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Tests to be run by {@link OstlerExtensionTest}, many of which are to fail: none is found by
 * itself, as the class is not called a test.
 */
final class Failing {
  static final List<String> JOURNAL = new CopyOnWriteArrayList<>();
  static final Map<String, Pid> PIDS = new ConcurrentHashMap<>();

  private Failing() {}

  @ExtendWith(OstlerExtension.class)
  static class Stops {
    @Test
    void passes(Supervised supervised) {
      startThree(supervised);
    }

    @Test
    void fails(Supervised supervised) {
      startThree(supervised);
      throw new IllegalStateException("on purpose");
    }

    private static void startThree(Supervised supervised) {
      for (String name : List.of("first", "second", "third")) {
        PIDS.put(name, supervised.start(Witness.of(name, JOURNAL)).pid());
      }
    }

    @AfterEach
    void children_live() {
      PIDS.values().forEach(pid -> assertThat(pid.isAlive()).isTrue());
      JOURNAL.add("after each");
    }
  }

  /** Its helpers are linked to it; another process, which outlives it, watches it. */
  @ExtendWith(OstlerExtension.class)
  static class LinksWithOthers {
    static final List<String> REASONS = new CopyOnWriteArrayList<>();

    @Test
    void passes(Supervised supervised) throws InterruptedException {
      Pid test = Self.pid();
      Witness.of("helper", JOURNAL).startLink();
      PIDS.put("child", supervised.startLinked(Witness.of("child", JOURNAL)).pid());
      PIDS.put("plain helper", Agent.of(() -> 1).startLink().pid());
      Pid watcher =
          supervised.start(
              Processes.of(
                      "watcher",
                      () -> {
                        Self.trapExits(true);
                        Self.monitor(test);
                        test.send("watches");
                        REASONS.add(
                            Self.receive(Down.class, Duration.ofMinutes(1))
                                .orElseThrow()
                                .reason()
                                .toString());
                      })
                  .restart(Restart.TEMPORARY)); // it has seen what it was to see
      Self.receive();
      PIDS.put("watcher", watcher);
      supervised.onExit(() -> JOURNAL.add("on exit"));
    }
  }

  @ExtendWith(OstlerExtension.class)
  static class LeavesProcessesBehind {
    @BeforeEach
    void start() {
      PIDS.put("before each", Agent.start(() -> 1).pid());
    }

    @Test
    void leaves() throws InterruptedException {
      PIDS.put("test", Self.pid());
      PIDS.put("agent", Agent.start(() -> 1).pid());
      var started = new CountDownLatch(1);
      PIDS.put(
          "spawned",
          Processes.spawn(
              () -> {
                PIDS.put("grandchild", Processes.spawn(Self::receive));
                Self.trapExits(true);
                started.countDown();
                while (true) {
                  Self.receive();
                }
              }));
      started.await();
    }
  }

  @ExtendWith(OstlerExtension.class)
  static class IsEnded {
    @Test
    void by_a_link() {
      Pid linked = Self.spawnLink(() -> Self.exit(ExitReason.of("rotten")));
      Self.receive(Duration.ofMinutes(1));
      throw new IllegalStateException("outlived " + linked);
    }

    @Test
    void by_a_child(Supervised supervised) {
      supervised.startLinked(Agent.of(() -> 1)).pid().exit(ExitReason.of("spoilt"));
    }

    @Test
    void by_a_signal_without_noticing() {
      Pid test = Self.pid();
      var done = new CountDownLatch(1);
      Thread.startVirtualThread(
          () -> {
            test.exit(ExitReason.shutdown("enough"));
            done.countDown();
          });
      while (done.getCount() > 0) {
        Thread.onSpinWait();
      }
      Thread.interrupted();
    }
  }

  @ExtendWith(OstlerExtension.class)
  @Execution(ExecutionMode.CONCURRENT)
  static class RunsInParallel {
    private static final CyclicBarrier ALL_RUN = new CyclicBarrier(3);
    private static final CyclicBarrier ONE_ENDED = new CyclicBarrier(2);

    @Test
    void one() throws Exception {
      meet();
      Self.spawnLink(() -> Self.exit(ExitReason.of("one alone")));
      Self.receive(Duration.ofMinutes(1));
    }

    @Test
    void two(Supervised supervised) throws Exception {
      Agent<Integer> agent = supervised.start(Agent.of(() -> 2));
      meet();
      ONE_ENDED.await(20, TimeUnit.SECONDS);
      assertThat(agent.<Integer>get(n -> n)).isEqualTo(2);
      assertThat(Self.flush()).isEmpty();
    }

    @Test
    void three(Supervised supervised) throws Exception {
      Agent<Integer> agent = supervised.start(Agent.of(() -> 3));
      meet();
      ONE_ENDED.await(20, TimeUnit.SECONDS);
      assertThat(agent.<Integer>get(n -> n)).isEqualTo(3);
      assertThat(Self.flush()).isEmpty();
    }

    private static void meet() throws Exception {
      PIDS.put(Thread.currentThread().toString(), Self.pid());
      ALL_RUN.await(20, TimeUnit.SECONDS);
    }
  }

  @ExtendWith(OstlerExtension.class)
  static class TakesSupervisedWhereThereIsNoTest {
    TakesSupervisedWhereThereIsNoTest(Supervised supervised) {
      supervised.start(Agent.of(() -> 1));
    }

    @Test
    void test() {}
  }

  @ExtendWith(OstlerExtension.class)
  static class DoesNotStop {
    @Test
    void test(Supervised supervised) {
      Pid test = Self.pid();
      var deaf =
          Processes.of(
                  "deaf",
                  () -> {
                    Self.trapExits(true);
                    test.send("deaf from now on");
                    while (true) {
                      Self.receive();
                    }
                  })
              .shutdown(dev.ostler.Shutdown.INFINITY);
      PIDS.put("deaf", supervised.start(deaf));
      var _ = Self.receive(String.class);
    }
  }

  /** Agents crash in each test, and those of two that run at the same time while both do. */
  @ExtendWith(OstlerExtension.class)
  @Execution(ExecutionMode.CONCURRENT)
  static class Crashes {
    private static final CyclicBarrier BOTH_RUN = new CyclicBarrier(2);

    @Test
    void one(Supervised supervised) throws Exception {
      crashAmongOthers("one", supervised);
    }

    @Test
    void two(Supervised supervised) throws Exception {
      crashAmongOthers("two", supervised);
    }

    private static void crashAmongOthers(String name, Supervised supervised) throws Exception {
      BOTH_RUN.await(20, TimeUnit.SECONDS);
      crash(supervised.start(Agent.of(() -> 1).label("child of " + name)), name);
      crash(Agent.start(() -> 1), name);
      BOTH_RUN.await(20, TimeUnit.SECONDS);
      throw new IllegalStateException(name + " on purpose");
    }

    @Test
    void passes() {
      crash(Agent.start(() -> 1), "passes");
    }

    @Test
    void is_ended() {
      Agent<Integer> agent = Agent.startLink(() -> 1);
      Thread.startVirtualThread(() -> crash(agent, "is ended"));
      while (agent.pid().isAlive()) {
        Thread.onSpinWait();
      }
      Thread.interrupted(); // as if it had not noticed
    }

    private static void crash(Agent<Integer> agent, String name) {
      agent.cast(
          _ -> {
            throw new IllegalArgumentException("thrown in " + name);
          });
      while (agent.pid().isAlive()) {
        Thread.onSpinWait();
      }
    }

    @Test
    void crashes_time_and_again(Supervised supervised) throws InterruptedException {
      var left = new CountDownLatch(25);
      supervised.start(
          Processes.of(
              () -> {
                left.countDown();
                Self.exit(ExitReason.of("again"));
              }));
      left.await();
      throw new IllegalStateException("on purpose");
    }
  }

  @ExtendWith(OstlerExtension.class)
  static class CallsBack {
    @Test
    void passes(Supervised supervised) {
      PIDS.put("test", Self.pid());
      supervised.onExit(() -> journal("first"));
      supervised.onExit("ref", () -> journal("replaced"));
      supervised.onExit(() -> journal("third"));
      supervised.onExit("ref", () -> journal("second"));
      supervised.start(Witness.of("child", JOURNAL));
    }

    private static void journal(String name) {
      assertThat(PIDS.values()).doesNotContain(Self.pid()).noneMatch(Pid::isAlive);
      PIDS.put(name, Self.pid());
      PIDS.put("started by " + name, Processes.spawn(Self::receive));
      JOURNAL.add(name);
    }

    @Test
    void fails(Supervised supervised) {
      supervised.onExit(() -> JOURNAL.add("first"));
      supervised.onExit(
          () -> {
            throw new IllegalStateException("second on purpose");
          });
      supervised.onExit(() -> Self.exit(ExitReason.of("third on purpose")));
    }

    @Test
    void hangs(Supervised supervised) {
      supervised.onExit(() -> JOURNAL.add("first"));
      supervised.onExit(
          () -> {
            PIDS.put("hangs", Self.pid());
            Self.receive();
          });
    }
  }

  @ExtendWith(OstlerExtension.class)
  static class Hangs {
    @Test
    @Timeout(value = 1500, unit = TimeUnit.MILLISECONDS)
    void test(Supervised supervised) throws InterruptedException {
      PIDS.put("idle", supervised.start(Agent.of(() -> 1).label("an idle agent")).pid());
      Processes.spawn("a waiting process", Self::receive);
      new CountDownLatch(1).await();
    }
  }
}
