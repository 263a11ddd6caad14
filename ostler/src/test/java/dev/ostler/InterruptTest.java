package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The interrupt that goes with a kill reaches the thread that runs the victim, and nobody else:
 * neither the caller on whose thread a direct server runs, nor a server that runs there next.
 */
@Timeout(240)
class InterruptTest {
  private static final Duration LONG = Duration.ofHours(1);

  /** A direct server that does what it is told, and says whether its thread was interrupted. */
  private static final class Direct implements GenServer<Boolean, Direct.Do, Direct.Later> {
    interface Work {
      void run() throws Exception;
    }

    record Do(Work work) implements Call<Direct, Boolean> {}

    record Later(Work work) implements Cast<Direct> {}

    private final Work begin;

    Direct(Work begin) {
      this.begin = begin;
    }

    static ServerRef<Direct> start() {
      return GenServer.of(() -> new Direct(() -> {})).direct().start();
    }

    @Override
    public Init<Boolean> init() throws Exception {
      begin.run();
      return Init.ok(true);
    }

    @Override
    public Next<Boolean> handleCall(Do request, From<?> from, Boolean state) throws Exception {
      boolean interrupted = Thread.currentThread().isInterrupted();
      request.work().run();
      return request.reply(interrupted, state);
    }

    @Override
    public Next<Boolean> handleCast(Later cast, Boolean state) throws Exception {
      cast.work().run();
      return Next.noReply(state);
    }
  }

  static LongStream seeds() {
    return Seeds.some(10);
  }

  private static void spin(long nanos) {
    long from = System.nanoTime();
    while (System.nanoTime() - from < nanos) {
      Thread.onSpinWait();
    }
  }

  @Nested
  class Of_a_direct_server {
    private static final int ROUNDS = 1_000;

