package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ostler.CallException;
import dev.ostler.ChildSpec;
import dev.ostler.Down;
import dev.ostler.Event;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import dev.ostler.Shutdown;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.SupervisorReport;
import dev.ostler.SupervisorReport.Kind;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How a supervisor stops its children, and itself. */
@ExtendWith(OstlerExtension.class)
class SupervisorShutdownTest {
  private final Family family = new Family();

  private Supervisor.Spec abc() {
    return Supervisor.of(Strategy.ONE_FOR_ONE)
        .child(family.child("a"))
        .child(family.child("b"))
        .child(family.child("c"));
  }

  /** A child whose last words are the test's. */
  private static ServerChild<PuppetServer, ServerRef<PuppetServer>> slow(Processes.Body words) {
    return Supervisions.lingering(words).id("slow");
  }

  private static List<ExitReason> failures(Reports reports, Pid supervisor) {
    return Supervisions.about(reports, supervisor).stream()
        .filter(report -> report.kind() == Kind.SHUTDOWN_FAILED)
        .map(SupervisorReport::reason)
        .toList();
  }

  @Nested
  class A_supervisor {

    // 1.10 S35, 1.10 S40
    @Test
    void that_is_stopped_stops_the_newest_child_first_and_ends_normally() {
      var supervisor = abc().start();
      var ref = Self.monitor(supervisor.pid());
      family.log();
      supervisor.stop();
      assertThat(family.log()).containsExactly("-c", "-b", "-a");
      assertThat(supervisor.pid().isAlive()).isFalse();
      assertThat(Deaths.await(ref)).isEqualTo(ExitReason.NORMAL);
    }

    // 1.10 S35
    @Test
    void waits_for_one_child_before_it_stops_the_next() {
      var supervisor = Supervisor.of(Strategy.ONE_FOR_ONE).child(family.child("a")).start();
      var a = Family.pid(supervisor, "a");
      var seen = new ConcurrentLinkedQueue<Boolean>();
      supervisor.startChild(
          slow(
              () -> {
                seen.add(a.isAlive());
              }));
      supervisor.stop();
      assertThat(seen).containsExactly(true);
      assertThat(family.log()).containsExactly("+a", "-a");
    }

    // 1.10 S35
    @ParameterizedTest
    @EnumSource(Strategy.class)
    void ends_with_its_parent_after_its_children(Strategy strategy) {
      var parent = Puppet.start();
      var supervisor =
          parent.ask(
              () ->
                  Supervisor.of(strategy)
                      .child(family.child("a"))
                      .child(family.child("b"))
                      .startLink());
      var ref = Self.monitor(supervisor.pid());
      family.log();
      parent.pid().exit(ExitReason.of("over"));
      assertThat(Deaths.await(ref)).isEqualTo(ExitReason.of("over"));
      assertThat(family.log()).containsExactly("-b", "-a");
    }

    // 1.10 S40
    @Test
    void can_be_stopped_for_a_reason() {
      var supervisor = abc().start();
      var ref = Self.monitor(supervisor.pid());
      supervisor.stop(ExitReason.of("moving"), Deaths.PATIENCE);
      assertThat(Deaths.await(ref)).isEqualTo(ExitReason.of("moving"));
    }

    // 1.10 S40
    @Test
    void takes_its_time_but_who_stops_it_need_not() {
      var let = new CountDownLatch(1);
      var supervisor = abc().child(slow(let::await).shutdown(Shutdown.INFINITY)).start();
      var ref = Self.monitor(supervisor.pid());
      assertThatExceptionOfType(CallException.Timeout.class)
          .isThrownBy(() -> supervisor.stop(ExitReason.NORMAL, Duration.ofMillis(1)));
      assertThat(supervisor.pid().isAlive()).isTrue();
      let.countDown();
      assertThat(Deaths.await(ref)).isEqualTo(ExitReason.NORMAL);
    }

    // 1.10 S40
    @Test
    void cannot_be_stopped_twice() {
      var supervisor = abc().start();
      supervisor.stop();
      assertThatExceptionOfType(CallException.NoProcess.class).isThrownBy(supervisor::stop);
      assertThatExceptionOfType(CallException.NoProcess.class).isThrownBy(supervisor::children);
    }

    // 1.10 S39
    @Test
    void does_not_mind_the_exit_of_a_stranger_or_a_message() {
      var supervisor = abc().start();
      try (var reports = new Reports()) {
        supervisor.pid().exit(ExitReason.of("strange"));
        supervisor.pid().send(new Exit(Processes.NOBODY, ExitReason.KILLED));
        supervisor.pid().send("hello");
        assertThat(supervisor.count().active()).isEqualTo(3);
        assertThat(reports.about(supervisor.pid()))
            .hasOnlyElementsOfType(Event.Unexpected.class)
            .extracting(event -> ((Event.Unexpected) event).message())
            .contains("hello");
      }
    }
  }

  @Nested
  class A_child {

    // 1.10 S36
    @Test
    void is_told_to_shut_down() {
      var supervisor = abc().start();
      var ref = Self.monitor(Family.pid(supervisor, "b"));
      family.log();
      supervisor.terminateChild("b");
      assertThat(Deaths.await(ref)).isEqualTo(ExitReason.SHUTDOWN);
      assertThat(family.log()).containsExactly("-b");
    }

