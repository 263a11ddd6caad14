package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The thread that answered a virtual thread's call runs what that one calls next, too. Whether it
 * does in a single case is up to the scheduler, so these tests go on until it did. On the runtime's
 * own scheduler there are no spares.
 */
@Timeout(240)
class SpareTest {
  private static final Duration LONG = Duration.ofHours(1);
  private static final int TIMES = 100;

  @BeforeAll
  static void needsTheSchedulerOfTheJdk() {
    assumeTrue(OpenedThreads.missing() != null, "processes have a scheduler of their own");
  }

  /** A server that does what it is asked. */
  private static final class Willing implements GenServer<Boolean, Willing.Do<?>, Cast<Willing>> {
    record Do<R>(Callable<R> work) implements Call<Willing, R> {
      Next<Boolean> done() throws Exception {
        return reply(work.call(), true);
      }
    }

    static ServerRef<Willing> start() {
      return GenServer.of(Willing::new).start();
    }

    @Override
    public Init<Boolean> init() {
      return Init.ok(true);
    }

    @Override
    public Next<Boolean> handleCall(Do<?> request, From<?> from, Boolean state) throws Exception {
      return request.done();
    }
  }

  private static <R> R ask(ServerRef<Willing> server, Callable<R> work) {
    return server.call(new Willing.Do<>(work), LONG);
  }

  private static <R> R onVirtualThread(Callable<R> work) throws Exception {
    var task = new FutureTask<>(work);
    Thread.startVirtualThread(task);
    return task.get();
  }

  /** Calls servers in turn until a thread that ran one ran the next one so often. */
  private static void untilReused() {
    ServerRef<Willing> one = Willing.start();
    ServerRef<Willing> other = Willing.start();
    Thread last = Thread.currentThread();
    for (int reused = 0; reused < TIMES; ) {
      Thread now = ask(one, Thread::currentThread);
      reused += now == last ? 1 : 0;
      last = now;
      ServerRef<Willing> next = other;
      other = one;
      one = next;
    }
    one.stop();
    other.stop();
  }

  @Nested
  class The_thread_of_an_activation {

    @Test
    void goes_on_to_the_next_server_its_caller_calls() throws Exception {
      assertThat(
              onVirtualThread(
                  () -> {
                    untilReused();
                    return true;
                  }))
          .isTrue();
    }

    @Test
    void goes_on_to_a_server_that_its_caller_has_just_started() throws Exception {
      assertThat(
              onVirtualThread(
                  () -> {
                    Thread last = ask(Willing.start(), Thread::currentThread);
                    while (last != (last = ask(Willing.start(), Thread::currentThread))) {
                      // Until one thread ran two.
                    }
                    return true;
                  }))
          .isTrue();
    }

    @Test
    void is_another_one_for_each_server_that_a_platform_thread_calls() {
      ServerRef<Willing> server = Willing.start();
      Thread first = ask(server, Thread::currentThread);
      Thread second = ask(Willing.start(), Thread::currentThread);
      assertThat(second).isNotSameAs(first);
    }

    @Test
    void ends_when_its_caller_calls_no_more() throws Exception {
      Thread last =
          onVirtualThread(
              () -> {
                untilReused();
                return ask(Willing.start(), Thread::currentThread);
              });
      last.join();
      assertThat(last.isAlive()).isFalse();
    }

    @Test
    void is_not_interrupted_because_the_callback_before_was() throws Exception {
      var interrupted =
          onVirtualThread(
              () -> {
                var seen = new ArrayList<Boolean>();
                Thread last = Thread.currentThread();
                for (int reused = 0; reused < TIMES; ) {
                  Thread now =
                      ask(
                          Willing.start(),
                          () -> {
                            seen.add(Thread.currentThread().isInterrupted());
                            Thread.currentThread().interrupt();
                            return Thread.currentThread();
                          });
                  reused += now == last ? 1 : 0;
                  last = now;
                }
                return seen;
              });
      assertThat(interrupted).doesNotContain(true);
    }

    @Test
    void is_the_process_that_it_runs_and_no_other() throws Exception {
      onVirtualThread(
          () -> {
            for (int i = 0; i < TIMES; i++) {
              ServerRef<Willing> server = Willing.start();
              assertThat(ask(server, Self::pid)).isSameAs(server.pid());
            }
            return true;
          });
    }
  }

  @Nested
  class What_waits_behind_a_long_callback {

    /** What one thread started and spins for: it needs a carrier of its own. */
    private static boolean startAndSpin() {
      var ran = new CompletableFuture<Boolean>();
      Thread.startVirtualThread(() -> ran.complete(true));
      while (!ran.isDone()) {
        Thread.onSpinWait();
      }
      return true;
    }

    @Test
    void is_run_by_another_carrier() throws Exception {
      assumeTrue(Runtime.getRuntime().availableProcessors() > 1);
      assertThat(
              onVirtualThread(
                  () -> {
                    for (int i = 0; i < TIMES; i++) {
                      untilSettled();
                      ask(Willing.start(), What_waits_behind_a_long_callback::startAndSpin);
                    }
                    return true;
                  }))
          .isTrue();
    }

