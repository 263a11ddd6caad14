package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Backoff;
import dev.ostler.Child;
import dev.ostler.Down;
import dev.ostler.DynamicSupervisor;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Name;
import dev.ostler.PartitionSupervisor;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import dev.ostler.Shutdown;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A restart waits its turn: those who had their EXIT before the supervisor had its own are dead,
 * and their names free, when the child begins again. M01 to M03.
 *
 * <p>Each child has a named helper that traps exits and takes its time to terminate: until the test
 * has seen the whole of what else happens. No supervisor here may restart more than once.
 */
@ExtendWith(OstlerExtension.class)
class RestartTurnTest {
  private static final Duration HOUR = Duration.ofHours(1);

  /** A child has begun. */
  private record Begun(String id, Pid pid) {}

  private Pid test;

  @BeforeEach
  void beTold() {
    test = Self.pid();
  }

  /** A helper that tells the test when it terminates, and waits for its permission. */
  private ServerChild<PuppetServer, ServerRef<PuppetServer>> helper(Name<PuppetServer> name) {
    return GenServer.of(
            () ->
                new PuppetServer()
                    .onInit(
                        () -> {
                          Self.trapExits(true);
                          return Init.ok(List.of());
                        })
                    .onTerminate(
                        (reason, heard) -> {
                          var permission = new CountDownLatch(1);
                          test.send(new Farewell(permission));
                          permission.await();
                        }))
        .named(name);
  }

  /** Told by a helper that terminates. */
  private record Farewell(CountDownLatch permission) {}

  /** A server that starts its helper in init. */
  private ServerChild<PuppetServer, ServerRef<PuppetServer>> child(String id) {
    Name<PuppetServer> name = Name.unique("helper of " + id);
    return GenServer.of(
            () ->
                new PuppetServer()
                    .onInit(
                        () -> {
                          helper(name).startLink();
                          test.send(new Begun(id, Self.pid()));
                          return Init.ok(List.of());
                        }))
        .id(id);
  }

  private Begun begun() {
    return Self.receive(Begun.class, Deaths.PATIENCE).orElseThrow();
  }

  private List<Begun> begun(int count) {
    var all = new ArrayList<Begun>();
    for (int i = 0; i < count; i++) {
      all.add(begun());
    }
    return all;
  }

  /** Lets so many helpers go, once all of them are about to, and nobody has begun again. */
  private void letGo(int count) {
    var leaving = new ArrayList<Farewell>();
    for (int i = 0; i < count; i++) {
      leaving.add(Self.receive(Farewell.class, Deaths.PATIENCE).orElseThrow());
    }
    assertThat(Self.flush()).isEmpty();
    leaving.forEach(each -> each.permission().countDown());
  }

  private static Supervisor.Spec supervisor(Strategy strategy) {
    return Supervisor.of(strategy).intensity(1, HOUR);
  }

  // M01
  @ParameterizedTest
  @EnumSource
  void of_many_trees_each_succeeds_at_the_first_try(AssistedTrees.Assistant helper)
      throws Exception {
    assertThat(AssistedTrees.run(helper))
        .isEqualTo(new AssistedTrees.Outcome(AssistedTrees.TREES, AssistedTrees.TREES));
  }

  // M01
  @ParameterizedTest
  @EnumSource
  void begins_once_the_helpers_of_all_who_are_stopped_have_ended(Strategy strategy) {
    Supervisor supervisor =
        supervisor(strategy).child(child("a")).child(child("b")).child(child("c")).start();
    Begun b = begun(3).get(1);
    b.pid().exit(ExitReason.of("broken"));
    switch (strategy) {
      case ONE_FOR_ONE -> letGo(1);
      case REST_FOR_ONE -> letGo(2);
      case ONE_FOR_ALL -> letGo(3);
    }
    assertThat(begun(strategy == Strategy.ONE_FOR_ONE ? 1 : 2)).extracting(Begun::id).contains("b");
    assertThat(supervisor.count().active()).isEqualTo(3);
  }

  // M01
  @Test
  void leaves_the_supervisor_free_for_others_meanwhile() {
    Supervisor supervisor = supervisor(Strategy.ONE_FOR_ONE).child(child("a")).start();
    begun().pid().exit(ExitReason.of("broken"));
    Farewell leaving = Self.receive(Farewell.class, Deaths.PATIENCE).orElseThrow();
    assertThat(supervisor.children()).allMatch(Supervisor.ChildInfo::restarting);
    leaving.permission().countDown();
    assertThat(begun().id()).isEqualTo("a");
  }

  // M01
  @Test
  void waits_though_it_was_put_off_for_a_while() {
    supervisor(Strategy.ONE_FOR_ONE)
        .child(child("a").backoff(Backoff.doubling(Duration.ofMillis(1), Duration.ofMillis(1))))
        .start();
    begun().pid().exit(ExitReason.of("broken"));
    letGo(1);
    assertThat(begun().id()).isEqualTo("a");
  }

