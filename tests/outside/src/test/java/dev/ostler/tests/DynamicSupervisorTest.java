package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ostler.Backoff;
import dev.ostler.ChildException;
import dev.ostler.ChildSpec;
import dev.ostler.DynamicSupervisor;
import dev.ostler.DynamicSupervisor.ChildInfo;
import dev.ostler.ExitReason;
import dev.ostler.Init;
import dev.ostler.ManualClock;
import dev.ostler.Name;
import dev.ostler.Pid;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.Shutdown;
import dev.ostler.StartException;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.SupervisorReport.Kind;
import dev.ostler.junit.OstlerExtension;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A supervisor whose children come and go. What it does when they end is in {@link
 * DynamicRestartTest}.
 *
 * <p>The types leave no way to break these: DS03 (there is no strategy to choose and no automatic
 * shutdown), DS07 (no extra arguments: a child carries its own), DS14 (no init of the user's own)
 * and DS15 (no change of code). DS17 asks for nothing.
 */
@ExtendWith(OstlerExtension.class)
class DynamicSupervisorTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final Family family = new Family();
  private ManualClock clock;
  private DynamicSupervisor supervisor;

  @BeforeEach
  void start() {
    clock = ManualClock.install();
    supervisor = DynamicSupervisor.of().maxChildren(3).start();
  }

  private Pid startChild(String id) {
    return supervisor.startChild(family.child(id)).pid();
  }

  /** Starts a child, and lets it wait to be restarted; the process it had. */
  private Pid restarting(String id) {
    var child = family.child(id).backoff(Backoff.doubling(SECOND, SECOND));
    var pid = supervisor.startChild(child).pid();
    Family.kill(pid);
    return pid;
  }

  @Nested
  class A_new_child {

    // DS01, DS03
    @Test
    void with_an_invalid_spec_is_refused_without_the_supervisor() {
      var significant = family.child("a").restart(Restart.TRANSIENT).significant();
      supervisor.stop(); // so that a request would fail otherwise
      assertThatIllegalArgumentException()
          .isThrownBy(() -> supervisor.startChild(significant))
          .withMessageContaining("a is significant");
    }

    // DS02
    @Test
    void may_have_the_id_of_another() {
      var pids = List.of(startChild("a"), startChild("a"), startChild("a"));
      assertThat(supervisor.children())
          .containsExactlyElementsOf(
              pids.stream().map(pid -> new ChildInfo(pid, false, ChildSpec.Kind.WORKER)).toList());
    }

    // DS04
    @Test
    void is_one_too_many_if_as_many_live_as_may() {
      startChild("a");
      startChild("b");
      var c = startChild("c");
      family.log();
      assertThatExceptionOfType(StartException.TooManyChildren.class)
          .isThrownBy(() -> startChild("d"));
      assertThat(family.log()).isEmpty();
      supervisor.terminateChild(c);
      assertThat(startChild("d").isAlive()).isTrue();
    }

    // DS04
    @Test
    void is_one_too_many_even_if_others_are_being_restarted() {
      restarting("a");
      restarting("b");
      restarting("c");
      assertThat(supervisor.count().active()).isZero();
      assertThatExceptionOfType(StartException.TooManyChildren.class)
          .isThrownBy(() -> startChild("d"));
    }

    // DS05
    @Test
    void is_what_its_starter_made_of_it() {
      var server = family.child("a").startLink();
      assertThat(
              supervisor.startChild(
                  ChildSpec.of("a", () -> new ChildSpec.Started<>(server.pid(), "the handle"))))
          .isEqualTo("the handle");
      assertThat(supervisor.children()).extracting(ChildInfo::pid).containsExactly(server.pid());
    }

    // DS05
    @Test
    void that_chose_not_to_start_is_not_kept() {
      family.plan("a", Init::ignore);
      assertThatExceptionOfType(StartException.Ignored.class).isThrownBy(() -> startChild("a"));
      assertThat(supervisor.children()).isEmpty();
    }

    // DS05
    @Test
    void that_refused_to_start_says_why() {
      family.planFailures("a", 1);
      assertThat(catchThrowableOfType(StartException.Failed.class, () -> startChild("a")).reason())
          .isEqualTo(ExitReason.of("no a"));
      assertThat(supervisor.children()).isEmpty();
    }

    // DS06
    @Test
    void may_throw_anything_and_the_supervisor_survives() {
      for (Throwable thrown :
          List.of(
              new IllegalStateException("a"),
              new AssertionError("a"),
              new StackOverflowError("a"),
              new IOException("a"))) {
        var failed =
            catchThrowableOfType(
                StartException.Failed.class,
                () -> supervisor.startChild(Supervisions.throwing("a", thrown)));
        assertThat(failed.reason()).isEqualTo(new ExitReason.Crash(thrown));
      }
      assertThat(supervisor.count().specs()).isZero();
    }

    // DS06
    @Test
    void may_exit_and_the_supervisor_survives() {
      ChildSpec<Object> exits =
          ChildSpec.of(
              "a",
              () -> {
                Self.exit(ExitReason.of("enough"));
                throw new AssertionError();
              });
      assertThat(
              catchThrowableOfType(StartException.Failed.class, () -> supervisor.startChild(exits))
                  .reason())
          .isEqualTo(ExitReason.of("enough"));
      assertThat(supervisor.count().specs()).isZero();
    }
  }

  @Nested
  class A_child_that_is_stopped {

    // DS08
    @Test
    void has_ended_when_it_is_back() {
      var a = startChild("a");
      var ref = Self.monitor(a);
      supervisor.terminateChild(a);
      assertThat(a.isAlive()).isFalse();
      assertThat(Deaths.await(ref)).isEqualTo(ExitReason.SHUTDOWN);
      assertThat(supervisor.children()).isEmpty();
      assertThat(family.log()).containsExactly("+a", "-a");
    }

    // DS08
    @Test
    void must_be_a_child() {
      var a = startChild("a");
      supervisor.terminateChild(a);
      for (Pid stranger : List.of(a, Self.pid(), supervisor.pid())) {
        assertThatExceptionOfType(ChildException.NotFound.class)
            .isThrownBy(() -> supervisor.terminateChild(stranger))
            .withMessageContaining(stranger.toString());
      }
    }

    // DS08
    @Test
    void is_known_by_its_old_process_while_it_is_being_restarted() {
      var a = restarting("a");
      assertThat(supervisor.children())
          .containsExactly(new ChildInfo(a, true, ChildSpec.Kind.WORKER));
      supervisor.terminateChild(a);
      family.log();
      clock.advance(SECOND.multipliedBy(10));
      assertThat(supervisor.children()).isEmpty();
      assertThat(family.log()).isEmpty();
    }
  }

  @Nested
  class Its_end {

    // DS12: each waits until all have been told.
    @Test
    void is_told_to_all_children_at_once() {
      var told = new CountDownLatch(3);
      for (int i = 0; i < 3; i++) {
        supervisor.startChild(
            Supervisions.lingering(
                () -> {
                  told.countDown();
                  told.await();
                }));
      }
      supervisor.stop();
      assertThat(told.getCount()).isZero();
    }

    // DS12: who has all the time there is may wait for one that has not.
    @Test
    void comes_to_stragglers_while_others_take_their_time() throws Exception {
      var many = DynamicSupervisor.of().start();
      var gone = new CountDownLatch(1);
      var patient = Supervisions.lingering(gone::await).shutdown(Shutdown.INFINITY);
      var straggler =
          Supervisions.lingering(() -> new CountDownLatch(1).await())
              .shutdown(Shutdown.after(Duration.ofMillis(5)));
      var all = new ArrayList<Pid>();
      all.add(many.startChild(patient).pid());
      all.add(many.startChild(straggler).pid());
      all.add(many.startChild(patient).pid());
      all.add(many.startChild(patient).pid());
      var ref = Self.monitor(all.get(1));
      try (var reports = new Reports()) {
        var stopper = Self.spawnMonitor(many::stop);
        assertThat(Deaths.await(ref)).isEqualTo(ExitReason.KILLED);
        gone.countDown();
        assertThat(Deaths.await(stopper.ref())).isEqualTo(ExitReason.NORMAL);
        assertThat(Supervisions.about(reports, many.pid()))
            .singleElement()
            .satisfies(
                report -> {
                  assertThat(report.kind()).isEqualTo(Kind.SHUTDOWN_FAILED);
                  assertThat(report.childPid()).contains(all.get(1));
                  assertThat(report.reason()).isEqualTo(ExitReason.KILLED);
                });
      }
      assertThat(all).noneMatch(Pid::isAlive);
    }

    // DS12
    @Test
    void is_the_end_of_children_that_are_being_restarted() {
      restarting("a");
      supervisor.stop();
      family.log();
      clock.advance(SECOND.multipliedBy(10));
      assertThat(family.log()).isEmpty();
    }
  }

  // DS13
  @Test
  void counts_those_being_restarted_as_not_active() {
    startChild("a");
    restarting("b");
    supervisor.startChild(Supervisor.of(Strategy.ONE_FOR_ONE));
    assertThat(supervisor.count()).isEqualTo(new Supervisor.Count(3, 2, 1, 2));
  }

  // DS03, DS14
  @Test
  void refuses_flags_that_make_no_sense() {
    assertThatIllegalArgumentException().isThrownBy(() -> DynamicSupervisor.of().maxChildren(-1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DynamicSupervisor.of().intensity(-1, SECOND));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DynamicSupervisor.of().intensity(1, Duration.ZERO));
  }

  // DS16
  @Test
  void is_called_by_its_name_so_that_many_can_have_one_parent() {
    Name<DynamicSupervisor> name = Name.unique("pool");
    var parent =
        Supervisor.of(Strategy.ONE_FOR_ONE)
            .child(DynamicSupervisor.of().named(name))
            .child(DynamicSupervisor.of().named(Name.unique("pool")))
            .child(DynamicSupervisor.of())
            .child(DynamicSupervisor.of())
            .start();
    assertThat(parent.children()).hasSize(4);
    assertThat(Family.pid(parent, name)).isEqualTo(name.pid());
    assertThat(DynamicSupervisor.at(name).count().specs()).isZero();
  }
}
