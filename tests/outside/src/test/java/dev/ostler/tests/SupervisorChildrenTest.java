package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ostler.AutoShutdown;
import dev.ostler.Backoff;
import dev.ostler.ChildException;
import dev.ostler.ChildSpec;
import dev.ostler.ExitReason;
import dev.ostler.Init;
import dev.ostler.ManualClock;
import dev.ostler.Name;
import dev.ostler.Processes;
import dev.ostler.Restart;
import dev.ostler.ServerRef;
import dev.ostler.StartException;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.Supervisor.ChildInfo;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Children that are added, stopped, started again and forgotten while their supervisor runs. */
@ExtendWith(OstlerExtension.class)
class SupervisorChildrenTest {
  private final Family family = new Family();
  private Supervisor supervisor;

  @BeforeEach
  void start() {
    ManualClock.install();
    supervisor =
        Supervisor.of(Strategy.ONE_FOR_ONE)
            .autoShutdown(AutoShutdown.ANY_SIGNIFICANT)
            .child(family.child("a"))
            .child(family.child("b"))
            .start();
    family.log();
  }

  /** Adds a child and leaves it waiting to be restarted. */
  private void restarting(String id) {
    var second = Duration.ofSeconds(1);
    supervisor.startChild(family.child(id).backoff(Backoff.doubling(second, second)));
    Family.kill(supervisor, id);
    assertThat(supervisor.children().getFirst())
        .isEqualTo(new ChildInfo(id, Optional.empty(), true, ChildSpec.Kind.WORKER));
    family.log();
  }

  @Nested
  class One_more_child {

    // 1.10 S11
    @Test
    void comes_last() {
      ServerRef<PuppetServer> c = supervisor.startChild(family.child("c"));
      assertThat(supervisor.children()).extracting(ChildInfo::id).containsExactly("c", "b", "a");
      assertThat(c.pid()).isEqualTo(Family.pid(supervisor, "c"));
      family.log();
      supervisor.stop();
      assertThat(family.log()).containsExactly("-c", "-b", "-a");
    }

    // 1.10 S11
    @Test
    void with_the_id_of_one_that_runs_is_refused() {
      var refusal =
          catchThrowableOfType(
              StartException.AlreadyStarted.class, () -> supervisor.startChild(family.child("a")));
      assertThat(refusal.pid()).isEqualTo(Family.pid(supervisor, "a"));
      assertThat(family.log()).isEmpty();
    }

    // 1.10 S11
    @Test
    void with_the_id_of_one_that_does_not_run_is_refused() {
      supervisor.terminateChild("a");
      assertThatExceptionOfType(StartException.AlreadyPresent.class)
          .isThrownBy(() -> supervisor.startChild(family.child("a")))
          .withMessageContaining("a ");
    }

    // 1.10 S11
    @Test
    void with_the_id_of_one_being_restarted_is_refused() {
      restarting("c");
      assertThatExceptionOfType(StartException.AlreadyPresent.class)
          .isThrownBy(() -> supervisor.startChild(family.child("c")));
    }

    // 1.10 S12
    @Test
    void with_an_invalid_spec_is_refused() {
      var plain = Supervisor.of(Strategy.ONE_FOR_ONE).start();
      var significant = family.child("c").restart(Restart.TRANSIENT).significant();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> plain.startChild(significant))
          .withMessageContaining("significant");
      assertThat(plain.children()).isEmpty();
      assertThat(family.log()).isEmpty();
    }

    // 1.10 S12
    @Test
    void that_does_not_start_is_forgotten() {
      family.planFailures("c", 1);
      var failed =
          catchThrowableOfType(
              StartException.Failed.class, () -> supervisor.startChild(family.child("c")));
      assertThat(failed.reason()).isEqualTo(ExitReason.of("no c"));
      assertThat(supervisor.childSpec("c")).isEmpty();
      assertThat(supervisor.startChild(family.child("c")).whereis()).isPresent();
    }

    // 1.10 S12
    @Test
    void whose_starter_throws_is_forgotten() {
      for (var thrown : List.of(new IllegalStateException("c"), new AssertionError("c"))) {
        var failed =
            catchThrowableOfType(
                StartException.Failed.class,
                () -> supervisor.startChild(Supervisions.throwing("c", thrown)));
        assertThat(failed.reason()).isEqualTo(new ExitReason.Crash(thrown));
      }
      assertThat(supervisor.children()).hasSize(2);
    }

    // 1.10 S12
    @Test
    void whose_name_is_taken_says_by_whom() {
      Name<PuppetServer> name = Name.unique("taken");
      var holder = family.child("holder").named(name).start();
      var refusal =
          catchThrowableOfType(
              StartException.AlreadyStarted.class,
              () -> supervisor.startChild(family.child("c").named(name)));
      assertThat(refusal.pid()).isEqualTo(holder.pid());
      assertThat(supervisor.childSpec("c")).isEmpty();
    }

