package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Registry;
import dev.ostler.Registry.Entry;
import dev.ostler.Registry.Row;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A registry in which a key belongs to many: R05, R09, R11, R12, R14 to R18. */
@ExtendWith(OstlerExtension.class)
class DuplicateRegistryTest {
  private Registry<String, Integer> registry;
  private Puppet other;

  @BeforeEach
  void start() {
    registry = Registry.<String, Integer>duplicate().start();
    other = Puppet.start();
    registry.register("even", 2);
    registry.register("even", 4);
    registry.register("odd", 1);
    other.does(() -> registry.register("even", 6));
  }

  private Entry<Integer> mine(int value) {
    return new Entry<>(Self.pid(), value);
  }

  private Entry<Integer> theirs(int value) {
    return new Entry<>(other.pid(), value);
  }

  // R05, R07
  @Test
  void a_process_may_have_a_key_many_times() {
    assertThat(registry.lookup("even")).containsExactlyInAnyOrder(mine(2), mine(4), theirs(6));
    assertThat(registry.lookup("none")).isEmpty();
    registry.register("even", 2); // the same value, too
    assertThat(registry.values("even", Self.pid())).containsExactlyInAnyOrder(2, 2, 4);
    assertThat(registry.whereis("odd")).contains(Self.pid());
  }

  // R09
  @Test
  void the_entries_of_the_dead_are_gone_and_no_others() {
    other.does(() -> registry.register("theirs", 8));
    other.pid().exit(ExitReason.KILL);
    assertThat(registry.lookup("even")).containsExactlyInAnyOrder(mine(2), mine(4));
    assertThat(registry.lookup("theirs")).isEmpty();
    assertThat(registry.count()).isEqualTo(3);
  }

  // R11
  @Test
  void unregister_ends_all_own_entries_of_a_key() {
    registry.unregister("even");
    assertThat(registry.lookup("even")).containsExactly(theirs(6));
    assertThat(registry.keys(Self.pid())).containsExactly("odd");
    assertThat(registry.count()).isEqualTo(2);
  }

  // R12
  @Test
  void entries_that_match_are_given_up_of_ones_own() {
    registry.unregisterMatch("even", value -> value > 2);
    assertThat(registry.lookup("even")).containsExactlyInAnyOrder(mine(2), theirs(6));
  }

  // R14
  @Test
  void dispatch_hands_all_entries_to_the_function_in_the_caller() {
    List<Pid> callers = new ArrayList<>();
    List<Entry<Integer>> given = new ArrayList<>();
    registry.dispatch(
        "even",
        entries -> {
          callers.add(Self.pid());
          given.addAll(entries);
        });
    assertThat(callers).containsExactly(Self.pid());
    assertThat(given).containsExactlyInAnyOrder(mine(2), mine(4), theirs(6));
  }

  // R14
  @Test
  void dispatch_to_nobody_calls_nothing_and_lets_failures_through() {
    var failure = new IllegalStateException("rotten");
    registry.dispatch(
        "none",
        entries -> {
          throw failure;
        });
    assertThatThrownBy(
            () ->
                registry.dispatch(
                    "even",
                    entries -> {
                      throw failure;
                    }))
        .isSameAs(failure);
  }

  // R15
  @Test
  void keys_and_values_are_those_of_the_process() {
    assertThat(registry.keys(Self.pid())).containsExactlyInAnyOrder("even", "even", "odd");
    assertThat(registry.keys(other.pid())).containsExactly("even");
    assertThat(registry.values("even", other.pid())).containsExactly(6);
    assertThat(registry.values("odd", other.pid())).isEmpty();
  }

  // R16
  @Test
  void match_finds_entries_by_their_value() {
    assertThat(registry.match("even", value -> value > 2))
        .containsExactlyInAnyOrder(mine(4), theirs(6));
    assertThat(registry.countMatch("even", value -> value > 2)).isEqualTo(2);
    assertThat(registry.countMatch("none", value -> true)).isZero();
  }

  // R17
  @Test
  void select_finds_entries_by_all_they_have() {
    assertThat(
            registry.select(
                row -> row.pid() == Self.pid() && row.value() < 4, row -> row.key() + row.value()))
        .containsExactlyInAnyOrder("even2", "odd1");
    assertThat(registry.select(row -> row.key().equals("odd"), row -> row))
        .containsExactly(new Row<>("odd", Self.pid(), 1));
    assertThat(registry.countSelect(row -> row.pid() == other.pid())).isEqualTo(1);
  }

  // R18
  @Test
  void count_tells_how_many_entries_there_are() {
    assertThat(registry.count()).isEqualTo(4);
    registry.unregister("even");
    assertThat(registry.count()).isEqualTo(2);
  }
}