    static LongStream seeds() {
      return InterruptTest.seeds();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void does_not_leak_into_a_platform_thread_that_calls(long seed) throws Exception {
      rounds(new Random(seed));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void does_not_leak_into_a_process_that_calls(long seed) throws Exception {
      var done = new CompletableFuture<Boolean>();
      Processes.spawn(
          () -> {
            try {
              rounds(new Random(seed));
              done.complete(true);
            } catch (Throwable failure) {
              done.completeExceptionally(failure);
            }
          });
      assertThat(done.get()).isTrue();
    }

    private void rounds(Random random) throws Exception {
      ServerRef<Direct> innocent = Direct.start();
      for (int i = 0; i < ROUNDS; i++) {
        round(random, innocent);
      }
      innocent.stop();
    }

    private void round(Random random, ServerRef<Direct> innocent) throws Exception {
      ServerRef<Direct> victim = Direct.start();
      var begun = new CountDownLatch(1);
      long before = random.nextInt(60_000);
      long during = random.nextInt(60_000);
      Thread killer =
          Thread.startVirtualThread(
              () -> {
                try {
                  begun.await();
                } catch (InterruptedException e) {
                  throw new AssertionError("the killer was interrupted", e);
                }
                spin(before);
                victim.pid().exit(ExitReason.KILL);
              });
      boolean blocks = random.nextInt(4) == 0;
      act(
          random.nextInt(4),
          victim,
          innocent,
          () -> {
            begun.countDown();
            if (blocks) {
              new CountDownLatch(1).await(); // until the kill interrupts it
            } else {
              spin(during);
            }
          });
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
      assertThat(innocent.call(new Direct.Do(() -> {}), LONG)).isFalse();
      killer.join();
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
      assertThat(innocent.call(new Direct.Do(() -> {}), LONG)).isFalse();
      assertThat(victim.pid().isAlive()).isFalse();
    }

    /** Lets the victim work on this thread, in one of four ways. */
    private void act(
        int way, ServerRef<Direct> victim, ServerRef<Direct> innocent, Direct.Work work) {
      try {
        switch (way) {
          case 0 -> assertThat(victim.call(new Direct.Do(work), LONG)).isFalse();
          case 1 -> victim.cast(new Direct.Later(work));
          // The victim's thread runs an innocent server, and goes back to the victim.
          case 2 ->
              victim.call(
                  new Direct.Do(
                      () -> {
                        work.run();
                        innocent.call(new Direct.Do(() -> {}), LONG);
                        innocent.cast(new Direct.Later(() -> {}));
                      }),
                  LONG);
          // An innocent server's thread runs the victim, and goes back to the innocent.
          default -> {
            ServerRef<Direct> between = Direct.start();
            between.call(
                new Direct.Do(
                    () -> {
                      victim.cast(new Direct.Later(work));
                      assertThat(Thread.currentThread().isInterrupted()).isFalse();
                    }),
                LONG);
            between.stop();
          }
        }
      } catch (CallException.Exited e) {
        assertThat(e.reason()).isEqualTo(ExitReason.KILLED);
      }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void does_not_leak_into_the_thread_that_starts_it(long seed) throws Exception {
      var random = new Random(seed);
      for (int i = 0; i < ROUNDS; i++) {
        var begun = new CompletableFuture<Pid>();
        long before = random.nextInt(60_000);
        long during = random.nextInt(60_000);
        Thread killer =
            Thread.startVirtualThread(
                () -> {
                  Pid victim = begun.join();
                  spin(before);
                  victim.exit(ExitReason.KILL);
                });
        try {
          GenServer.of(
                  () ->
                      new Direct(
                          () -> {
                            begun.complete(Self.pid());
                            spin(during);
                          }))
              .start();
        } catch (StartException.Failed e) {
          assertThat(e.reason()).isEqualTo(ExitReason.KILLED);
        }
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        killer.join();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
      }
    }
  }

  @Nested
  class Of_a_process_on_whose_thread_a_direct_server_runs {

    @Test
    void reaches_it_once_the_callback_is_over_and_not_before() throws Exception {
      ServerRef<Direct> innocent = Direct.start();
      var interruptedInCallback = new CompletableFuture<Boolean>();
      var interruptedAfter = new CompletableFuture<Boolean>();
      var begun = new CountDownLatch(1);
      var killed = new CountDownLatch(1);
      Pid caller =
          Processes.spawn(
              () -> {
                try {
                  innocent.cast(
                      new Direct.Later(
                          () -> {
                            begun.countDown();
                            spinUntil(killed);
                            interruptedInCallback.complete(Thread.currentThread().isInterrupted());
                          }));
                } catch (ProcessExit end) {
                  // It hears of its end here, and goes on as a zombie to see whether it can block.
                }
                try {
                  new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                  interruptedAfter.complete(true);
                }
              });
      await(begun);
      caller.exit(ExitReason.KILL);
      killed.countDown();
      assertThat(interruptedInCallback.get()).isFalse();
      assertThat(interruptedAfter.get()).isTrue();
      assertThat(innocent.pid().isAlive()).isTrue();
    }

    @Test
    void ends_its_call_with_its_own_end() throws Exception {
      ServerRef<Direct> innocent = Direct.start();
      var begun = new CountDownLatch(1);
      var killed = new CountDownLatch(1);
      var thrown = new CompletableFuture<Throwable>();
      Pid caller =
          Processes.spawn(
              () -> {
                try {
                  innocent.call(
                      new Direct.Do(
                          () -> {
                            begun.countDown();
                            spinUntil(killed);
                          }),
                      LONG);
                  thrown.complete(new AssertionError("a zombie was answered"));
                } catch (Throwable end) {
                  thrown.complete(end);
                }
              });
      await(begun);
      caller.exit(ExitReason.KILL);
      killed.countDown();
      assertThat(thrown.get()).isInstanceOf(ProcessExit.class);
      assertThat(innocent.call(new Direct.Do(() -> {}), LONG)).isFalse();
    }

    @Test
    void stays_if_somebody_interrupts_the_thread() {
      ServerRef<Direct> innocent = Direct.start();
      innocent.cast(new Direct.Later(() -> Thread.currentThread().interrupt()));
      assertThat(Thread.interrupted()).isTrue();
    }

    private void spinUntil(CountDownLatch latch) {
      while (latch.getCount() > 0) {
        Thread.onSpinWait();
      }
    }
  }

  @Nested
  class By_somebody_of_a_thread_on_which_a_direct_server_runs {

    /**
     * A call to a busy server from a direct one, whose caller is interrupted before or meanwhile.
     */
    private boolean callsThrough(boolean meanwhile) throws Exception {
      ServerRef<Direct> busy = Direct.start();
      ServerRef<Direct> direct = Direct.start();
      var busyBegun = new CountDownLatch(1);
      var gate = new CountDownLatch(1);
      Thread.startVirtualThread(
          () ->
              busy.cast(
                  new Direct.Later(
                      () -> {
                        busyBegun.countDown();
                        await(gate);
                      })));
      await(busyBegun);
      var begun = new CountDownLatch(1);
      var outcome = new CompletableFuture<Boolean>();
      Thread caller =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      if (!meanwhile) {
                        Thread.currentThread().interrupt();
                      }
                      boolean interruptedInCallback =
                          direct.call(
                              new Direct.Do(
                                  () -> {
                                    begun.countDown();
                                    busy.call(new Direct.Do(() -> {}), LONG);
                                  }),
                              LONG);
                      outcome.complete(!interruptedInCallback && Thread.interrupted());
                    } catch (Throwable failure) {
                      outcome.completeExceptionally(failure);
                    }
                  });
      await(begun);
      while (caller.getState() == Thread.State.RUNNABLE) { // until it waits for the busy one
        Thread.onSpinWait();
      }
      if (meanwhile) {
        caller.interrupt();
      }
      gate.countDown();
      boolean asItShould = outcome.get();
      assertThat(direct.pid().isAlive()).isTrue();
      return asItShould;
    }