  // M01
  @Test
  void of_a_dynamic_child_waits_too() {
    DynamicSupervisor supervisor = DynamicSupervisor.of().intensity(1, HOUR).start();
    supervisor.startChild(child("a"));
    begun().pid().exit(ExitReason.of("broken"));
    letGo(1);
    assertThat(begun().id()).isEqualTo("a");
  }

  // M01
  @Test
  void of_a_partition_waits_too() {
    PartitionSupervisor.of(i -> child("partition " + i)).partitions(2).intensity(1, HOUR).start();
    begun(2).get(1).pid().exit(ExitReason.of("broken"));
    letGo(1);
    assertThat(begun().id()).isEqualTo("partition 1");
  }

  // M01
  @Test
  void after_a_start_that_failed_waits_for_the_helper_of_that() {
    Name<PuppetServer> name = Name.unique("helper of who fails");
    var attempts = new ArrayList<Integer>(); // touched by the supervisor's thread
    Child<?> failing =
        GenServer.of(
            () ->
                new PuppetServer()
                    .onInit(
                        () -> {
                          attempts.add(attempts.size());
                          helper(name).startLink();
                          if (attempts.size() == 2) {
                            throw new IllegalStateException("fails once it is restarted");
                          }
                          test.send(new Begun("failing", Self.pid()));
                          return Init.ok(List.of());
                        }));
    Supervisor.of(Strategy.ONE_FOR_ONE).intensity(2, HOUR).child(failing).start();
    begun().pid().exit(ExitReason.of("broken"));
    letGo(1);
    letGo(1);
    assertThat(begun().id()).isEqualTo("failing");
  }

  // M01
  @ParameterizedTest
  @EnumSource(names = {"ONE_FOR_ONE", "ONE_FOR_ALL"})
  void by_hand_after_a_child_was_terminated_finds_its_helper_gone(Strategy strategy) {
    Supervisor supervisor =
        supervisor(strategy).child(child("a").shutdown(Shutdown.BRUTAL_KILL)).start();
    begun();
    Puppet.start()
        .order(
            () -> {
              supervisor.terminateChild("a");
              supervisor.restartChild("a");
            });
    letGo(1);
    assertThat(begun().id()).isEqualTo("a");
  }

  // M02
  @Test
  void of_a_killed_supervisor_finds_its_children_gone_and_their_helpers() {
    Name<PuppetServer> name = Name.unique("trapping");
    Name<PuppetServer> further = Name.unique("further");
    Child<?> trapping =
        GenServer.of(
                () ->
                    new PuppetServer()
                        .onInit(
                            () -> {
                              Self.trapExits(true);
                              helper(further).startLink();
                              test.send(new Begun("trapping", Self.pid()));
                              return Init.ok(List.of());
                            })
                        .onTerminate(
                            (reason, heard) -> {
                              var permission = new CountDownLatch(1);
                              test.send(new Farewell(permission));
                              permission.await();
                            }))
            .named(name);
    Name<Supervisor> middle = Name.unique("middle");
    supervisor(Strategy.ONE_FOR_ONE)
        .child(supervisor(Strategy.ONE_FOR_ONE).named(middle).child(trapping))
        .start();
    begun();
    middle.pid().exit(ExitReason.KILL);
    letGo(1); // the child
    letGo(1); // and the helper that it leaves
    assertThat(begun().id()).isEqualTo("trapping");
  }

  // M01: a raw process that lives on after its turn holds up nobody
  @Test
  void does_not_wait_for_a_process_that_has_heard_and_lives_on() {
    Child<?> child =
        GenServer.of(
            () ->
                new PuppetServer()
                    .onInit(
                        () -> {
                          var ready = new CountDownLatch(1);
                          Self.spawnLink(
                              () -> {
                                Self.trapExits(true);
                                ready.countDown();
                                test.send(Self.receive(Exit.class, Deaths.PATIENCE).orElseThrow());
                                Self.receive(); // for ever
                              });
                          ready.await();
                          test.send(new Begun("child", Self.pid()));
                          return Init.ok(List.of());
                        }));
    Supervisor supervisor = supervisor(Strategy.ONE_FOR_ALL).child(child).start();
    Pid first = begun().pid();
    first.exit(ExitReason.of("broken"));
    assertThat(Self.receive(Exit.class, Deaths.PATIENCE))
        .contains(new Exit(first, ExitReason.of("broken")));
    assertThat(begun().id()).isEqualTo("child");
    supervisor.stop();
  }

  // M03
  @Test
  void exits_go_out_in_the_order_of_the_links() {
    var order = new ArrayList<Pid>();
    for (int i = 0; i < 20; i++) {
      order.add(Puppet.start().pid());
    }
    Collections.shuffle(order, new Random(1));
    Pid dead =
        Processes.spawn(
            () -> {
              order.forEach(Self::link);
              test.send("linked");
              Self.receive();
            });
    assertThat(Self.receive(Deaths.PATIENCE)).contains("linked");
    assertThat(Processes.info(dead).orElseThrow().links()).containsExactlyElementsOf(order);
    order.forEach(Self::monitor);
    dead.exit(ExitReason.of("broken"));

    assertThat(Self.flush())
        .extracting(message -> ((Down) message).pid())
        .containsExactlyElementsOf(order);
  }
}
