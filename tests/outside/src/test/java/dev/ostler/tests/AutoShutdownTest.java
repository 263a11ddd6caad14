package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.AutoShutdown;
import dev.ostler.ExitReason;
import dev.ostler.MonitorRef;
import dev.ostler.Name;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A supervisor that ends when its significant children have. */
@ExtendWith(OstlerExtension.class)
class AutoShutdownTest {
  private final Family family = new Family();

  private ServerChild<PuppetServer, ServerRef<PuppetServer>> significant(
      String id, Restart restart) {
    return family.child(id).restart(restart).significant();
  }

  /** Of a plain child p, and of the significant children s and t. */
  private Supervisor start(AutoShutdown when, Strategy strategy, Restart restart) {
    var supervisor =
        Supervisor.of(strategy)
            .autoShutdown(when)
            .intensity(100, Duration.ofMinutes(1))
            .child(family.child("p"))
            .child(significant("s", restart))
            .child(significant("t", restart))
            .child(family.child("q"))
            .start();
    family.log();
    return supervisor;
  }

  private static void assertEnds(MonitorRef supervisor) {
    assertThat(Deaths.await(supervisor)).isEqualTo(ExitReason.SHUTDOWN);
  }

  // 1.10 S41
  @Test
  void comes_with_any_significant_transient_child_that_ends_cleanly() {
    for (ExitReason clean :
        new ExitReason[] {ExitReason.NORMAL, ExitReason.SHUTDOWN, ExitReason.shutdown("done")}) {
      var supervisor = start(AutoShutdown.ANY_SIGNIFICANT, Strategy.ONE_FOR_ONE, Restart.TRANSIENT);
      var ref = Self.monitor(supervisor.pid());
      Family.end(supervisor, "s", clean);
      assertEnds(ref);
      assertThat(family.log()).hasSize(4).endsWith("-q", "-t", "-p");
    }
  }

  // 1.10 S41
  @ParameterizedTest
  @MethodSource("dev.ostler.tests.Deaths#reasonsButKill")
  void comes_with_any_significant_temporary_child_that_ends(ExitReason reason) {
    var supervisor = start(AutoShutdown.ANY_SIGNIFICANT, Strategy.ONE_FOR_ONE, Restart.TEMPORARY);
    var ref = Self.monitor(supervisor.pid());
    Family.end(supervisor, "t", reason);
    assertEnds(ref);
    assertThat(family.log()).hasSize(4).endsWith("-q", "-s", "-p");
  }

  // 1.10 S42
  @ParameterizedTest
  @EnumSource(names = {"TRANSIENT", "TEMPORARY"})
  void comes_with_the_last_significant_child_only(Restart restart) {
    var supervisor = start(AutoShutdown.ALL_SIGNIFICANT, Strategy.ONE_FOR_ONE, restart);
    var ref = Self.monitor(supervisor.pid());
    Family.end(supervisor, "s", ExitReason.NORMAL);
    assertThat(supervisor.count().active()).isEqualTo(3);
    Family.end(supervisor, "t", ExitReason.NORMAL);
    assertEnds(ref);
    assertThat(family.log()).endsWith("-q", "-p");
  }

  // 1.10 S42: one that was stopped is no longer waited for.
  @Test
  void comes_with_the_last_that_was_not_stopped() {
    var supervisor = start(AutoShutdown.ALL_SIGNIFICANT, Strategy.ONE_FOR_ONE, Restart.TRANSIENT);
    var ref = Self.monitor(supervisor.pid());
    supervisor.terminateChild("s");
    assertThat(supervisor.count().active()).isEqualTo(3);
    Family.end(supervisor, "t", ExitReason.NORMAL);
    assertEnds(ref);
  }

  // 1.10 S41, 1.10 S42
  @ParameterizedTest
  @EnumSource
  void does_not_come_with_a_child_that_is_not_significant(AutoShutdown when) {
    var supervisor = Supervisor.of(Strategy.ONE_FOR_ONE).autoShutdown(when).start();
    supervisor.startChild(family.child("a").restart(Restart.TEMPORARY));
    Family.end(supervisor, "a", ExitReason.NORMAL);
    assertThat(supervisor.count().specs()).isZero();
  }

  // 1.10 S43
  @ParameterizedTest
  @EnumSource(names = "NEVER", mode = EnumSource.Mode.EXCLUDE)
  void does_not_come_with_a_significant_child_that_is_restarted(AutoShutdown when) {
    var supervisor = start(when, Strategy.ONE_FOR_ONE, Restart.TRANSIENT);
    Family.kill(supervisor, "s");
    Family.kill(supervisor, "t");
    assertThat(supervisor.count().active()).isEqualTo(4);
  }

  // 1.10 S43
  @ParameterizedTest
  @EnumSource(names = "NEVER", mode = EnumSource.Mode.EXCLUDE)
  void does_not_come_with_a_significant_child_that_is_stopped_for_a_sibling(AutoShutdown when) {
    var supervisor = start(when, Strategy.ONE_FOR_ALL, Restart.TEMPORARY);
    Family.kill(supervisor, "p");
    assertThat(supervisor.count()).isEqualTo(new Supervisor.Count(2, 2, 0, 2));
    assertThat(family.log()).containsExactly("-q", "-t", "-s", "+p", "+q");
  }

  // 1.10 S43
  @ParameterizedTest
  @EnumSource(names = "NEVER", mode = EnumSource.Mode.EXCLUDE)
  void does_not_come_with_significant_children_that_are_stopped(AutoShutdown when) {
    var supervisor = start(when, Strategy.ONE_FOR_ONE, Restart.TRANSIENT);
    supervisor.terminateChild("s");
    supervisor.terminateChild("t");
    assertThat(supervisor.count().active()).isEqualTo(2);
  }

  // 1.10 S44
  @Test
  void goes_up_a_tree_of_significant_supervisors() {
    Name<Supervisor> name = Name.unique("inner");
    var inner =
        Supervisor.of(Strategy.ONE_FOR_ONE)
            .autoShutdown(AutoShutdown.ANY_SIGNIFICANT)
            .child(significant("s", Restart.TRANSIENT))
            .named(name)
            .restart(Restart.TRANSIENT)
            .significant();
    var outer =
        Supervisor.of(Strategy.ONE_FOR_ONE)
            .autoShutdown(AutoShutdown.ANY_SIGNIFICANT)
            .child(family.child("p"))
            .child(inner)
            .start();
    var ref = Self.monitor(outer.pid());
    Family.kill(name.pid()); // it is restarted, so the outer one goes on
    assertThat(outer.count().active()).isEqualTo(2);
    family.log();
    Family.end(Supervisor.at(name), "s", ExitReason.NORMAL);
    assertEnds(ref);
    assertThat(family.log()).containsExactly("-s normal", "-p");
  }

  // M13
  @Test
  void cannot_be_ruled_out_for_a_supervisor_with_a_significant_child() {
    var spec =
        Supervisor.of(Strategy.ONE_FOR_ONE)
            .autoShutdown(AutoShutdown.ANY_SIGNIFICANT)
            .child(significant("s", Restart.TRANSIENT));
    assertThatThrownBy(() -> spec.autoShutdown(AutoShutdown.NEVER))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the child s is significant");
    var changed = spec.autoShutdown(AutoShutdown.ALL_SIGNIFICANT).start();
    assertThat(changed.count().active()).isEqualTo(1);
  }
}
