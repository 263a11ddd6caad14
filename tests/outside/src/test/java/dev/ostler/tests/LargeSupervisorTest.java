package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ostler.ChildSpec;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Pid;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.tests.BareServerTest.Bare;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a supervisor does with one child costs the same however many children it has. */
@ExtendWith(OstlerExtension.class)
class LargeSupervisorTest {
  private static final int CHILDREN = 2_000;

  /** How many ids it may look at for one child and one operation. */
  private static final int FEW = 4;

  private static final AtomicInteger COMPARISONS = new AtomicInteger();

  /** An id that counts how often ids are compared. */
  private record Id(int number) {
    @Override
    public boolean equals(Object other) {
      COMPARISONS.incrementAndGet();
      return other instanceof Id id && id.number == number;
    }

    @Override
    public int hashCode() {
      return number;
    }
  }

  @AfterEach
  void countAnew() {
    COMPARISONS.set(0);
  }

  private static Supervisor.Spec spec(Strategy strategy) {
    Supervisor.Spec spec = Supervisor.of(strategy);
    for (int i = 0; i < CHILDREN; i++) {
      spec = spec.child(GenServer.of(Bare::new).id(new Id(i)));
    }
    return spec;
  }

  private static void comparesFewIds(Runnable work) {
    COMPARISONS.set(0);
    work.run();
    assertThat(COMPARISONS.get()).isLessThan(FEW * CHILDREN);
  }

  private static void each(Consumer<Id> work) {
    for (int i = 0; i < CHILDREN; i++) {
      work.accept(new Id(i));
    }
  }

  @Test
  void is_written_child_by_child_without_a_comparison_of_all_ids() {
    comparesFewIds(() -> spec(Strategy.ONE_FOR_ONE));
  }

  @Test
  void refuses_an_id_that_an_earlier_child_has_in_each_branch_of_its_specification() {
    Supervisor.Spec trunk = spec(Strategy.ONE_FOR_ONE);
    ChildSpec<?> more = GenServer.of(Bare::new).id(new Id(CHILDREN)).spec();
    Supervisor.Spec one = trunk.child(more);
    Supervisor.Spec other = trunk.child(more);
    for (Supervisor.Spec branch : List.of(one, other, one.child(GenServer.of(Bare::new)))) {
      assertThatIllegalArgumentException().isThrownBy(() -> branch.child(more));
      assertThatIllegalArgumentException().isThrownBy(() -> branch.child(more));
    }
    Supervisor supervisor = trunk.child(GenServer.of(Bare::new).id("last")).startLink();
    assertThat(supervisor.count().active()).isEqualTo(CHILDREN + 1);
    assertThat(supervisor.children().getFirst().id()).isEqualTo("last");
    assertThat(supervisor.childSpec(new Id(CHILDREN))).isEmpty();
    assertThat(one.startLink().children()).hasSize(CHILDREN + 1);
  }

  @Test
  void finds_a_child_by_its_id_without_a_look_at_the_others() {
    Supervisor supervisor = spec(Strategy.ONE_FOR_ONE).startLink();
    comparesFewIds(() -> each(id -> assertThat(supervisor.childSpec(id)).isPresent()));
    comparesFewIds(() -> each(supervisor::terminateChild));
    comparesFewIds(() -> each(id -> assertThat(supervisor.restartChild(id)).isPresent()));
    comparesFewIds(() -> each(supervisor::terminateChild));
    comparesFewIds(() -> each(supervisor::deleteChild));
    comparesFewIds(() -> each(id -> supervisor.startChild(GenServer.of(Bare::new).id(id))));
    assertThat(supervisor.count().active()).isEqualTo(CHILDREN);
    comparesFewIds(supervisor::stop);
  }

  @ParameterizedTest
  @EnumSource
  void starts_those_again_that_its_strategy_says_and_keeps_their_order(Strategy strategy) {
    int failed = CHILDREN / 2;
    Supervisor supervisor = spec(strategy).startLink();
    List<Pid> before = pids(supervisor);
    comparesFewIds(
        () -> {
          before.get(failed).exit(ExitReason.KILL);
          assertThat(supervisor.count().active()).isEqualTo(CHILDREN);
        });
    List<Pid> after = pids(supervisor);
    int first = strategy == Strategy.ONE_FOR_ALL ? 0 : failed;
    int last = strategy == Strategy.ONE_FOR_ONE ? failed : CHILDREN - 1;
    assertThat(after.subList(0, first)).isEqualTo(before.subList(0, first));
    assertThat(after.subList(last + 1, CHILDREN)).isEqualTo(before.subList(last + 1, CHILDREN));
    assertThat(after.subList(first, last + 1))
        .doesNotContainAnyElementsOf(before)
        .isSortedAccordingTo((a, b) -> Long.compare(a.id(), b.id()));
  }

  private static List<Pid> pids(Supervisor supervisor) {
    return supervisor.children().reversed().stream()
        .map(child -> child.pid().orElseThrow())
        .toList();
  }
}
