package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Agent;
import dev.ostler.CallException;
import dev.ostler.Event;
import dev.ostler.Events;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Name;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.tests.Zombie.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The dead whose code goes on: it caught the interrupt, and whatever else it could. */
@ExtendWith(OstlerExtension.class)
class ZombiesTest {

  private static void assertRefused(Zombie zombie, Outcome outcome) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Threw.class,
            threw ->
                assertThat(threw.thrown())
                    .isInstanceOf(Error.class) // so that catch (Exception) does not hold it up
                    .hasMessageContaining(zombie.pid().toString())
                    .hasMessageContaining("has ended")
                    .hasMessageContaining("killed"));
  }

  private static void assertCannot(Outside.Action action) throws Exception {
    var zombie = Zombie.kill();
    for (int i = 0; i < 2; i++) { // each time anew
      assertRefused(
          zombie,
          zombie.tries(
              () -> {
                action.run();
                return "done";
              }));
    }
    zombie.rest();
  }

  /** Whether it throws or does nothing is not said here: it must have no effect. */
  private static void tryAsTheDead(Outside.Action action) throws Exception {
    var zombie = Zombie.kill();
    zombie.tries(
        () -> {
          action.run();
          return "done";
        });
    zombie.rest();
  }

  @ParameterizedTest
  @EnumSource
  void cannot_do_anything_about_themselves(NoProcessTest.Operation operation) throws Exception {
    assertCannot(() -> throwIfAny(operation));
  }

  private static void throwIfAny(NoProcessTest.Operation operation) {
    operation
        .failure()
        .ifPresent(
            failure -> {
              throw (Error) failure;
            });
  }

  @Test
  void know_that_they_are_none_of_the_living() throws Exception {
    var zombie = Zombie.alive();
    assertThat(zombie.tries(Self::isProcess)).isEqualTo(new Outcome.Returned(true));
    zombie.pid().exit(ExitReason.KILL);
    assertThat(zombie.tries(Self::isProcess)).isEqualTo(new Outcome.Returned(false));
    zombie.rest();
  }

  @Test
  void cannot_send() throws Exception {
    Name<Object> name = Name.unique("test");
    Processes.register(name, Self.pid());
    Pid test = Self.pid();
    assertCannot(() -> test.send("from the grave"));
    assertCannot(() -> name.send("from the grave"));
    assertCannot(() -> Name.unique("nobody").send("from the grave"));
    assertCannot(() -> test.sendAfter("from the grave", Duration.ZERO));
    assertCannot(() -> name.sendAfter("from the grave", Duration.ZERO));

    Self.sendAfter("after", Duration.ofMillis(1)); // the clock would have rung before
    assertThat(Self.receive()).isEqualTo("after");
    assertThat(Self.flush()).isEmpty();
  }

  @Test
  void cannot_send_exit_signals() throws Exception {
    var puppet = Puppet.start();
    assertCannot(() -> puppet.pid().exit(ExitReason.KILL));
    assertCannot(() -> puppet.pid().exit(ExitReason.NORMAL));

    assertThat(puppet.pid().isAlive()).isTrue();
  }

  @Test
  void cannot_start_anybody() throws Exception {
    var started = new CountDownLatch(1);
    assertCannot(() -> Processes.spawn(started::countDown));
    assertCannot(
        () ->
            GenServer.of(
                    () -> {
                      started.countDown();
                      return new Scripted();
                    })
                .start());

    assertThat(started.getCount()).isEqualTo(1);
  }

  @Test
  void cannot_reach_a_server() throws Exception {
    ServerRef<Scripted> server = GenServer.of(Scripted::new).start();
    ServerRef<Scripted> direct = GenServer.of(Scripted::new).direct().start();
    Pid test = Self.pid();
    Callable<Object> told =
        () -> {
          test.send("a zombie was heard");
          return test;
        };
    for (ServerRef<Scripted> each : List.of(server, direct)) {
      assertCannot(() -> each.call(new Scripted.Ask(told)));
      assertCannot(() -> each.cast(new Scripted.Tell(told)));
      assertCannot(() -> each.send("from the grave"));
      assertCannot(each::stop);
      assertCannot(() -> Sys.getState(each.pid()));
      assertCannot(() -> Sys.suspend(each.pid()));
      assertThat(each.call(new Scripted.Ask(() -> "alive"))).isEqualTo("alive");
    }
    assertThat(Self.flush()).isEmpty();
  }

  @Test
  void cannot_change_an_agent() throws Exception {
    Agent<Integer> agent = Agent.start(() -> 1);
    assertCannot(() -> agent.update(n -> n + 1));
    assertCannot(() -> agent.get(n -> n));

    assertThat(agent.<Integer>get(n -> n)).isEqualTo(1);
  }

  @Test
  void cannot_give_or_take_names() throws Exception {
    Name<Object> taken = Name.unique("taken");
    Name<Object> free = Name.unique("free");
    var puppet = Puppet.start();
    Processes.register(taken, Self.pid());
    tryAsTheDead(() -> Processes.register(free, puppet.pid()));
    tryAsTheDead(() -> Processes.unregister(taken));

    assertThat(free.whereis()).isEmpty();
    assertThat(taken.whereis()).contains(Self.pid());
  }

  @Test
  void cannot_reply_for_others() throws Exception {
    var from = new CompletableFuture<From<String>>();
    var server = GenServer.of(() -> new Deferring(from)).start();
    Pid test = Self.pid();
    Processes.spawn(() -> test.send(server.call(new Deferring.Ask(), Deaths.PATIENCE)));
    From<String> asked = from.get(Deaths.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    tryAsTheDead(() -> asked.reply("from the grave"));
    asked.reply("from the living");

    assertThat(Self.receive(Deaths.PATIENCE)).contains("from the living");
  }

  @Test
  void cannot_cancel_timers() throws Exception {
    var timer = Self.sendAfter("ring", Duration.ofHours(1));
    tryAsTheDead(timer::cancel);

    assertThat(timer.remaining()).isPresent();
  }

  @Test
  void may_look() throws Exception {
    var zombie = Zombie.kill();
    Pid test = Self.pid();

    assertThat(zombie.tries(test::isAlive)).isEqualTo(new Outcome.Returned(true));
    assertThat(zombie.tries(zombie.pid()::isAlive)).isEqualTo(new Outcome.Returned(false));
    assertThat(zombie.tries(() -> Processes.list().contains(test)))
        .isEqualTo(new Outcome.Returned(true));
    zombie.rest();
  }

  // P10
  @Test
  void are_dead_for_all_however_they_are_ended() throws Exception {
    var why = ExitReason.of("why not");
    var linked = Zombie.alive();
    linked.tries(
        () -> {
          var peer = Self.spawnLink(Self::receive);
          Self.pid().send(peer);
          return peer;
        });
    Pid peer = Processes.info(linked.pid()).orElseThrow().links().getFirst();
    var ref = Self.monitor(linked.pid());
    peer.exit(why);

    assertThat(Deaths.await(ref)).isEqualTo(why);
    assertThat(linked.tries(Self::pid))
        .isInstanceOfSatisfying(
            Outcome.Threw.class,
            threw -> assertThat(threw.thrown()).hasMessageContaining("why not"));
    linked.rest();
  }

  @Test
  void hear_nothing() throws Exception {
    var zombie = Zombie.kill();
    zombie.pid().send("hello?");

    assertRefused(zombie, zombie.tries(Self::receive));
    assertThat(Processes.info(zombie.pid())).isEmpty();
    zombie.rest();
  }

  @Test
  void of_servers_reach_nobody_either() throws Exception {
    Pid test = Self.pid();
    var begun = new CountDownLatch(1);
    var outcome = new CompletableFuture<Throwable>();
    var server = GenServer.of(Scripted::new).start();
    var caller =
        Self.spawnMonitor(
            () ->
                server.call(
                    new Scripted.Ask(
                        () -> {
                          begun.countDown();
                          outcome.complete(thrownAfterTheKill(() -> test.send("a zombie's")));
                          return "too late";
                        })));
    begun.await();
    server.pid().exit(ExitReason.KILL);

    assertThat(Deaths.await(caller.ref())) // the caller heard of it at once
        .isInstanceOfSatisfying(
            ExitReason.Crash.class,
            crash ->
                assertThat(crash.cause())
                    .isInstanceOfSatisfying(
                        CallException.Exited.class,
                        e -> assertThat(e.reason()).isEqualTo(ExitReason.KILLED)));
    assertThat(outcome.get(Deaths.PATIENCE.toSeconds(), TimeUnit.SECONDS))
        .isInstanceOf(Error.class)
        .hasMessageContaining("has ended");
    assertThat(Self.flush()).isEmpty();
  }

  private static Throwable thrownAfterTheKill(Runnable action) {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      // The kill. It goes on.
    }
    try {
      action.run();
      return new AssertionError("nothing was thrown");
    } catch (Throwable thrown) {
      return thrown;
    }
  }

  /** Kills many that run, as other tests do meanwhile; returns when they have all ended. */
  private static void stormOfKills() throws InterruptedException {
    int kills = 5_000;
    var begun = new CountDownLatch(kills);
    var ended = new CountDownLatch(kills);
    List<Pid> victims = new ArrayList<>();
    for (int i = 0; i < kills; i++) {
      victims.add(
          Processes.spawn(
              () -> {
                try {
                  begun.countDown();
                  Self.receive();
                } finally {
                  ended.countDown();
                }
              }));
    }
    begun.await();
    victims.forEach(victim -> victim.exit(ExitReason.KILL));
    ended.await();
  }

  @Test
  void that_stay_are_reported_with_their_stack_after_a_storm_of_kills_too() throws Exception {
    stormOfKills();
    Reports.told(); // what happened before takes no room
    var reported = new CompletableFuture<Event.Zombie>();
    var zombie = Zombie.alive();
    try (var subscription =
        Events.subscribe(
            Event.Zombie.class,
            it -> {
              if (it.pid().equals(zombie.pid())) {
                reported.complete(it);
              }
            })) {
      assertThat(subscription).isNotNull();
      zombie.pid().exit(ExitReason.KILL);
      Event.Zombie report = reported.get(Deaths.PATIENCE.toSeconds(), TimeUnit.SECONDS);

      assertThat(report.label()).isEqualTo("zombie");
      assertThat(report.atLeast()).isPositive();
      assertThat(report.stack()).contains("Zombie.run");
    }
    zombie.rest();
  }

  @Test
  void take_no_carrier_with_them_however_long_they_try() throws Exception {
    int carriers = Runtime.getRuntime().availableProcessors();
    var begun = new CountDownLatch(carriers);
    var zombies = new ArrayList<Pid>();
    for (int i = 0; i < carriers; i++) {
      zombies.add(
          Processes.spawn(
              () -> {
                begun.countDown();
                while (true) {
                  try {
                    Self.receive();
                  } catch (Throwable thrown) {
                    // It tries for ever.
                  }
                }
              }));
    }
    begun.await();
    ServerRef<PuppetServer> server = GenServer.of(PuppetServer::new).start();
    zombies.forEach(each -> each.exit(ExitReason.KILL));
    for (int i = 0; i < 100; i++) {
      assertThat(server.call(PuppetServer.question("well?"), Downs.LONG)).isEqualTo("well?");
    }
  }
}
