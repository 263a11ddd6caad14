package dev.ostler.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Agent;
import dev.ostler.ExitReason;
import dev.ostler.ManualClock;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Classes of tests to be run by {@link ClassProcessTest}, many of which are to fail: none is found
 * by itself, as the class is not called a test.
 */
final class FailingClasses {
  static final List<String> JOURNAL = new CopyOnWriteArrayList<>();
  static final Map<String, Pid> PIDS = new ConcurrentHashMap<>();

  private FailingClasses() {}

  /** What two classes have in common that run at the same time. */
  abstract static class Shares {
    static final CyclicBarrier ALL_RUN = new CyclicBarrier(2);

    static Agent<Integer> start(String name, Supervised supervised) {
      PIDS.put("class " + name, Self.pid());
      supervised.onExit(() -> JOURNAL.add(name + " exit"));
      supervised.start(Witness.of(name + " first", JOURNAL));
      PIDS.put("left by " + name, Processes.spawn(Self::receive));
      var agent = supervised.start(Agent.of(() -> 0).id("agent"));
      PIDS.put("agent " + name, agent.pid());
      supervised.start(Witness.of(name + " last", JOURNAL));
      return agent;
    }

    static void use(Agent<Integer> agent) {
      assertThat(PIDS.values()).doesNotContain(Self.pid());
      agent.update(n -> n + 1);
    }

    static void end(String name, Agent<Integer> agent) {
      assertThat(Self.pid()).isEqualTo(PIDS.get("class " + name));
      JOURNAL.add(name + " " + agent.<Integer>get(n -> n));
    }
  }

  @ExtendWith(OstlerExtension.class)
  static class One extends Shares {
    private static Agent<Integer> shared;

    @BeforeAll
    static void start(Supervised supervised) {
      shared = start("one", supervised);
    }

    @Test
    void first() throws Exception {
      use(shared);
    }

    @Test
    void second() throws Exception {
      use(shared);
    }

    @AfterAll
    static void end() {
      end("one", shared);
    }
  }

  @ExtendWith(OstlerExtension.class)
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  static class MeetsOne extends Shares {
    private Agent<Integer> shared;

    @BeforeAll
    void start(Supervised supervised) {
      shared = start("meets one", supervised);
    }

    @Test
    void test() throws Exception {
      meet();
      use(shared);
      meet();
    }

    @AfterAll
    void end() {
      end("meets one", shared);
    }
  }

  @ExtendWith(OstlerExtension.class)
  static class MeetsTwo extends Shares {
    private static Agent<Integer> shared;

    @BeforeAll
    static void start(Supervised supervised) {
      shared = start("meets two", supervised);
    }

    @Test
    void test() throws Exception {
      meet();
      use(shared);
      meet();
    }

    @AfterAll
    static void end() {
      end("meets two", shared);
    }
  }

  private static void meet() throws Exception {
    Shares.ALL_RUN.await(20, TimeUnit.SECONDS);
  }

  @ExtendWith(OstlerExtension.class)
  static class Outer {
    private static Agent<String> outer;

    @BeforeAll
    static void start(Supervised supervised) {
      PIDS.put("outer", Self.pid());
      outer = supervised.start(Agent.of(() -> "outer"));
    }

    @Nested
    class Inner {
      private static Agent<String> inner;

      @BeforeAll
      static void start(Supervised supervised) {
        PIDS.put("inner", Self.pid());
        inner = supervised.start(Agent.of(() -> "inner"));
      }

      @Test
      void test(Supervised supervised) {
        PIDS.put("test", supervised.start(Agent.of(() -> "test")).pid());
        JOURNAL.add(outer.<String>get(s -> s) + " " + inner.<String>get(s -> s));
      }

      @AfterAll
      static void end() {
        PIDS.values().stream().filter(Pid::isAlive).map(Pid::label).sorted().forEach(JOURNAL::add);
      }
    }
  }

  @ExtendWith(OstlerExtension.class)
  static class HasAClock {
    private static ManualClock clock;

    @BeforeAll
    static void start(Supervised supervised, ManualClock manual) {
      clock = manual;
      Pid outside = Self.pid();
      supervised.start(
          Processes.of(
              () -> {
                Self.sendAfter("ring", Duration.ofHours(1));
                outside.send("set");
                JOURNAL.add((String) Self.receive());
                outside.send("rung");
                Self.receive();
              }));
      assertThat(Self.receive()).isEqualTo("set");
    }

    @Test
    void test() {
      clock.advance(Duration.ofHours(1));
    }

    @AfterAll
    static void end() {
      assertThat(Self.receive()).isEqualTo("rung");
    }
  }

  @ExtendWith(OstlerExtension.class)
  static class ThrowsBefore {
    @BeforeAll
    static void start(Supervised supervised) {
      PIDS.put("agent", supervised.start(Agent.of(() -> 0)).pid());
      throw new IllegalStateException("on purpose");
    }

    @Test
    void test() {
      JOURNAL.add("ran");
    }
  }

  @ExtendWith(OstlerExtension.class)
  static class EndsBefore {
    @BeforeAll
    static void start(Supervised supervised) {
      supervised.startLinked(Agent.of(() -> 0)).pid().exit(ExitReason.of("rotten"));
    }

    @Test
    void test() {
      JOURNAL.add("ran");
    }
  }

  @ExtendWith(OstlerExtension.class)
  static class EndsMeanwhile {
    private static Pid process;

    @BeforeAll
    static void start() {
      process = Self.pid();
    }

    @Test
    void first() {
      process.exit(ExitReason.of("rotten"));
    }

    @Test
    void second() {
      process.exit(ExitReason.of("rotten"));
    }
  }

  @ExtendWith(OstlerExtension.class)
  static class HangsBefore {
    @BeforeAll
    @Timeout(value = 1500, unit = TimeUnit.MILLISECONDS)
    static void start(Supervised supervised) throws InterruptedException {
      PIDS.put("class", Self.pid());
      PIDS.put("agent", supervised.start(Agent.of(() -> 0)).pid());
      new CountDownLatch(1).await();
    }

    @Test
    void test() {
      JOURNAL.add("ran");
    }
  }
}
