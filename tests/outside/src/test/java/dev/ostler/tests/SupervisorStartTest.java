package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.ostler.AutoShutdown;
import dev.ostler.ChildSpec;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Name;
import dev.ostler.Processes;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.Shutdown;
import dev.ostler.StartException;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.SupervisorReport;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.junit.Supervised;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * How a supervisor starts, and what it is started with.
 *
 * <p>The types leave no way to break these: 1.10 S05 (a supervisor has no init of the user's own),
 * 1.10 S09 (only a {@code Child} is a child, and {@code spec} its spec), and of 1.10 S06 and S07
 * all that is not a value of its type. A starter cannot return junk (1.10 S04), only null.
 */
@ExtendWith(OstlerExtension.class)
class SupervisorStartTest {
  private final Family family = new Family();

  private Supervisor.Spec abc() {
    return Supervisor.of(Strategy.ONE_FOR_ONE)
        .child(family.child("a"))
        .child(family.child("b"))
        .child(family.child("c"));
  }

  private static ExitReason failedToStart(Object child, ExitReason reason) {
    return ExitReason.shutdown(new Supervisor.FailedToStartChild(child, reason));
  }

  private static ExitReason refusal(Supervisor.Spec spec) {
    return catchThrowableOfType(StartException.Failed.class, spec::start).reason();
  }

  @Nested
  class Its_start {

    // 1.10 S01
    @Test
    void starts_the_children_in_order_and_returns_after_the_last(Supervised supervised) {
      var supervisor = supervised.start(abc());
      assertThat(family.log()).containsExactly("+a", "+b", "+c");
      assertThat(Processes.info(supervisor.pid()).orElseThrow().trapsExits()).isTrue();
    }

    // 1.10 S01
    @Test
    void waits_for_a_child_to_have_begun_before_it_starts_the_next(Supervised supervised) {
      family.plan(
          "a",
          () -> {
            assertThat(family.log()).containsExactly("+a");
            return Init.ok(List.of());
          });
      supervised.start(abc());
      assertThat(family.log()).containsExactly("+b", "+c");
    }

    // 1.10 S01
    @Test
    void links_it_to_its_children() {
      var supervisor = abc().start();
      assertThat(Processes.info(supervisor.pid()).orElseThrow().links())
          .containsExactlyInAnyOrderElementsOf(Family.pids(supervisor).values());
    }

    // 1.10 S02
    @Test
    void keeps_the_spec_of_a_child_that_chose_not_to_start(Supervised supervised) {
      family.plan("b", Init::ignore);
      var supervisor = supervised.start(abc());
      assertThat(family.log()).containsExactly("+a", "+b", "+c");
      assertThat(supervisor.children())
          .contains(new Supervisor.ChildInfo("b", Optional.empty(), false, ChildSpec.Kind.WORKER));
      assertThat(Family.pids(supervisor)).containsOnlyKeys("a", "c");
    }

    // 1.10 S02
    @Test
    void forgets_a_temporary_child_that_chose_not_to_start(Supervised supervised) {
      family.plan("a", Init::ignore);
      var supervisor =
          supervised.start(
              Supervisor.of(Strategy.ONE_FOR_ONE)
                  .child(family.child("a").restart(Restart.TEMPORARY)));
      assertThat(supervisor.children()).isEmpty();
    }
  }

  @Nested
  class A_child_that_does_not_start {

    // 1.10 S03
    @Test
    void ends_the_supervisor_after_those_that_did() {
      family.plan("c", () -> PuppetServer.stop(ExitReason.of("no")));
      var spec = abc().child(family.child("d"));
      assertThat(refusal(spec)).isEqualTo(failedToStart("c", ExitReason.of("no")));
      assertThat(family.log()).containsExactly("+a", "+b", "+c", "-b", "-a");
    }

    // 1.10 S03
    @Test
    void is_reported_and_the_name_is_free() {
      Name<Supervisor> name = Name.unique("supervisor");
      family.planFailures("a", 1);
      try (var reports = new Reports()) {
        var spec = Supervisor.of(Strategy.ONE_FOR_ONE).child(Supervisions.tell(family.child("a")));
        refusal(spec.named(name));
        var supervisor = Self.receive(Supervisions.Started.class).by();
        assertThat(Supervisions.about(reports, supervisor))
            .extracting(SupervisorReport::kind, SupervisorReport::child)
            .containsExactly(tuple(SupervisorReport.Kind.START_FAILED, "a"));
        assertThat(supervisor.isAlive()).isFalse();
      }
      assertThat(name.whereis()).isEmpty();
    }

    // 1.10 S03
    @Test
    void ends_a_linked_starter_that_does_not_trap_exits() {
      family.planFailures("a", 1);
      var spec = Supervisor.of(Strategy.ONE_FOR_ONE).child(family.child("a"));
      assertThat(Deaths.of(spec::startLink)).isEqualTo(failedToStart("a", ExitReason.of("no a")));
    }

    // 1.10 S03
    @Test
    void is_told_to_a_linked_starter_that_traps_exits() {
      Self.trapExits(true);
      family.planFailures("a", 1);
      var spec = Supervisor.of(Strategy.ONE_FOR_ONE).child(family.child("a"));
      assertThat(catchThrowableOfType(StartException.Failed.class, spec::startLink).reason())
          .isEqualTo(failedToStart("a", ExitReason.of("no a")));
    }

    // 1.10 S04
    @Test
    void may_have_thrown_anything() {
      for (Throwable thrown :
          List.of(new IllegalStateException("a"), new AssertionError("a"), new IOException("a"))) {
        var spec =
            Supervisor.of(Strategy.ONE_FOR_ONE)
                .child(family.child("a"))
                .child(Supervisions.throwing("b", thrown));
        assertThat(refusal(spec)).isEqualTo(failedToStart("b", new ExitReason.Crash(thrown)));
        assertThat(family.log()).containsExactly("+a", "-a");
      }
    }

    // 1.10 S04
    @Test
    void may_have_exited() {
      ChildSpec<Object> exits =
          ChildSpec.of(
              "b",
              () -> {
                Self.exit(ExitReason.of("enough"));
                throw new AssertionError();
              });
      var spec = Supervisor.of(Strategy.ONE_FOR_ONE).child(family.child("a")).child(exits);
      assertThat(refusal(spec)).isEqualTo(failedToStart("b", ExitReason.of("enough")));
      assertThat(family.log()).containsExactly("+a", "-a");
    }

    @Test
    void may_have_said_why_it_did_not_start() {
      ChildSpec<Object> fails =
          ChildSpec.of(
              "b",
              () -> {
                throw StartException.failed("b", ExitReason.of("no money"));
              });
      var spec = Supervisor.of(Strategy.ONE_FOR_ONE).child(family.child("a")).child(fails);
      assertThat(refusal(spec)).isEqualTo(failedToStart("b", ExitReason.of("no money")));
      assertThat(family.log()).containsExactly("+a", "-a");
    }

    @Test
    void may_have_chosen_not_to_start() {
      ChildSpec<Object> ignores =
          ChildSpec.of(
              "b",
              () -> {
                throw StartException.ignored("b");
              });
      var supervisor =
          Supervisor.of(Strategy.ONE_FOR_ONE).child(ignores).child(family.child("a")).start();
      assertThat(supervisor.count()).isEqualTo(new Supervisor.Count(2, 1, 0, 2));
    }

    // 1.10 S04
    @Test
    @SuppressWarnings("NullAway")
    void may_have_returned_null() {
      ChildSpec<Object> nothing = ChildSpec.of("b", () -> null);
      var reason = refusal(Supervisor.of(Strategy.ONE_FOR_ONE).child(nothing)).toString();
      assertThat(reason).contains("b", "NullPointerException", "what the starter returned");
    }
  }

  @Nested
  class Its_spec {

    // 1.10 S06
    @Test
    void refuses_an_intensity_that_makes_no_sense() {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> abc().intensity(-1, Duration.ofSeconds(5)))
          .withMessageContaining("-1");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> abc().intensity(1, Duration.ofMillis(999)))
          .withMessageContaining("PT0.999S");
    }

    // 1.10 S06
    @Test
    @SuppressWarnings("NullAway")
    void refuses_to_do_without_a_strategy() {
      assertThatNullPointerException()
          .isThrownBy(() -> Supervisor.of(null))
          .withMessageContaining("strategy");
    }

    // 1.10 S07
    @Test
    void refuses_two_children_with_one_id() {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> abc().child(family.child("b")))
          .withMessageContaining("b already");
    }

    // 1.10 S07
    @Test
    void refuses_a_significant_child_that_is_permanent() {
      var spec = abc().autoShutdown(AutoShutdown.ANY_SIGNIFICANT);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> spec.child(family.child("d").significant()))
          .withMessageContaining("permanent");
    }

    // 1.10 S07
    @ParameterizedTest
    @EnumSource(names = {"TRANSIENT", "TEMPORARY"})
    void refuses_a_significant_child_of_a_supervisor_that_never_shuts_down(Restart restart) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> abc().child(family.child("d").restart(restart).significant()))
          .withMessageContaining("d is significant");
    }

    // 1.10 S08: that it tolerates 3 restarts in 5 s is in SupervisorIntensityTest.
    @Test
    void has_defaults() {
      var worker = GenServer.of(PuppetServer::new).spec();
      assertThat(worker.restart()).isEqualTo(Restart.PERMANENT);
      assertThat(worker.kind()).isEqualTo(ChildSpec.Kind.WORKER);
      assertThat(worker.shutdown()).isEqualTo(Shutdown.after(Duration.ofSeconds(5)));
      assertThat(worker.significant()).isFalse();
      assertThat(worker.backoff()).isEmpty();
      var supervisor = abc().spec();
      assertThat(supervisor.restart()).isEqualTo(Restart.PERMANENT);
      assertThat(supervisor.kind()).isEqualTo(ChildSpec.Kind.SUPERVISOR);
      assertThat(supervisor.shutdown()).isEqualTo(Shutdown.INFINITY);
      assertThat(supervisor.significant()).isFalse();
    }

    // 1.10 S08
    @Test
    void is_that_of_any_process_too() {
      var process = Processes.of(() -> Self.receive()).spec();
      assertThat(process.restart()).isEqualTo(Restart.PERMANENT);
      assertThat(process.kind()).isEqualTo(ChildSpec.Kind.WORKER);
      assertThat(process.shutdown()).isEqualTo(Shutdown.DEFAULT);
    }

    // 1.10 S10
    @Test
    void of_a_child_can_be_changed_in_all_but_how_it_starts() {
      var before = family.child("a").spec();
      var after =
          before
              .id("z")
              .restart(Restart.TRANSIENT)
              .shutdown(Shutdown.BRUTAL_KILL)
              .kind(ChildSpec.Kind.SUPERVISOR)
              .significant(true);
      assertThat(after)
          .isEqualTo(
              new ChildSpec<>(
                  "z",
                  before.starter(),
                  Restart.TRANSIENT,
                  Shutdown.BRUTAL_KILL,
                  ChildSpec.Kind.SUPERVISOR,
                  true,
                  Optional.empty()));
    }
  }
}
