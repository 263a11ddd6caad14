package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Schedulers of their own, with few workers. Whoever waits for a turn that never comes hangs. */
@Timeout(240)
class SchedulerTest {
  private final List<Scheduler> schedulers = new ArrayList<>();

  @BeforeAll
  static void needsTheOption() {
    assumeTrue(OpenedThreads.missing() == null, "java.lang is not opened to the library");
  }

  private Scheduler scheduler(int workers) {
    var made = new Scheduler(workers);
    schedulers.add(made);
    return made;
  }

  @AfterEach
  void endsIt() throws InterruptedException {
    for (Scheduler each : schedulers) {
      each.endIdle(1);
    }
  }

  private static Thread start(Scheduler scheduler, Runnable task) {
    Thread thread = scheduler.thread("test", task);
    thread.start();
    return thread;
  }

  @SuppressWarnings("ThreadPriorityCheck") // gives way as a thread does that is polite
  private static void yieldUntil(AtomicBoolean done) {
    while (!done.get()) {
      Thread.yield();
    }
  }

  private static void spinUntil(AtomicBoolean done) {
    while (!done.get()) {
      Thread.onSpinWait();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Nested
  class A_thread {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void runs_what_it_is_given(int workers) throws InterruptedException {
      var ran = new AtomicBoolean();
      start(scheduler(workers), () -> ran.set(true)).join();
      assertThat(ran).isTrue();
    }

    @Test
    void starts_others_that_run_on_the_worker_where_it_runs_while_they_are_few()
        throws InterruptedException {
      Scheduler scheduler = scheduler(2);
      var same = new AtomicBoolean();
      start(
              scheduler,
              () -> {
                while (!same.get()) { // the watch may send one of them elsewhere
                  Thread here = OpenedThreads.carrier();
                  Thread other = start(scheduler, () -> same.set(OpenedThreads.carrier() == here));
                  join(other);
                }
              })
          .join();
      assertThat(same).isTrue();
    }

    @Test
    void that_wakes_and_waits_for_another_goes_on_for_long() throws InterruptedException {
      int rounds = 20_000;
      Scheduler scheduler = scheduler(2);
      var turn = new AtomicInteger();
      var threads = new Thread[2];
      for (int i = 0; i < 2; i++) {
        int me = i;
        threads[i] =
            scheduler.thread(
                "test",
                () -> {
                  for (int round = 0; round < rounds; round++) {
                    while (turn.get() != 2 * round + me) {
                      LockSupport.park();
                    }
                    turn.set(2 * round + me + 1);
                    LockSupport.unpark(threads[1 - me]);
                  }
                });
      }
      for (Thread each : threads) {
        each.start();
      }
      for (Thread each : threads) {
        each.join();
      }
      assertThat(turn).hasValue(2 * rounds);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Nested
  class Who_waits {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void behind_one_that_computes_has_its_turn_elsewhere(int workers) throws InterruptedException {
      Scheduler scheduler = scheduler(workers);
      var ran = new AtomicBoolean();
      start(
              scheduler,
              () -> {
                start(scheduler, () -> ran.set(true));
                spinUntil(ran);
              })
          .join();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void behind_as_many_that_compute_as_there_are_workers_has_its_turn(int workers)
        throws InterruptedException {
      Scheduler scheduler = scheduler(workers);
      var ran = new AtomicBoolean();
      var computing = new CountDownLatch(workers);
      var threads = new ArrayList<Thread>();
      for (int i = 0; i < workers; i++) {
        threads.add(
            start(
                scheduler,
                () -> {
                  computing.countDown();
                  spinUntil(ran);
                }));
      }
      computing.await();
      start(scheduler, () -> ran.set(true));
      for (Thread each : threads) {
        each.join();
      }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void behind_those_that_are_pinned_has_its_turn(int workers) throws InterruptedException {
      Scheduler scheduler = scheduler(workers);
      var pinned = new ArrayList<Thread>();
      Pinned.BEGUN.set(new CountDownLatch(1));
      Pinned.ENDS.set(new CountDownLatch(1));
      for (int i = 0; i < 8; i++) { // one runs the initializer, others wait for it within the JVM
        pinned.add(start(scheduler, () -> assertThat(Pinned.initializer(workers)).isTrue()));
      }
      Pinned.BEGUN.get().await();
      start(scheduler, () -> Pinned.ENDS.get().countDown());
      for (Thread each : pinned) {
        each.join();
      }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void outside_has_its_turn_while_the_workers_are_busy_with_their_own(int workers)
        throws InterruptedException {
      Scheduler scheduler = scheduler(workers);
      var done = new AtomicBoolean();
      var busy = new ArrayList<Thread>();
      for (int i = 0; i < 3 * workers; i++) {
        busy.add(start(scheduler, () -> yieldUntil(done)));
      }
      for (int i = 0; i < 1_000; i++) {
        start(scheduler, () -> {}).join();
      }
      done.set(true);
      for (Thread each : busy) {
        each.join();
      }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void for_a_time_has_its_turn_while_the_workers_are_busy_with_their_own(int workers)
        throws InterruptedException {
      Scheduler scheduler = scheduler(workers);
      var done = new AtomicBoolean();
      var busy = new ArrayList<Thread>();
      for (int i = 0; i < 3 * workers; i++) {
        busy.add(start(scheduler, () -> yieldUntil(done)));
      }
      Thread timed =
          start(
              scheduler,
              () -> {
                for (int i = 0; i < 100; i++) {
                  TimedPark.park(this, 1_000_000);
                }
              });
      timed.join();
      done.set(true);
      for (Thread each : busy) {
        each.join();
      }
    }
  }

  /** Classes whose initializers wait: a thread in one is pinned to its worker. */
  private static final class Pinned {
    static final AtomicReference<CountDownLatch> BEGUN =
        new AtomicReference<>(new CountDownLatch(1));
    static final AtomicReference<CountDownLatch> ENDS =
        new AtomicReference<>(new CountDownLatch(1));

    static boolean initializer(int which) {
      return switch (which) {
        case 1 -> One.DONE;
        case 2 -> Two.DONE;
        default -> Four.DONE;
      };
    }

    static boolean waits() {
      BEGUN.get().countDown();
      await(ENDS.get());
      return true;
    }

    private static final class One {
      static final boolean DONE = waits();
    }

    private static final class Two {
      static final boolean DONE = waits();
    }

    private static final class Four {
      static final boolean DONE = waits();
    }
  }

  @Nested
  class Workers {

    @Test
    void rest_when_the_one_they_stood_in_for_goes_on() throws InterruptedException {
      Scheduler scheduler = scheduler(1);
      var computesOn = new AtomicBoolean();
      var done = new AtomicBoolean();
      var threads = new ArrayList<Thread>();
      threads.add(start(scheduler, () -> spinUntil(computesOn)));
      for (int i = 0; i < 8; i++) {
        threads.add(start(scheduler, () -> yieldUntil(done)));
      }
      start(scheduler, () -> {}).join();
      assertThat(scheduler.awake()).isGreaterThan(1); // one may seem stuck on a busy machine
      computesOn.set(true);
      while (scheduler.awake() != 1) {
        Thread.onSpinWait();
      }
      done.set(true);
      for (Thread each : threads) {
        each.join();
      }
    }

    @Test
    void end_with_the_runtime_and_begin_again_with_the_next_work() throws InterruptedException {
      Scheduler scheduler = scheduler(2);
      for (int i = 0; i < 100; i++) {
        var worker = new Thread[1];
        start(scheduler, () -> worker[0] = OpenedThreads.carrier()).join();
        assertThat(scheduler.endIdle(Long.MAX_VALUE)).isTrue();
        assertThat(worker[0].isAlive()).isFalse();
      }
    }
  }

  /** Counts. */
  private record Counter() implements GenServer<Integer, Counter.Tick, Cast<Counter>> {
    record Tick() implements Call<Counter, Integer> {}

    @Override
    public Init<Integer> init() {
      return Init.ok(0);
    }

    @Override
    public Next<Integer> handleCall(Tick request, From<?> from, Integer count) {
      return request.reply(count + 1, count + 1);
    }
  }

  @Nested
  class A_virtual_thread_that_is_no_process {

    @Test
    void goes_on_on_the_scheduler_of_processes_once_it_has_called_often() throws Exception {
      var server = GenServer.of(Counter::new).start();
      var thread =
          Thread.startVirtualThread(
              () -> {
                int calls = 0;
                while (!Scheduler.isHere()) {
                  assertThat(server.call(new Counter.Tick())).isEqualTo(++calls);
                }
              });
      thread.join();
      server.stop();
    }

    @Test
    void that_has_moved_is_woken_interrupted_and_joined_as_before() throws Exception {
      var server = GenServer.of(Counter::new).start();
      var moved = new CountDownLatch(1);
      var interrupted = new CountDownLatch(1);
      var thread =
          Thread.startVirtualThread(
              () -> {
                while (!Scheduler.isHere()) {
                  server.call(new Counter.Tick());
                }
                moved.countDown();
                try {
                  new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                  interrupted.countDown();
                }
              });
      moved.await();
      thread.interrupt();
      interrupted.await();
      thread.join();
      server.stop();
    }
  }

  static Stream<Arguments> workersAndSeeds() {
    return Stream.of(1, 2, 4)
        .flatMap(workers -> Seeds.some(3).mapToObj(seed -> Arguments.of(workers, seed)));
  }

  /** Threads that start, wake and wait for each other at random; all must end. */
  @ParameterizedTest
  @MethodSource("workersAndSeeds")
  void no_wake_up_is_lost(int workers, long seed) throws InterruptedException {
    Scheduler scheduler = scheduler(workers);
    int count = 300;
    var random = new Random(seed);
    var ended = new CountDownLatch(count);
    var tokens = new AtomicInteger[count];
    var threads = new Thread[count];
    for (int i = 0; i < count; i++) {
      tokens[i] = new AtomicInteger();
      var own = new Random(random.nextLong());
      int me = i;
      threads[i] =
          scheduler.thread("test", () -> passOn(threads, tokens, me, own, scheduler, ended));
    }
    for (Thread each : threads) {
      each.start();
    }
    ended.await();
    for (Thread each : threads) {
      each.join();
    }
  }

  /** Gives each thread after it, in a ring, a token, and waits for as many as it has given. */
  @SuppressWarnings("ThreadPriorityCheck") // one of many things that it does
  private static void passOn(
      Thread[] threads,
      AtomicInteger[] tokens,
      int me,
      Random random,
      Scheduler scheduler,
      CountDownLatch ended) {
    int rounds = 200;
    for (int round = 0; round < rounds; round++) {
      int next = (me + 1) % threads.length;
      tokens[next].incrementAndGet();
      LockSupport.unpark(threads[next]);
      switch (random.nextInt(8)) {
        case 0 -> Thread.yield();
        case 1 -> join(start(scheduler, () -> {}));
        case 2 -> {
          for (int i = random.nextInt(2_000); i > 0; i--) {
            Thread.onSpinWait();
          }
        }
        default -> {}
      }
      while (tokens[me].get() <= round) {
        if (random.nextInt(4) == 0) {
          TimedPark.park(threads, 1 + random.nextInt(100_000));
        } else {
          LockSupport.park();
        }
      }
    }
    ended.countDown();
  }
}
