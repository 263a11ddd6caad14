package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.ChildSpec;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Processes;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.Supervisor.ChildInfo;
import dev.ostler.SupervisorReport.Kind;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whom a supervisor starts again, and when. */
@ExtendWith(OstlerExtension.class)
class SupervisorRestartTest {
  private final Family family = new Family();

  /** A supervisor that does not give up, of a, b and c. */
  private Supervisor.Spec patient(Strategy strategy) {
    return Supervisor.of(strategy).intensity(1_000, Duration.ofMinutes(1));
  }

  private Supervisor abc(Strategy strategy) {
    var supervisor =
        patient(strategy)
            .child(family.child("a"))
            .child(family.child("b"))
            .child(family.child("c"))
            .start();
    family.log();
    return supervisor;
  }

  private Supervisor one(Restart restart) {
    var supervisor =
        patient(Strategy.ONE_FOR_ONE).child(family.child("a").restart(restart)).start();
    family.log();
    return supervisor;
  }

  @Nested
  class A_permanent_child {

    // 1.10 S20
    @ParameterizedTest
    @MethodSource("dev.ostler.tests.Deaths#reasonsButKill")
    void is_restarted_whatever_it_ended_with(ExitReason reason) {
      var supervisor = one(Restart.PERMANENT);
      var before = Family.pid(supervisor, "a");
      Family.end(before, reason);
      assertThat(Family.pid(supervisor, "a")).isNotNull().isNotEqualTo(before);
      assertThat(family.log()).endsWith("+a").hasSize(2);
    }

    // 1.10 S20
    @Test
    void that_ended_normally_is_reported() {
      var supervisor = one(Restart.PERMANENT);
      try (var reports = new Reports()) {
        Family.end(supervisor, "a", ExitReason.NORMAL);
        supervisor.children();
        assertThat(Supervisions.kinds(reports, supervisor.pid())).containsExactly(Kind.CHILD_ENDED);
      }
    }
  }

  @Nested
  class A_transient_child {

    // 1.10 S21
    @ParameterizedTest
    @MethodSource("dev.ostler.tests.Deaths#reasonsButKill")
    void is_restarted_unless_it_ended_cleanly(ExitReason reason) {
      var supervisor = one(Restart.TRANSIENT);
      Family.end(supervisor, "a", reason);
      assertThat(supervisor.children())
          .singleElement()
          .satisfies(
              a -> {
                assertThat(a.pid().isPresent()).isEqualTo(!reason.isClean());
                assertThat(a.restarting()).isFalse();
              });
      assertThat(family.log().contains("+a")).isEqualTo(!reason.isClean());
    }

    // 1.10 S21
    @Test
    void ends_cleanly_without_a_report() {
      var supervisor = one(Restart.TRANSIENT);
      try (var reports = new Reports()) {
        Family.end(supervisor, "a", ExitReason.NORMAL);
        supervisor.children();
        assertThat(Supervisions.kinds(reports, supervisor.pid())).isEmpty();
      }
    }
  }

  @Nested
  class A_temporary_child {

    // 1.10 S22
    @ParameterizedTest
    @MethodSource("dev.ostler.tests.Deaths#reasonsButKill")
    void is_never_restarted_but_forgotten(ExitReason reason) {
      var supervisor = one(Restart.TEMPORARY);
      Family.end(supervisor, "a", reason);
      assertThat(supervisor.children()).isEmpty();
      assertThat(supervisor.childSpec("a")).isEmpty();
      assertThat(family.log()).doesNotContain("+a");
    }
  }

  @Nested
  class The_strategy {

    // 1.10 S23
    @Test
    void one_for_one_restarts_the_dead_alone() {
      var supervisor = abc(Strategy.ONE_FOR_ONE);
      var before = Family.pids(supervisor);
      Family.kill(before.get("b"));
      var after = Family.pids(supervisor);
      assertThat(family.log()).containsExactly("+b");
      assertThat(after).containsEntry("a", before.get("a")).containsEntry("c", before.get("c"));
    }

    // 1.10 S24
    @Test
    void rest_for_one_restarts_those_after_the_dead_too() {
      var supervisor = abc(Strategy.REST_FOR_ONE);
      supervisor.startChild(family.child("d"));
      var before = Family.pids(supervisor);
      family.log();
      Family.kill(before.get("b"));
      var after = Family.pids(supervisor);
      assertThat(family.log()).containsExactly("-d", "-c", "+b", "+c", "+d");
      assertThat(after).containsEntry("a", before.get("a"));
    }

    // 1.10 S25
    @Test
    void one_for_all_restarts_all() {
      var supervisor = abc(Strategy.ONE_FOR_ALL);
      Family.kill(supervisor, "b");
      assertThat(Family.pids(supervisor)).hasSize(3);
      assertThat(family.log()).containsExactly("-c", "-a", "+a", "+b", "+c");
    }

    // 1.10 S26
    @ParameterizedTest
    @EnumSource(names = {"REST_FOR_ONE", "ONE_FOR_ALL"})
    void does_not_restart_a_temporary_sibling_but_forgets_it(Strategy strategy) {
      var supervisor = abc(strategy);
      supervisor.startChild(family.child("t").restart(Restart.TEMPORARY));
      supervisor.startChild(family.child("d"));
      family.log();
      Family.kill(supervisor, "a");
      assertThat(supervisor.children())
          .extracting(ChildInfo::id)
          .containsExactly("d", "c", "b", "a");
      assertThat(family.log()).containsExactly("-d", "-t", "-c", "-b", "+a", "+b", "+c", "+d");
    }