    // 1.10 S36
    @Test
    void is_killed_when_its_time_is_over() {
      var let = new CountDownLatch(1);
      var supervisor =
          abc().child(slow(let::await).shutdown(Shutdown.after(Duration.ofMillis(5)))).start();
      var ref = Self.monitor(Family.pid(supervisor, "slow"));
      try (var reports = new Reports()) {
        supervisor.terminateChild("slow");
        assertThat(failures(reports, supervisor.pid())).containsExactly(ExitReason.KILLED);
      }
      assertThat(Deaths.await(ref)).isEqualTo(ExitReason.KILLED);
    }

    // 1.10 S36
    @Test
    void may_be_killed_at_once() {
      var supervisor =
          Supervisor.of(Strategy.ONE_FOR_ONE)
              .child(family.child("a").shutdown(Shutdown.BRUTAL_KILL))
              .start();
      var ref = Self.monitor(Family.pid(supervisor, "a"));
      try (var reports = new Reports()) {
        supervisor.terminateChild("a");
        assertThat(Supervisions.kinds(reports, supervisor.pid())).isEmpty();
      }
      assertThat(Deaths.await(ref)).isEqualTo(ExitReason.KILLED);
      assertThat(family.log()).containsExactly("+a"); // it has no last words
    }

    // 1.10 S36
    @Test
    void may_have_all_the_time_it_takes() {
      var let = new CountDownLatch(1);
      var supervisor = abc().child(slow(let::await).shutdown(Shutdown.INFINITY)).start();
      var child = Self.monitor(Family.pid(supervisor, "slow"));
      var stopper = Self.spawnMonitor(() -> supervisor.terminateChild("slow"));
      assertThat(Self.receive(Down.class, Duration.ofMillis(50))).isEmpty(); // it is not killed
      let.countDown();
      assertThat(Deaths.await(child)).isEqualTo(ExitReason.SHUTDOWN);
      assertThat(Deaths.await(stopper.ref())).isEqualTo(ExitReason.NORMAL);
    }

    // 1.10 S37
    @Test
    void that_cut_its_link_is_stopped_nevertheless() {
      var supervisor = abc().start();
      var b = Family.pid(supervisor, "b");
      var unlinked = new CountDownLatch(1);
      b.send(
          PuppetServer.step(
              heard -> {
                Self.unlink(supervisor.pid());
                unlinked.countDown();
                return Next.noReply(heard);
              }));
      supervisor.terminateChild("b");
      assertThat(b.isAlive()).isFalse();
      assertThat(unlinked.getCount()).isZero();
      supervisor.stop();
      assertThat(family.log()).contains("-b").endsWith("-c", "-a");
    }

    /** Stops a supervisor whose last child ends the one before it, for the reason. */
    private List<ExitReason> failuresWhen(Restart restart, Shutdown shutdown, ExitReason reason) {
      Name<PuppetServer> name = Name.unique("victim");
      var victim = family.child("victim").named(name).restart(restart).shutdown(shutdown);
      var supervisor =
          Supervisor.of(Strategy.ONE_FOR_ONE).child(family.child("a")).child(victim).start();
      supervisor.startChild(slow(() -> name.stop(reason, Deaths.PATIENCE)).id("last"));
      try (var reports = new Reports()) {
        supervisor.stop();
        assertThat(family.log()).endsWith("-a");
        return failures(reports, supervisor.pid());
      }
    }

    // 1.10 S38
    @Test
    void that_ends_otherwise_than_told_is_reported_and_no_more() {
      var odd = ExitReason.of("odd");
      for (Shutdown shutdown : List.of(Shutdown.DEFAULT, Shutdown.INFINITY, Shutdown.BRUTAL_KILL)) {
        for (Restart restart : Restart.values()) {
          assertThat(failuresWhen(restart, shutdown, odd)).containsExactly(odd);
        }
        assertThat(failuresWhen(Restart.PERMANENT, shutdown, ExitReason.NORMAL))
            .containsExactly(ExitReason.NORMAL);
      }
    }

    // 1.10 S38
    @Test
    void may_end_cleanly_if_it_is_not_permanent() {
      for (Shutdown shutdown : List.of(Shutdown.DEFAULT, Shutdown.INFINITY, Shutdown.BRUTAL_KILL)) {
        for (Restart restart : List.of(Restart.TRANSIENT, Restart.TEMPORARY)) {
          assertThat(failuresWhen(restart, shutdown, ExitReason.NORMAL)).isEmpty();
          assertThat(failuresWhen(restart, shutdown, ExitReason.shutdown("bye"))).isEmpty();
        }
        assertThat(failuresWhen(Restart.PERMANENT, shutdown, ExitReason.SHUTDOWN)).isEmpty();
      }
    }

    // 1.10 S36
    @Test
    void that_is_no_server_is_stopped_too() {
      ChildSpec<Pid> process = Processes.of(() -> Self.receive());
      var supervisor = Supervisor.of(Strategy.ONE_FOR_ONE).child(process.id("process")).start();
      var ref = Self.monitor(Family.pid(supervisor, "process"));
      supervisor.stop();
      assertThat(Deaths.await(ref)).isEqualTo(ExitReason.SHUTDOWN);
    }
  }
}
