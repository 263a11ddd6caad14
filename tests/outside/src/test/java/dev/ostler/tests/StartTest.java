package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.ostler.Down;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.ManualClock;
import dev.ostler.MonitorRef;
import dev.ostler.Name;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import dev.ostler.StartException;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The synchronous start: who starts goes on once the new process has begun, or has ended.
 *
 * <p>L10 has no counterpart: there are no spawn options, so no monitor can be asked for. A raw
 * process begins at once and cannot fail to.
 */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource
class StartTest {
  private static final Duration LONG = Duration.ofSeconds(10); // by a manual clock
  private static final ExitReason WHY = ExitReason.of("not today");

  /** Where factory and init run. */
  enum Where {
    ON_THE_STARTERS_THREAD,
    ON_A_THREAD_OF_ITS_OWN
  }

  @Parameter Where where;

  private ServerChild<Scripted, ServerRef<Scripted>> child(Callable<Init<Object>> init) {
    var child = GenServer.of(() -> new Scripted(init));
    return where == Where.ON_THE_STARTERS_THREAD ? child : child.startTimeout(Deaths.PATIENCE);
  }

  /** Every way in which an init fails, with the reason its process ends with. */
  record Failing(Callable<Init<Object>> init, ExitReason reason) {
    @Override
    public String toString() {
      return reason.toString();
    }
  }

  static Stream<Failing> failing() {
    var crash = new IllegalStateException("broken");
    return Stream.of(
        new Failing(() -> Init.stop(WHY), WHY),
        new Failing(() -> Init.stop(ExitReason.SHUTDOWN), ExitReason.SHUTDOWN),
        new Failing(
            () -> {
              throw crash;
            },
            new ExitReason.Crash(crash)),
        new Failing(
            () -> {
              Self.exit(ExitReason.TIMEOUT);
              return Init.ok("unreachable");
            },
            ExitReason.TIMEOUT),
        new Failing(
            () -> {
              Self.pid().exit(ExitReason.KILL);
              return Init.ok("unreachable");
            },
            ExitReason.KILLED));
  }

  /** Sends the test the server's pid, and has the watcher monitor it. */
  private static Callable<Init<Object>> watched(
      Puppet watcher, CompletableFuture<Pid> started, Callable<Init<Object>> init) {
    return () -> {
      Pid server = Self.pid();
      watcher.does(() -> Self.monitor(server));
      started.complete(server);
      return init.call();
    };
  }

  private static List<Down> downsOf(Puppet watcher) {
    return watcher.ask(() -> Self.flush().stream().map(Down.class::cast).toList());
  }

  // L01
  @Test
  void waits_until_init_is_through() throws Exception {
    var order = new ConcurrentLinkedQueue<String>();
    var begun = new CountDownLatch(1);
    var gate = new CountDownLatch(1);
    var child =
        child(
            () -> {
              begun.countDown();
              gate.await();
              order.add("init is through");
              return Init.ok("state");
            });
    var starter =
        Self.spawnMonitor(
            () -> {
              child.start();
              order.add("the starter goes on");
            });
    begun.await();
    assertThat(order).isEmpty();
    gate.countDown();

    assertThat(Deaths.await(starter.ref())).isEqualTo(ExitReason.NORMAL);
    assertThat(order).containsExactly("init is through", "the starter goes on");
  }

  // L02
  @Test
  void goes_on_while_the_server_does() throws Exception {
    var gate = new CountDownLatch(1);
    var server =
        child(
                () ->
                    Init.<Object>ok("new")
                        .thenContinue(
                            (Callable<Object>)
                                () -> {
                                  gate.await(); // opened by the starter, once it has started
                                  return "continued";
                                }))
            .start();
    assertThat(server.whereis()).contains(server.pid());
    gate.countDown();

    assertThat(server.call(new Scripted.Ask(() -> Self.pid()))).isEqualTo(server.pid());
  }

  // L02
  @Test
  void links_if_asked_and_not_else() {
    var alone = child(() -> Init.ok("state")).start();
    var linked = child(() -> Init.ok("state")).startLink();

    assertThat(Processes.info(Self.pid()).orElseThrow().links()).containsExactly(linked.pid());
    assertThat(Processes.info(alone.pid()).orElseThrow().links()).isEmpty();
  }

  // L03, L04
  @ParameterizedTest
  @MethodSource("failing")
  void that_fails_says_why_once_the_process_is_dead_and_its_name_free(Failing failing)
      throws Exception {
    Name<Scripted> name = Name.unique("failing");
    var watcher = Puppet.start();
    var started = new CompletableFuture<Pid>();

    assertThatThrownBy(child(watched(watcher, started, failing.init())).named(name)::start)
        .isInstanceOfSatisfying(
            StartException.Failed.class, e -> assertThat(e.reason()).isEqualTo(failing.reason()))
        .hasMessageContaining("failing")
        .hasMessageContaining(failing.reason().toString());
    assertThat(downsOf(watcher))
        .extracting(Down::pid, Down::reason)
        .containsExactly(tuple(started.join(), failing.reason()));
    assertThat(name.whereis()).isEmpty();
    assertThat(child(() -> Init.ok("state")).named(name).start().pid().isAlive()).isTrue();
  }