    @Test
    void or_behind_its_caller_is_run_by_another_carrier() throws Exception {
      assumeTrue(Runtime.getRuntime().availableProcessors() > 1);
      assertThat(
              onVirtualThread(
                  () -> {
                    for (int i = 0; i < TIMES; i++) {
                      untilSettled();
                      startAndSpin();
                    }
                    return true;
                  }))
          .isTrue();
    }

    @Test
    void has_a_carrier_woken_for_it() throws Exception {
      assumeTrue(Runtime.getRuntime().availableProcessors() > 1);
      assertThat(
              onVirtualThread(
                  () -> {
                    ServerRef<Willing> server = Willing.start();
                    Thread last = ask(server, Thread::currentThread);
                    while (!ask(server, spinIfReused(last))) {
                      last = ask(server, Thread::currentThread);
                    }
                    return true;
                  }))
          .isTrue();
    }

    /** On that thread, spins until a carrier was woken, or could have been. */
    private static Callable<Boolean> spinIfReused(Thread last) {
      return () -> {
        if (Thread.currentThread() != last) {
          return false;
        }
        int before = Carriers.wakersRun();
        while (Carriers.wakersRun() == before) {
          Thread.onSpinWait();
        }
        return true;
      };
    }

    /** Some calls in a row, after which other carriers may sleep. */
    private static void untilSettled() {
      ServerRef<Willing> server = Willing.start();
      for (int i = 0; i < 2_000; i++) {
        ask(server, () -> true);
      }
      server.stop();
    }
  }

  @Nested
  class Callers_of_servers_that_are_killed {
    private static final int CALLERS = 4;
    private static final int SERVERS = 6;
    private static final int CALLS = 3_000;

    static LongStream seeds() {
      return Seeds.some(5);
    }

    /** Some callers are processes, and killed, too. Whoever lives on is answered or told. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void get_their_own_answers_and_no_interrupt_goes_astray(long seed) throws Exception {
      var random = new Random(seed);
      var servers = new ArrayList<ServerRef<Willing>>();
      for (int i = 0; i < SERVERS; i++) {
        servers.add(Willing.start());
      }
      var callers = new ArrayList<FutureTask<Boolean>>();
      for (int i = 0; i < CALLERS; i++) {
        callers.add(new FutureTask<>(caller(servers, random.nextLong())));
        Thread.startVirtualThread(callers.getLast());
      }
      var victims = new ArrayList<Pid>();
      for (int i = 0; i < CALLERS; i++) {
        Callable<Boolean> endless = caller(servers, random.nextLong());
        victims.add(Processes.spawn(() -> forEver(endless)));
      }
      while (!callers.stream().allMatch(FutureTask::isDone)) {
        kill(servers, random);
        if (random.nextInt(20) == 0) {
          Callable<Boolean> endless = caller(servers, random.nextLong());
          victims.removeFirst().exit(ExitReason.KILL);
          victims.add(Processes.spawn(() -> forEver(endless)));
        }
        spin(random.nextInt(200_000));
      }
      victims.forEach(each -> each.exit(ExitReason.KILL));
      for (FutureTask<Boolean> each : callers) {
        assertThat(each.get()).isTrue();
      }
    }

    private static void kill(List<ServerRef<Willing>> servers, Random random) {
      synchronized (servers) {
        int which = random.nextInt(SERVERS);
        servers.get(which).pid().exit(ExitReason.KILL);
        servers.set(which, Willing.start());
      }
    }

    private static ServerRef<Willing> any(List<ServerRef<Willing>> servers, Random random) {
      synchronized (servers) {
        return servers.get(random.nextInt(SERVERS));
      }
    }

    private static void forEver(Callable<Boolean> calls) throws Exception {
      while (true) {
        calls.call();
      }
    }

    private static Callable<Boolean> caller(List<ServerRef<Willing>> servers, long seed) {
      var own = new Random(seed);
      return () -> {
        for (int i = 0; i < CALLS; i++) {
          int number = i;
          long nanos = own.nextInt(8) == 0 ? own.nextInt(20_000) : 0;
          try {
            assertThat(ask(any(servers, own), () -> work(number, nanos))).isEqualTo(number);
          } catch (CallException.Exited e) {
            assertThat(e.reason()).isEqualTo(ExitReason.KILLED);
          } catch (CallException.NoProcess e) {
            // Killed before it was called.
          }
        }
        return true;
      };
    }

    /** Fails the whole test if a server that lives on is interrupted. */
    private static int work(int number, long nanos) {
      spin(nanos);
      boolean interrupted = Thread.currentThread().isInterrupted();
      return interrupted && Self.isProcess() ? -1 : number;
    }
  }

  private static void spin(long nanos) {
    long from = System.nanoTime();
    while (System.nanoTime() - from < nanos) {
      Thread.onSpinWait();
    }
  }
}
