package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.DynamicSupervisor;
import dev.ostler.DynamicSupervisor.ChildInfo;
import dev.ostler.ExitReason;
import dev.ostler.Init;
import dev.ostler.ManualClock;
import dev.ostler.Pid;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.SupervisorReport.Kind;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A child of a dynamic supervisor that ends by itself. */
@ExtendWith(OstlerExtension.class)
class DynamicRestartTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final Family family = new Family();
  private ManualClock clock;
  private DynamicSupervisor supervisor;

  @BeforeEach
  void start() {
    clock = ManualClock.install();
    supervisor = DynamicSupervisor.of().start();
  }

  private Pid startChild(String id) {
    return supervisor.startChild(family.child(id)).pid();
  }

  // DS09
  @ParameterizedTest
  @MethodSource("dev.ostler.tests.Deaths#reasonsButKill")
  void is_restarted_as_its_spec_says(ExitReason reason) {
    for (Restart restart : Restart.values()) {
      var child = supervisor.startChild(family.child("a").restart(restart)).pid();
      Family.end(child, reason);
      boolean again =
          restart == Restart.PERMANENT || (restart == Restart.TRANSIENT && !reason.isClean());
      var left = supervisor.children();
      assertThat(left).hasSize(again ? 1 : 0).noneMatch(ChildInfo::restarting);
      assertThat(left).extracting(ChildInfo::pid).doesNotContain(child);
      left.forEach(each -> supervisor.terminateChild(each.pid()));
    }
  }

  // DS10
  @Test
  void that_chooses_not_to_start_again_is_forgotten() {
    var a = startChild("a");
    family.plan("a", Init::ignore);
    Family.kill(a);
    assertThat(supervisor.children()).isEmpty();
  }

  // DS10
  @Test
  void is_tried_again_while_it_does_not_start() throws Exception {
    var running = new CountDownLatch(1);
    var a = startChild("a");
    family.planFailures("a", 2);
    family.plan(
        "a",
        () -> {
          running.countDown();
          return Init.ok(List.of());
        });
    try (var reports = new Reports()) {
      Family.kill(a);
      running.await();
      assertThat(supervisor.children()).singleElement().matches(child -> !child.restarting());
      assertThat(Supervisions.kinds(reports, supervisor.pid()))
          .containsExactly(Kind.CHILD_ENDED, Kind.START_FAILED, Kind.START_FAILED);
    }
    assertThat(family.log()).containsExactly("+a", "+a", "+a", "+a");
  }

  // DS10
  @Test
  void counts_each_attempt() {
    var ref = Self.monitor(supervisor.pid());
    var a = startChild("a");
    family.planFailures("a", 100);
    family.log();
    Family.kill(a);
    assertThat(Deaths.await(ref)).isEqualTo(ExitReason.SHUTDOWN);
    assertThat(family.log()).containsExactly("+a", "+a", "+a");
  }

  // DS11
  @Test
  void too_often_takes_all_others_along() {
    var ref = Self.monitor(supervisor.pid());
    var other = startChild("b");
    startChild("c");
    startChild("a");
    try (var reports = new Reports()) {
      for (int i = 0; i < 4; i++) {
        Family.kill(supervisor.children().getLast().pid());
      }
      assertThat(Deaths.await(ref)).isEqualTo(ExitReason.SHUTDOWN);
      assertThat(Supervisions.kinds(reports, supervisor.pid())).endsWith(Kind.GAVE_UP);
    }
    assertThat(other.isAlive()).isFalse();
    assertThat(family.log().subList(6, 8)).containsExactlyInAnyOrder("-b", "-c");
  }

  // DS11
  @Test
  void is_forgiven_after_a_while() {
    startChild("a");
    for (int i = 0; i < 10; i++) {
      Family.kill(supervisor.children().getLast().pid());
      supervisor.children();
      clock.advance(SECOND.multipliedBy(2));
    }
    assertThat(supervisor.count().active()).isEqualTo(1);
  }
}
