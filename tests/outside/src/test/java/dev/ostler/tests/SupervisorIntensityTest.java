package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Backoff;
import dev.ostler.ExitReason;
import dev.ostler.Init;
import dev.ostler.ManualClock;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.SupervisorReport.Kind;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How often a supervisor restarts its children before it gives up, and how soon. */
@ExtendWith(OstlerExtension.class)
class SupervisorIntensityTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final Family family = new Family();
  private ManualClock clock;

  @BeforeEach
  void stopTheClock() {
    clock = ManualClock.install();
  }

  private Supervisor.Spec ab(Strategy strategy) {
    return Supervisor.of(strategy).child(family.child("a")).child(family.child("b"));
  }

  private static void killTimes(Supervisor supervisor, Object id, int times) {
    for (int i = 0; i < times; i++) {
      Family.kill(supervisor, id);
    }
  }

  @Nested
  class A_supervisor {

    // 1.10 S08, 1.10 S29
    @Test
    void tolerates_three_restarts_in_five_seconds_unless_told() {
      var supervisor = ab(Strategy.ONE_FOR_ONE).start();
      var ref = Self.monitor(supervisor.pid());
      killTimes(supervisor, "a", 3);
      clock.advance(SECOND.multipliedBy(5));
      assertThat(supervisor.count().active()).isEqualTo(2);
      family.log();
      Family.kill(supervisor, "a");
      assertThat(Deaths.await(ref)).isEqualTo(ExitReason.SHUTDOWN);
      assertThat(family.log()).containsExactly("-b");
    }

    // 1.10 S29
    @Test
    void ends_after_its_children_the_newest_first_and_says_so() {
      var supervisor =
          ab(Strategy.ONE_FOR_ONE).intensity(1, SECOND).child(family.child("c")).start();
      var ref = Self.monitor(supervisor.pid());
      var children = Family.pids(supervisor).values();
      try (var reports = new Reports()) {
        killTimes(supervisor, "b", 2);
        assertThat(Deaths.await(ref)).isEqualTo(ExitReason.SHUTDOWN);
        assertThat(Supervisions.kinds(reports, supervisor.pid()))
            .containsExactly(Kind.CHILD_ENDED, Kind.CHILD_ENDED, Kind.GAVE_UP);
      }
      assertThat(family.log()).containsExactly("+a", "+b", "+c", "+b", "-c", "-a");
      assertThat(children).noneMatch(Pid::isAlive);
    }

    // 1.10 S30
    @Test
    void that_tolerates_nothing_ends_with_its_first_child() {
      var supervisor = ab(Strategy.ONE_FOR_ONE).intensity(0, SECOND).start();
      var ref = Self.monitor(supervisor.pid());
      Family.kill(supervisor, "a");
      assertThat(Deaths.await(ref)).isEqualTo(ExitReason.SHUTDOWN);
      assertThat(family.log()).containsExactly("+a", "+b", "-b");
    }

    // 1.10 S31
    @Test
    void forgets_restarts_that_are_longer_ago_than_its_window() {
      var supervisor = ab(Strategy.ONE_FOR_ONE).start();
      for (int i = 0; i < 10; i++) {
        killTimes(supervisor, "a", 3);
        supervisor.children();
        clock.advance(SECOND.multipliedBy(6));
      }
      assertThat(supervisor.count().active()).isEqualTo(2);
    }

    // 1.10 S31
    @Test
    void counts_in_whole_seconds() {
      var supervisor = ab(Strategy.ONE_FOR_ONE).intensity(1, SECOND).start();
      var ref = Self.monitor(supervisor.pid());
      Family.kill(supervisor, "a");
      supervisor.children();
      clock.advance(Duration.ofMillis(1_999)); // one second later, in whole seconds
      Family.kill(supervisor, "a");
      assertThat(Deaths.await(ref)).isEqualTo(ExitReason.SHUTDOWN);
    }

    // 1.10 S28
    @ParameterizedTest
    @EnumSource(names = {"REST_FOR_ONE", "ONE_FOR_ALL"})
    void counts_the_restart_of_a_group_as_one(Strategy strategy) {
      var supervisor = ab(strategy).child(family.child("c")).intensity(2, SECOND).start();
      killTimes(supervisor, "a", 2);
      assertThat(supervisor.count().active()).isEqualTo(3);
    }

    // 1.10 S29
    @Test
    void does_not_count_children_that_it_does_not_restart() {
      var supervisor = ab(Strategy.ONE_FOR_ONE).intensity(0, SECOND).start();
      supervisor.startChild(family.child("t").restart(Restart.TEMPORARY));
      Family.kill(supervisor, "t");
      supervisor.terminateChild("a");
      supervisor.restartChild("a");
      assertThat(supervisor.count().active()).isEqualTo(2);
    }
  }

  @Nested
  class A_supervisor_of_supervisors {
    private Supervisor parent(Restart restart) {
      var nested = ab(Strategy.ONE_FOR_ONE).intensity(0, SECOND).id("nested").restart(restart);
      return Supervisor.of(Strategy.ONE_FOR_ONE).intensity(1, SECOND).child(nested).start();
    }

    private void giveUp(Supervisor parent) {
      var nested = Family.pid(parent, "nested");
      var ref = Self.monitor(nested);
      for (Pid child : Processes.info(nested).orElseThrow().links()) {
        if (!child.equals(parent.pid())) {
          child.exit(ExitReason.KILL);
        }
      }
      assertThat(Deaths.await(ref)).isEqualTo(ExitReason.SHUTDOWN);
    }

    // 1.10 S34
    @Test
    void restarts_one_that_gave_up_and_counts_it() {
      var parent = parent(Restart.PERMANENT);
      var ref = Self.monitor(parent.pid());
      giveUp(parent);
      assertThat(parent.count().active()).isEqualTo(1);
      giveUp(parent);
      assertThat(Deaths.await(ref)).isEqualTo(ExitReason.SHUTDOWN);
    }

    // 1.10 S34
    @Test
    void does_not_restart_a_transient_one_that_gave_up() {
      var parent = parent(Restart.TRANSIENT);
      giveUp(parent);
      assertThat(parent.count()).isEqualTo(new Supervisor.Count(1, 0, 1, 0));
    }
  }

  @Nested
  class A_child_with_backoff {
    private final Backoff backoff = new Backoff(SECOND, SECOND.multipliedBy(4), SECOND);

    private Supervisor start() {
      var supervisor =
          Supervisor.of(Strategy.ONE_FOR_ONE)
              .intensity(100, SECOND)
              .child(family.child("a").backoff(backoff))
              .start();
      family.log();
      return supervisor;
    }

    /** Waits for a restart that comes after so many seconds, and not before. */
    private void comesAfter(Supervisor supervisor, int seconds) {
      assertThat(supervisor.children().getFirst().restarting()).isTrue();
      clock.advance(SECOND.multipliedBy(seconds).minusNanos(1));
      assertThat(supervisor.children().getFirst().restarting()).isTrue();
      assertThat(family.log()).isEmpty();
      clock.advance(Duration.ofNanos(1));
      supervisor.children();
      assertThat(family.log()).containsExactly("+a");
    }

    @Test
    void waits_longer_each_time_before_it_is_restarted() {
      var supervisor = start();
      for (int seconds : List.of(1, 2, 4, 4)) {
        Family.kill(supervisor, "a");
        comesAfter(supervisor, seconds);
      }
    }

    @Test
    void starts_again_with_the_first_delay_after_a_long_life() {
      var supervisor = start();
      Family.kill(supervisor, "a");
      comesAfter(supervisor, 1);
      Family.kill(supervisor, "a");
      comesAfter(supervisor, 2);
      clock.advance(SECOND);
      Family.kill(supervisor, "a");
      comesAfter(supervisor, 1);
    }

    // 1.10 S32: failing to start is no life, however long the delays between are.
    @Test
    void waits_longer_while_it_does_not_start() {
      var supervisor = start();
      family.planFailures("a", 3);
      Family.kill(supervisor, "a");
      for (int seconds : List.of(1, 2, 4, 4)) {
        comesAfter(supervisor, seconds);
      }
      assertThat(supervisor.count().active()).isEqualTo(1);
    }

    @Test
    void does_not_hold_up_others() throws Exception {
      var supervisor = start();
      supervisor.startChild(family.child("b"));
      Family.kill(supervisor, "a");
      var running = new CountDownLatch(1);
      family.plan(
          "b",
          () -> {
            running.countDown();
            return Init.ok(List.of());
          });
      Family.kill(supervisor, "b");
      running.await();
      assertThat(Family.pids(supervisor)).containsOnlyKeys("b");
    }

    @Test
    void is_not_restarted_by_the_wait_of_an_earlier_death() {
      var supervisor = start();
      Family.kill(supervisor, "a");
      supervisor.terminateChild("a");
      clock.advance(Duration.ofMillis(500));
      supervisor.restartChild("a");
      family.log();
      Family.kill(supervisor, "a");
      comesAfter(supervisor, 2);
    }
  }
}
