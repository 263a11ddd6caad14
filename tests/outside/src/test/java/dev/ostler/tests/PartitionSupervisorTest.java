package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.ostler.CallException;
import dev.ostler.Child;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Name;
import dev.ostler.NoProcessException;
import dev.ostler.PartitionSupervisor;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.StartException;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.junit.OstlerExtension;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A process several times over, each for a part of the keys.
 *
 * <p>The types leave no way to break these: PS05 (nothing registers through a partition) and PS10
 * (there is no automatic shutdown to ask for); of PS01 that a name is needed (here a handle leads
 * to the partitions, and a name if wanted), and of PS03 that the child of a partition is one.
 */
@ExtendWith(OstlerExtension.class)
class PartitionSupervisorTest {
  private final Family family = new Family();

  private PartitionSupervisor.Spec<ServerRef<PuppetServer>> of(int count) {
    return PartitionSupervisor.<ServerRef<PuppetServer>>of(index -> family.child("p" + index))
        .partitions(count);
  }

  private static List<Pid> pids(PartitionSupervisor<ServerRef<PuppetServer>> partitions) {
    return partitions.all().stream().map(ServerRef::pid).toList();
  }

  // PS02: as through Elixir's table, which is there before the children
  @Test
  void a_partition_that_starts_finds_those_before_it() {
    Name<Supervisor> name = Name.unique("partitions");
    var partitions =
        PartitionSupervisor.<ServerRef<PuppetServer>>of(
                index ->
                    GenServer.of(
                        () -> new PuppetServer().onInit(() -> Init.ok(greeting(name, index)))))
            .partitions(2)
            .named(name)
            .start();
    assertThat(partitions.partition(1).call(PuppetServer.heard())).containsExactly("hello");
    PartitionSupervisor<Object> found = PartitionSupervisor.at(name);
    assertThat(found).isSameAs(partitions);
  }

  /** Nothing for the first partition, and for the second what the first one answers. */
  private static List<Object> greeting(Name<Supervisor> name, int index) {
    PartitionSupervisor<ServerRef<PuppetServer>> all = PartitionSupervisor.at(name);
    return index == 0 ? List.of() : List.of(all.partition(0).call(PuppetServer.question("hello")));
  }

  @Nested
  class Its_spec {

    // PS01
    @Test
    @SuppressWarnings("NullAway")
    void needs_a_child_and_at_least_one_partition() {
      assertThatNullPointerException()
          .isThrownBy(() -> PartitionSupervisor.of((Child<Object>) null));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> of(0))
          .withMessageContaining("at least 1 partition, not 0");
      assertThatIllegalArgumentException().isThrownBy(() -> of(-1));
    }

    // PS01
    @Test
    void has_as_many_partitions_as_there_are_processors_unless_told() {
      var partitions = PartitionSupervisor.of(family.child("p")).start();
      assertThat(partitions.partitions()).isEqualTo(Runtime.getRuntime().availableProcessors());
    }