  // L04
  @Test
  void that_is_killed_from_outside_fails_and_leaves_the_starter_uninterrupted() throws Exception {
    var pid = new CompletableFuture<Pid>();
    Processes.spawn(() -> pid.get().exit(ExitReason.KILL));

    assertThatThrownBy(
            child(
                    () -> {
                      pid.complete(Self.pid());
                      new CountDownLatch(1).await();
                      return Init.ok("unreachable");
                    })
                ::start)
        .isInstanceOfSatisfying(
            StartException.Failed.class, e -> assertThat(e.reason()).isEqualTo(ExitReason.KILLED));
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  // L04
  @Test
  void whose_factory_throws_fails() {
    var crash = new IllegalStateException("no factory today");
    assertThatThrownBy(
            GenServer.<Scripted>of(
                    () -> {
                      throw crash;
                    })
                ::start)
        .isInstanceOfSatisfying(
            StartException.Failed.class,
            e -> assertThat(e.reason()).isEqualTo(new ExitReason.Crash(crash)))
        .hasCause(crash);
  }

  // L05
  @Test
  void that_takes_too_long_fails_with_the_server_killed_and_the_linked_starter_unharmed(
      ManualClock clock) throws Exception {
    Name<Scripted> name = Name.unique("slow");
    var watcher = Puppet.start();
    var started = new CompletableFuture<Pid>();
    Callable<Init<Object>> never =
        () -> {
          ManualClockTest.awaitPending(clock, 2); // the watcher's, and the starter's
          clock.advance(LONG);
          new CountDownLatch(1).await();
          return Init.ok("unreachable");
        };

    assertThatThrownBy(
            child(watched(watcher, started, never)).named(name).startTimeout(LONG)::startLink)
        .isInstanceOf(StartException.TimedOut.class)
        .hasMessageContaining("slow")
        .hasMessageContaining("PT10S");
    Pid server = started.get(Deaths.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(downsOf(watcher))
        .extracting(Down::pid, Down::reason)
        .containsExactly(tuple(server, ExitReason.KILLED));
    assertThat(name.whereis()).isEmpty();
    assertThat(Self.pid().isAlive()).isTrue();
  }

  // L05
  @Test
  void that_takes_too_long_fails_though_the_server_ignores_its_kill(ManualClock clock)
      throws Exception {
    Self.trapExits(true);
    var zombie = new CompletableFuture<Pid>();
    var gate = new CountDownLatch(1);
    assertThatThrownBy(
            child(
                        () -> {
                          zombie.complete(Self.pid());
                          ManualClockTest.awaitPending(clock, 1); // the starter's
                          clock.advance(LONG);
                          while (gate.getCount() > 0) {
                            try {
                              gate.await();
                            } catch (InterruptedException e) {
                              // The kill. It goes on.
                            }
                          }
                          return Init.ok("too late");
                        })
                    .startTimeout(LONG)
                ::startLink)
        .isInstanceOf(StartException.TimedOut.class);
    gate.countDown();

    assertThat(zombie.get().isAlive()).isFalse();
    assertThat(Self.flush()).isEmpty();
  }

  // L06
  @ParameterizedTest
  @MethodSource("failing")
  void that_fails_leaves_no_exit_with_a_starter_who_traps(Failing failing) {
    Self.trapExits(true);
    Self.pid().send("before");

    assertThatThrownBy(child(failing.init())::startLink)
        .isInstanceOfSatisfying(
            StartException.Failed.class, e -> assertThat(e.reason()).isEqualTo(failing.reason()));
    assertThat(Self.flush()).containsExactly("before");
    assertThat(Processes.info(Self.pid()).orElseThrow().links()).isEmpty();
  }

  // L06
  @Test
  void that_is_ignored_refused_late_or_named_twice_leaves_no_exit_either() {
    Self.trapExits(true);
    Name<Scripted> name = Name.unique("taken");
    Processes.register(name, Puppet.start().pid());

    assertThatThrownBy(child(Init::ignore)::startLink).isInstanceOf(StartException.Ignored.class);
    assertThatThrownBy(child(() -> Init.error(WHY))::startLink)
        .isInstanceOfSatisfying(
            StartException.Failed.class, e -> assertThat(e.reason()).isEqualTo(WHY));
    assertThatThrownBy(child(() -> Init.ok("state")).named(name)::startLink)
        .isInstanceOf(StartException.AlreadyStarted.class);
    assertThatThrownBy(
            child(
                        () -> {
                          new CountDownLatch(1).await();
                          return Init.ok("unreachable");
                        })
                    .startTimeout(Duration.ofMillis(20))
                ::startLink)
        .isInstanceOf(StartException.TimedOut.class);
    assertThat(Self.flush()).isEmpty();
  }

  // L06: only what the failed start caused is consumed.
  @Test
  void that_fails_leaves_the_exits_of_others() {
    Self.trapExits(true);
    var other = Puppet.start();
    Self.link(other.pid());
    other.pid().exit(WHY);

    assertThatThrownBy(child(() -> Init.stop(WHY))::startLink)
        .isInstanceOf(StartException.Failed.class);
    assertThat(Self.flush()).containsExactly(new Exit(other.pid(), WHY));
  }

  // L07
  @ParameterizedTest
  @MethodSource("failing")
  void that_fails_ends_a_linked_starter_who_does_not_trap(Failing failing) {
    Pid test = Self.pid();
    ExitReason reason =
        Deaths.of(
            () -> {
              try {
                child(failing.init()).startLink();
              } catch (StartException e) {
                test.send("the starter saw " + e);
              }
              test.send("the starter went on");
            });

    assertThat(reason).isEqualTo(failing.reason());
    assertThat(Self.flush()).isEmpty();
  }

  // L07
  @Test
  void that_is_ignored_or_refused_ends_nobody() {
    assertThatThrownBy(child(Init::ignore)::startLink).isInstanceOf(StartException.Ignored.class);
    assertThatThrownBy(child(() -> Init.error(WHY))::startLink)
        .isInstanceOf(StartException.Failed.class);
    assertThat(Self.pid().isAlive()).isTrue();
    assertThat(Self.flush()).isEmpty();
  }

  // L07
  @Test
  void whose_starter_is_killed_meanwhile_ends_with_it_if_linked() throws Exception {
    var begun = new CompletableFuture<Pid>();
    var starter =
        Self.spawnMonitor(
            () ->
                child(
                        () -> {
                          begun.complete(Self.pid());
                          new CountDownLatch(1).await();
                          return Init.ok("unreachable");
                        })
                    .startLink());
    Pid server = begun.get(Deaths.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    MonitorRef ref = Self.monitor(server);
    starter.pid().exit(ExitReason.KILL);

    assertThat(Deaths.await(starter.ref())).isEqualTo(ExitReason.KILLED);
    assertThat(Deaths.await(ref)).isEqualTo(ExitReason.KILLED);
  }

  // M07
  @Test
  void by_a_thread_that_was_interrupted_starts_and_leaves_it_interrupted() {
    var busy = child(() -> Init.ok("busy")).start();
    Thread.currentThread().interrupt();
    var interruptedInInit = new CompletableFuture<Boolean>();
    var server =
        child(
                () -> {
                  interruptedInInit.complete(Thread.currentThread().isInterrupted());
                  return Init.ok(busy.call(new Scripted.Ask(() -> "an answer")));
                })
            .start();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(interruptedInInit).isCompletedWithValue(false);
    assertThat(server.pid().isAlive()).isTrue();
  }

  // M08
  @Test
  void whose_starter_is_killed_meanwhile_goes_on_if_not_linked() throws Exception {
    var begun = new CompletableFuture<Pid>();
    var gate = new CountDownLatch(1);
    var starter =
        Self.spawnMonitor(
            () ->
                child(
                        () -> {
                          begun.complete(Self.pid());
                          gate.await();
                          return Init.ok("state");
                        })
                    .start());
    Pid server = begun.get(Deaths.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    starter.pid().exit(ExitReason.KILL);
    assertThat(Deaths.await(starter.ref())).isEqualTo(ExitReason.KILLED);
    gate.countDown();

    assertThat(Sys.<Object>getState(server)).isEqualTo("state");
  }

  // M08
  @Test
  void whose_starter_is_killed_meanwhile_terminates_once_it_has_begun_if_it_is_linked_and_traps()
      throws Exception {
    var begun = new CompletableFuture<Pid>();
    var gate = new CountDownLatch(1);
    var terminated = new CompletableFuture<ExitReason>();
    var server =
        GenServer.of(
            () ->
                new PuppetServer()
                    .onInit(
                        () -> {
                          Self.trapExits(true);
                          begun.complete(Self.pid());
                          gate.await();
                          return Init.ok(List.of());
                        })
                    .onTerminate((reason, heard) -> terminated.complete(reason)));
    var starter =
        Self.spawnMonitor(
            () ->
                (where == Where.ON_THE_STARTERS_THREAD
                        ? server
                        : server.startTimeout(Deaths.PATIENCE))
                    .startLink());
    MonitorRef ref = Self.monitor(begun.get(Deaths.PATIENCE.toSeconds(), TimeUnit.SECONDS));
    starter.pid().exit(ExitReason.KILL);
    assertThat(Deaths.await(starter.ref())).isEqualTo(ExitReason.KILLED);
    gate.countDown();

    assertThat(Deaths.await(ref)).isEqualTo(ExitReason.KILLED);
    assertThat(terminated).isCompletedWithValue(ExitReason.KILLED);
  }
}