    // 1.10 S27
    @ParameterizedTest
    @EnumSource(names = {"REST_FOR_ONE", "ONE_FOR_ALL"})
    void restarts_a_transient_sibling_that_had_ended_cleanly(Strategy strategy) {
      var supervisor = abc(strategy);
      supervisor.startChild(family.child("t").restart(Restart.TRANSIENT));
      Family.end(supervisor, "t", ExitReason.NORMAL);
      assertThat(Family.pid(supervisor, "t")).isNull();
      family.log();
      Family.kill(supervisor, "a");
      assertThat(Family.pid(supervisor, "t")).isNotNull();
      assertThat(family.log()).containsExactly("-c", "-b", "+a", "+b", "+c", "+t");
    }
  }

  @Nested
  class A_restart_that_fails {

    // 1.10 S32
    @Test
    void is_tried_again_until_it_succeeds() throws Exception {
      var supervisor = abc(Strategy.ONE_FOR_ONE);
      var running = new CountDownLatch(1);
      family.planFailures("b", 3);
      family.plan(
          "b",
          () -> {
            running.countDown();
            return Init.ok(List.of());
          });
      try (var reports = new Reports()) {
        Family.kill(supervisor, "b");
        running.await();
        assertThat(Family.pid(supervisor, "b")).isNotNull();
        assertThat(Supervisions.kinds(reports, supervisor.pid()))
            .containsExactly(
                Kind.CHILD_ENDED, Kind.START_FAILED, Kind.START_FAILED, Kind.START_FAILED);
      }
      assertThat(family.log()).containsExactly("+b", "+b", "+b", "+b");
    }

    // 1.10 S32
    @Test
    void counts() {
      var supervisor =
          Supervisor.of(Strategy.ONE_FOR_ONE)
              .intensity(3, Duration.ofDays(1))
              .child(family.child("a"))
              .start();
      var ref = Self.monitor(supervisor.pid());
      family.log();
      family.planFailures("a", 100);
      Family.kill(supervisor, "a");
      assertThat(Deaths.await(ref)).isEqualTo(ExitReason.SHUTDOWN);
      assertThat(family.log()).containsExactly("+a", "+a", "+a");
    }

    // 1.10 S32: between two attempts others have their turn.
    @Test
    void lets_the_child_be_stopped_meanwhile() throws Exception {
      var supervisor =
          patient(Strategy.ONE_FOR_ONE)
              .intensity(Integer.MAX_VALUE, Duration.ofDays(1))
              .child(family.child("a"))
              .start();
      family.plan("a", failing(() -> supervisor.terminateChild("a")));
      family.planFailures("a", 200_000);
      Family.kill(supervisor, "a");
      assertThat(supervisor.count().active()).isZero();
      supervisor.terminateChild("a");
      assertThat(supervisor.children())
          .containsExactly(new ChildInfo("a", Optional.empty(), false, ChildSpec.Kind.WORKER));
      family.log();
      assertThat(supervisor.count().active()).isZero();
      assertThat(family.log()).isEmpty();
    }

    /** A start that fails once somebody else has had the time to ask something. */
    private Callable<Init<List<Object>>> failing(Processes.Body meanwhile) {
      return () -> {
        Puppet.start().order(meanwhile);
        return PuppetServer.stop(ExitReason.of("not yet"));
      };
    }

    // 1.10 S33
    @Test
    void of_a_later_child_keeps_the_earlier_ones_of_rest_for_one() throws Exception {
      var supervisor = abc(Strategy.REST_FOR_ONE);
      var running = new CountDownLatch(1);
      family.planFailures("b", 1);
      family.plan("c", () -> ok(running));
      Family.kill(supervisor, "a");
      running.await();
      assertThat(Family.pids(supervisor)).hasSize(3);
      assertThat(family.log()).containsExactly("-c", "-b", "+a", "+b", "+b", "+c");
    }

    // 1.10 S33
    @Test
    void of_a_later_child_starts_all_again_for_one_for_all() throws Exception {
      var supervisor = abc(Strategy.ONE_FOR_ALL);
      var running = new CountDownLatch(1);
      family.planFailures("b", 1);
      family.plan("c", () -> ok(running));
      Family.kill(supervisor, "a");
      running.await();
      assertThat(Family.pids(supervisor)).hasSize(3);
      assertThat(family.log()).containsExactly("-c", "-b", "+a", "+b", "-a", "+a", "+b", "+c");
    }

    private static Init<List<Object>> ok(CountDownLatch running) {
      running.countDown();
      return Init.ok(List.of());
    }

    // 1.10 S32, 1.10 S04
    @Test
    void may_have_thrown_an_error() throws Exception {
      var supervisor = abc(Strategy.ONE_FOR_ONE);
      var failures = new ArrayDeque<Throwable>(List.of(new AssertionError("later")));
      var running = new CountDownLatch(2);
      ChildSpec<Object> moody =
          ChildSpec.of(
              "moody",
              () -> {
                running.countDown();
                if (running.getCount() == 0 && !failures.isEmpty()) {
                  throw (Error) failures.poll();
                }
                var server = GenServer.of(PuppetServer::new).startLink();
                return new ChildSpec.Started<>(server.pid(), server);
              });
      supervisor.startChild(moody);
      Family.kill(supervisor, "moody");
      running.await();
      supervisor.children();
      assertThat(supervisor.pid().isAlive()).isTrue();
      assertThat(failures).isEmpty();
    }
  }

  // 1.10 S02, 1.10 S20
  @Test
  void a_child_that_chooses_not_to_start_again_is_left_alone() {
    var supervisor = abc(Strategy.ONE_FOR_ONE);
    family.plan("b", Init::ignore);
    Family.kill(supervisor, "b");
    assertThat(supervisor.children())
        .contains(new ChildInfo("b", Optional.empty(), false, ChildSpec.Kind.WORKER));
    assertThat(family.log()).containsExactly("+b");
  }
}