    // PS03
    @Test
    void may_have_a_child_of_its_own_for_each_partition() {
      of(3).start();
      assertThat(family.log()).containsExactly("+p0", "+p1", "+p2");
    }
  }

  // PS02, PS11
  @Test
  void has_children_called_by_their_numbers() {
    var partitions = of(3).start();
    assertThat(partitions.children()).extracting(Supervisor.ChildInfo::id).containsExactly(2, 1, 0);
    assertThat(partitions.children())
        .extracting(child -> child.pid().orElseThrow())
        .containsExactlyElementsOf(pids(partitions).reversed());
    assertThat(partitions.count()).isEqualTo(new Supervisor.Count(3, 3, 0, 3));
  }

  // PS02: one for one.
  @Test
  void restarts_the_partition_that_failed_alone() {
    var partitions = of(3).start();
    var before = pids(partitions);
    Family.kill(before.get(1));
    assertThat(partitions.count().active()).isEqualTo(3);
    var after = pids(partitions);
    assertThat(after.get(0)).isEqualTo(before.get(0));
    assertThat(after.get(1)).isNotEqualTo(before.get(1));
    assertThat(after.get(2)).isEqualTo(before.get(2));
  }

  @Nested
  class A_key {

    // PS04
    @Test
    void that_is_an_integer_leads_to_its_remainder() {
      var partitions = of(3).start();
      var all = partitions.all();
      for (int key : new int[] {0, 1, 2, 3, 7, Integer.MAX_VALUE}) {
        assertThat(partitions.partition(key)).isEqualTo(all.get(key % 3));
        assertThat(partitions.partition(-key)).isEqualTo(all.get(key % 3));
        assertThat(partitions.partition((long) key)).isEqualTo(all.get(key % 3));
      }
      assertThat(partitions.partition(Integer.MIN_VALUE)).isEqualTo(all.get(2));
      assertThat(partitions.partition(Long.MIN_VALUE)).isEqualTo(all.get(2));
    }

    // PS04
    @Test
    void of_any_other_type_leads_to_the_same_partition_each_time() {
      var partitions = of(3).start();
      for (Object key : List.of("a", List.of("a", 1), 1.5, 'c', new OddHash(Integer.MIN_VALUE))) {
        assertThat(partitions.partition(key))
            .isSameAs(partitions.partition(key))
            .isIn(partitions.all());
      }
    }

    // PS04
    @Test
    void leads_to_any_of_the_partitions() {
      var partitions = of(3).start();
      assertThat(
              IntStream.range(0, 1_000).mapToObj(i -> partitions.partition("key " + i)).distinct())
          .containsExactlyInAnyOrderElementsOf(partitions.all());
    }

    record OddHash(int value) {
      @Override
      public int hashCode() {
        return value;
      }
    }

    // PS09
    @Test
    void leads_to_a_partition_after_its_restart() {
      var partitions = of(2).start();
      var before = partitions.partition(1).pid();
      Family.kill(before);
      partitions.children();
      assertThat(partitions.partition(1).pid()).isNotEqualTo(before);
      assertThat(partitions.partition(1).call(PuppetServer.question("well?"))).isEqualTo("well?");
    }
  }

  @Nested
  class Without_a_supervisor {

    // PS06
    @Test
    void a_name_without_partitions_is_refused() {
      assertThatExceptionOfType(NoProcessException.class)
          .isThrownBy(() -> PartitionSupervisor.at(Name.unique("nobody")));
      Name<Supervisor> plain = Name.unique("plain");
      Supervisor.of(Strategy.ONE_FOR_ONE).named(plain).start();
      assertThatExceptionOfType(NoProcessException.class)
          .isThrownBy(() -> PartitionSupervisor.at(plain))
          .withMessageContaining("no partition supervisor");
    }

    // PS06
    @Test
    void a_partition_that_chose_not_to_start_is_not_there() {
      family.plan("p1", Init::ignore);
      var partitions = of(2).start();
      assertThatExceptionOfType(NoProcessException.class)
          .isThrownBy(() -> partitions.partition(1))
          .withMessageContaining("partition 1 of");
      assertThat(partitions.partition(0).whereis()).isPresent();
    }

    // PS06
    @Test
    void nothing_can_be_asked() {
      var partitions = of(2).start();
      partitions.stop();
      for (Runnable asked :
          Stream.<Runnable>of(
                  partitions::partitions,
                  () -> partitions.partition(1),
                  partitions::all,
                  () -> partitions.resize(1))
              .toList()) {
        assertThatExceptionOfType(NoProcessException.class).isThrownBy(asked::run);
      }
      assertThatExceptionOfType(CallException.NoProcess.class).isThrownBy(partitions::count);
      assertThatExceptionOfType(CallException.NoProcess.class).isThrownBy(partitions::children);
    }
  }

  @Nested
  class Resized {

    // PS07, PS11
    @Test
    void to_fewer_it_stops_the_last() {
      var partitions = of(4).start();
      family.log();
      assertThat(partitions.resize(2)).isEqualTo(4);
      assertThat(partitions.partitions()).isEqualTo(2);
      assertThat(partitions.all()).hasSize(2);
      assertThat(family.log()).containsExactly("-p2", "-p3");
      assertThat(partitions.count()).isEqualTo(new Supervisor.Count(4, 2, 0, 4));
      assertThat(partitions.partition(3)).isEqualTo(partitions.all().get(1));
    }

    // PS07
    @Test
    void to_more_it_starts_them_again() {
      var partitions = of(4).start();
      partitions.resize(1);
      family.log();
      assertThat(partitions.resize(3)).isEqualTo(1);
      assertThat(family.log()).containsExactly("+p1", "+p2");
      assertThat(pids(partitions)).hasSize(3).allMatch(Pid::isAlive);
      assertThat(partitions.resize(3)).isEqualTo(3);
      assertThat(family.log()).isEmpty();
    }

    // PS07: what a partition sees of the number while it starts, and while it stops.
    @Test
    void keys_lead_to_none_that_is_not_there() {
      var seen = new ConcurrentLinkedQueue<Integer>();
      Name<Supervisor> name = Name.unique("partitions");
      var child = Supervisions.lingering(() -> seen.add(PartitionSupervisor.at(name).partitions()));
      var partitions = PartitionSupervisor.of(child).named(name).partitions(3).start();
      partitions.resize(1);
      assertThat(seen).containsExactly(1, 1);
      partitions.resize(2);
      assertThat(partitions.partition(1).whereis()).isPresent();
    }

    // PS07
    @Test
    void to_more_keys_lead_to_the_new_ones_only_once_they_run() {
      var seen = new ConcurrentLinkedQueue<Integer>();
      Name<Supervisor> name = Name.unique("partitions");
      var partitions = of(2).named(name).start();
      partitions.resize(1);
      family.plan(
          "p1",
          () -> {
            seen.add(PartitionSupervisor.at(name).partitions());
            return Init.ok(List.of());
          });
      partitions.resize(2);
      assertThat(seen).containsExactly(1);
      assertThat(partitions.partitions()).isEqualTo(2);
    }

    // PS07
    @Test
    void to_more_can_be_tried_again_if_one_does_not_start() {
      var partitions = of(3).start();
      partitions.resize(1);
      family.planFailures("p2", 1);
      assertThatExceptionOfType(StartException.Failed.class).isThrownBy(() -> partitions.resize(3));
      assertThat(partitions.partitions()).isEqualTo(1);
      assertThat(partitions.resize(3)).isEqualTo(1);
      assertThat(pids(partitions)).hasSize(3).allMatch(Pid::isAlive);
    }

    // PS07
    @Test
    void to_more_than_it_began_with_is_refused() {
      var partitions = of(8).start();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> partitions.resize(9))
          .withMessageContaining("between 0 and 8, got: 9");
      assertThatIllegalArgumentException().isThrownBy(() -> partitions.resize(-1));
      assertThat(partitions.partitions()).isEqualTo(8);
    }

    // PS07: one after the other.
    @Test
    void by_many_at_once_it_has_what_one_of_them_asked_for() {
      var partitions = of(4).start();
      var resizers =
          IntStream.range(0, 20)
              .mapToObj(i -> Self.spawnMonitor(() -> partitions.resize(i % 5)))
              .toList();
      resizers.forEach(each -> Deaths.await(each.ref()));
      partitions.resize(3);
      assertThat(partitions.count().active()).isEqualTo(3);
      assertThat(pids(partitions)).hasSize(3).allMatch(Pid::isAlive);
    }

    // PS08
    @Test
    void to_nothing_keys_lead_nowhere() {
      var partitions = of(2).start();
      partitions.resize(0);
      assertThat(partitions.partitions()).isZero();
      assertThat(partitions.all()).isEmpty();
      assertThatIllegalStateException()
          .isThrownBy(() -> partitions.partition("a"))
          .withMessageContaining("has zero partitions");
      partitions.resize(1);
      assertThat(partitions.partition("a").whereis()).isPresent();
    }
  }

  // PS09: the supervisor itself too, by its name.
  @Test
  void is_found_again_after_its_own_restart() {
    Name<Supervisor> name = Name.unique("partitions");
    var parent = Supervisor.of(Strategy.ONE_FOR_ONE).child(of(2).named(name)).start();
    var before = PartitionSupervisor.<ServerRef<PuppetServer>>at(name);
    Family.kill(before.pid());
    assertThat(parent.count().active()).isEqualTo(1);
    var after = PartitionSupervisor.<ServerRef<PuppetServer>>at(name);
    assertThat(pids(after)).hasSize(2).allMatch(Pid::isAlive);
    assertThatExceptionOfType(NoProcessException.class).isThrownBy(() -> before.partition(1));
  }
}