    // 1.10 S12
    @Test
    void that_chose_not_to_start_is_kept_unless_temporary() {
      family.plan("c", Init::ignore);
      family.plan("d", Init::ignore);
      assertThatExceptionOfType(StartException.Ignored.class)
          .isThrownBy(() -> supervisor.startChild(family.child("c")));
      assertThatExceptionOfType(StartException.Ignored.class)
          .isThrownBy(() -> supervisor.startChild(family.child("d").restart(Restart.TEMPORARY)));
      assertThat(supervisor.children()).extracting(ChildInfo::id).containsExactly("c", "b", "a");
      assertThat(Family.pids(supervisor)).containsOnlyKeys("a", "b");
    }
  }

  @Nested
  class A_child_started_again {

    // 1.10 S13
    @Test
    void runs_in_its_old_place() {
      supervisor.terminateChild("a");
      assertThat(supervisor.restartChild("a")).contains(Family.pid(supervisor, "a"));
      assertThat(supervisor.children()).extracting(ChildInfo::id).containsExactly("b", "a");
    }

    // 1.10 S13
    @Test
    void may_choose_not_to_start() {
      supervisor.terminateChild("a");
      family.plan("a", Init::ignore);
      assertThat(supervisor.restartChild("a")).isEmpty();
      assertThat(supervisor.childSpec("a")).isPresent();
    }

    // 1.10 S13
    @Test
    void by_its_spec_gives_the_reference_to_it() {
      ChildSpec<ServerRef<PuppetServer>> c = family.child("c").spec();
      supervisor.startChild(c);
      supervisor.terminateChild("c");
      ServerRef<PuppetServer> again = supervisor.restartChild(c);
      assertThat(again.pid()).isEqualTo(Family.pid(supervisor, "c"));
    }

    // 1.10 S13
    @Test
    void by_its_spec_may_choose_not_to_start() {
      var c = family.child("c").spec();
      supervisor.startChild(c);
      supervisor.terminateChild("c");
      family.plan("c", Init::ignore);
      assertThatExceptionOfType(StartException.Ignored.class)
          .isThrownBy(() -> supervisor.restartChild(c));
      assertThat(supervisor.childSpec("c")).isPresent();
    }

    // 1.10 S13
    @Test
    void by_the_spec_of_another_with_its_id_is_refused() {
      supervisor.terminateChild("a");
      assertThatExceptionOfType(ChildException.NotFound.class)
          .isThrownBy(() -> supervisor.restartChild(family.child("a").spec()));
      assertThat(supervisor.restartChild("a")).isPresent();
    }

    // 1.10 S13
    @Test
    void by_its_spec_is_refused_if_it_runs() {
      var c = family.child("c").spec();
      supervisor.startChild(c);
      assertThatExceptionOfType(ChildException.Running.class)
          .isThrownBy(() -> supervisor.restartChild(c));
    }

    // 1.10 S13
    @Test
    void is_refused_if_it_runs_or_is_restarting_or_is_unknown() {
      restarting("c");
      assertThatExceptionOfType(ChildException.Running.class)
          .isThrownBy(() -> supervisor.restartChild("a"));
      assertThatExceptionOfType(ChildException.Restarting.class)
          .isThrownBy(() -> supervisor.restartChild("c"));
      assertThatExceptionOfType(ChildException.NotFound.class)
          .isThrownBy(() -> supervisor.restartChild("z"));
    }

    // 1.10 S13
    @Test
    void is_kept_if_it_does_not_start() {
      supervisor.terminateChild("a");
      family.planFailures("a", 1);
      var failed =
          catchThrowableOfType(StartException.Failed.class, () -> supervisor.restartChild("a"));
      assertThat(failed.reason()).isEqualTo(ExitReason.of("no a"));
      assertThat(supervisor.children().getLast())
          .isEqualTo(new ChildInfo("a", Optional.empty(), false, ChildSpec.Kind.WORKER));
      assertThat(supervisor.restartChild("a")).isPresent();
    }
  }

  @Nested
  class A_child_forgotten {

    // 1.10 S14
    @Test
    void is_gone() {
      supervisor.terminateChild("a");
      supervisor.deleteChild("a");
      assertThat(supervisor.children()).extracting(ChildInfo::id).containsExactly("b");
      assertThat(supervisor.childSpec("a")).isEmpty();
    }

    // 1.10 S14
    @Test
    void is_refused_if_it_runs_or_is_restarting_or_is_unknown() {
      restarting("c");
      assertThatExceptionOfType(ChildException.Running.class)
          .isThrownBy(() -> supervisor.deleteChild("a"));
      assertThatExceptionOfType(ChildException.Restarting.class)
          .isThrownBy(() -> supervisor.deleteChild("c"));
      assertThatExceptionOfType(ChildException.NotFound.class)
          .isThrownBy(() -> supervisor.deleteChild("z"));
      assertThat(supervisor.children()).hasSize(3);
    }
  }

  @Nested
  class A_child_stopped {

    // 1.10 S15
    @Test
    void has_ended_and_its_spec_stays() {
      var pid = Family.pid(supervisor, "a");
      supervisor.terminateChild("a");
      assertThat(pid.isAlive()).isFalse();
      assertThat(family.log()).containsExactly("-a"); // and no +a: it is not restarted
      assertThat(supervisor.childSpec("a")).isPresent();
      supervisor.terminateChild("a");
      assertThat(family.log()).isEmpty();
    }

    // 1.10 S15
    @Test
    void is_forgotten_if_it_is_temporary() {
      supervisor.startChild(family.child("c").restart(Restart.TEMPORARY));
      supervisor.terminateChild("c");
      assertThat(supervisor.childSpec("c")).isEmpty();
    }

    // 1.10 S15
    @Test
    void must_be_known() {
      assertThatExceptionOfType(ChildException.NotFound.class)
          .isThrownBy(() -> supervisor.terminateChild("z"))
          .withMessageContaining("z");
    }

    // 1.10 S15
    @Test
    void is_not_restarted_even_if_it_was_about_to_be() {
      var clock = ManualClock.install();
      supervisor = Supervisor.of(Strategy.ONE_FOR_ONE).start();
      restarting("c");
      supervisor.terminateChild("c");
      clock.advance(Duration.ofMinutes(1));
      assertThat(supervisor.children())
          .containsExactly(new ChildInfo("c", Optional.empty(), false, ChildSpec.Kind.WORKER));
      assertThat(family.log()).isEmpty();
    }

    // 1.10 S15, 1.10 S43
    @Test
    void does_not_end_its_supervisor_even_if_it_is_significant() {
      supervisor.startChild(family.child("c").restart(Restart.TRANSIENT).significant());
      supervisor.terminateChild("c");
      assertThat(supervisor.count().specs()).isEqualTo(3);
    }
  }

  // 1.10 S16
  @Test
  void requests_are_served_one_after_the_other_however_long_it_takes() throws Exception {
    var clock = ManualClock.install();
    var begun = new CountDownLatch(1);
    var let = new CountDownLatch(1);
    family.plan(
        "c",
        () -> {
          begun.countDown();
          let.await();
          return Init.ok(List.of());
        });
    var a = Family.pid(supervisor, "a");
    var first = Puppet.start();
    first.order(() -> supervisor.startChild(family.child("c")));
    begun.await();
    Family.kill(a);
    var second = Puppet.start();
    var asking = new CountDownLatch(1);
    var answer = new CompletableFuture<List<ChildInfo>>();
    second.order(
        () -> {
          asking.countDown();
          answer.complete(supervisor.children());
        });
    asking.await();
    clock.advance(Duration.ofDays(1));
    assertThat(family.log()).containsExactly("+c"); // a is not restarted meanwhile
    assertThat(answer).isNotDone();
    let.countDown();
    assertThat(answer.join()).extracting(ChildInfo::id).containsExactly("c", "b", "a");
    assertThat(family.log()).containsExactly("+a");
  }

  // 1.10 S17
  @Test
  void are_listed_newest_first() {
    var nest = Supervisor.of(Strategy.ONE_FOR_ONE).id("nest");
    var nested = supervisor.startChild(nest);
    supervisor.terminateChild("a");
    assertThat(supervisor.children())
        .containsExactly(
            new ChildInfo("nest", Optional.of(nested.pid()), false, ChildSpec.Kind.SUPERVISOR),
            new ChildInfo(
                "b", Optional.of(Family.pid(supervisor, "b")), false, ChildSpec.Kind.WORKER),
            new ChildInfo("a", Optional.empty(), false, ChildSpec.Kind.WORKER));
  }

  // 1.10 S18
  @Test
  void are_counted_dead_or_alive() {
    supervisor.startChild(Supervisor.of(Strategy.ONE_FOR_ONE).id("nest"));
    supervisor.startChild(Supervisor.of(Strategy.ONE_FOR_ONE).id("other nest"));
    restarting("c");
    supervisor.terminateChild("a");
    supervisor.terminateChild("nest");
    assertThat(supervisor.count()).isEqualTo(new Supervisor.Count(5, 2, 2, 3));
  }

  // 1.10 S19
  @Test
  void have_specs_found_by_id_alone() {
    var spec = family.child("c").restart(Restart.TRANSIENT).spec();
    supervisor.startChild(spec);
    assertThat(supervisor.childSpec("c")).contains(spec);
    assertThat(supervisor.childSpec("z")).isEmpty();
    assertThat(supervisor.childSpec(Family.pid(supervisor, "c"))).isEmpty();
  }

  // 1.10 S17
  @Test
  void are_there_for_any_thread() throws Exception {
    assertThat(Outside.ask(supervisor::children)).hasSize(2);
    assertThat(Processes.info(supervisor.pid())).isPresent();
  }
}