    @Test
    void does_not_end_the_calls_of_the_server_if_it_came_before() throws Exception {
      assertThat(callsThrough(false)).isTrue();
    }

    @Test
    void does_not_end_the_calls_of_the_server_if_it_comes_meanwhile() throws Exception {
      assertThat(callsThrough(true)).isTrue();
    }

    @Test
    void ends_the_calls_of_the_caller_itself_also_to_a_busy_direct_server() throws Exception {
      ServerRef<Direct> busy = Direct.start();
      var begun = new CountDownLatch(1);
      var gate = new CountDownLatch(1);
      Thread.ofPlatform()
          .start(
              () ->
                  busy.cast(
                      new Direct.Later(
                          () -> {
                            begun.countDown();
                            await(gate);
                          })));
      await(begun);
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> busy.call(new Direct.Do(() -> {}), LONG))
          .isInstanceOf(CallException.Interrupted.class);
      assertThat(Thread.interrupted()).isTrue();
      gate.countDown();
    }

    @Test
    void does_not_keep_the_death_of_the_server_from_ending_its_call() throws Exception {
      ServerRef<Direct> direct = Direct.start();
      var begun = new CompletableFuture<Thread>();
      var outcome = new CompletableFuture<Throwable>();
      Thread.ofPlatform()
          .start(
              () -> {
                Thread.currentThread().interrupt();
                try {
                  direct.call(
                      new Direct.Do(
                          () -> {
                            begun.complete(Thread.currentThread());
                            new CountDownLatch(1).await();
                          }),
                      LONG);
                } catch (CallException.Exited e) {
                  outcome.complete(
                      Thread.interrupted() ? e : new AssertionError("the interrupt is lost", e));
                }
              });
      begun.get();
      direct.pid().exit(ExitReason.KILL);
      assertThat(outcome.get()).isInstanceOf(CallException.Exited.class);
    }
  }

  @Nested
  class Of_a_process_that_waits_in_receive {

    @Test
    void ends_the_wait() throws Exception {
      var waits = new CountDownLatch(1);
      var ended = new CompletableFuture<Throwable>();
      Pid waiting =
          Processes.spawn(
              () -> {
                try {
                  waits.countDown();
                  Self.receive();
                } catch (Throwable end) {
                  ended.complete(end);
                }
              });
      await(waits);
      awaitIdle(waiting);
      waiting.exit(ExitReason.KILL);
      assertThat(ended.get()).isInstanceOf(ProcessExit.class);
    }

    @Test
    void ends_the_wait_of_an_attached_thread() throws Exception {
      var attached = new CompletableFuture<Pid>();
      var ended = new CompletableFuture<Throwable>();
      Thread.ofPlatform()
          .start(
              () -> {
                attached.complete(Processes.attach().pid());
                try {
                  Self.receive(LONG);
                } catch (Throwable end) {
                  ended.complete(end);
                }
                Processes.detach();
              });
      awaitIdle(attached.get());
      attached.get().exit(ExitReason.SHUTDOWN);
      assertThat(ended.get()).isInstanceOf(ProcessExit.class);
    }

    private void awaitIdle(Pid pid) {
      while (((Proc) pid).isBusy()) {
        Thread.onSpinWait();
      }
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
