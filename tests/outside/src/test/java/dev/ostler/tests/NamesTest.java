package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Down;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.Name;
import dev.ostler.NoProcessException;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Registry;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.junit.Supervised;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Names: given, taken, and free again.
 *
 * <p>Of P27, the names {@code nil}, {@code true}, {@code false} and {@code :undefined} cannot be
 * written. The tables of P25 are those of registries.
 */
@ExtendWith(OstlerExtension.class)
class NamesTest {
  private static final ExitReason WHY = ExitReason.of("why not");

  private static Puppet named(Name<?> name) {
    var puppet = Puppet.start();
    Processes.register(name, puppet.pid());
    return puppet;
  }

  // P27
  @Test
  void lead_to_the_process_that_was_given_them() {
    Name<Object> name = Name.unique("mine");
    assertThat(name.whereis()).isEmpty();
    assertThatThrownBy(name::pid)
        .isInstanceOf(NoProcessException.class)
        .hasMessageContaining("mine");
    Processes.register(name, Self.pid());

    assertThat(name.whereis()).contains(Self.pid());
    assertThat(name.pid()).isEqualTo(Self.pid());
    assertThat(Processes.info(Self.pid()).orElseThrow().name()).contains(name);
    assertThat(Self.pid().label()).isEqualTo(name.toString());
  }

  // P27
  @Test
  void that_are_taken_are_refused() {
    Name<Object> name = Name.unique("taken");
    var holder = named(name);

    assertThatThrownBy(() -> Processes.register(name, Self.pid()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name.toString())
        .hasMessageContaining(holder.pid().toString());
    assertThat(name.whereis()).contains(holder.pid());
    Processes.register(Name.unique("another"), Self.pid()); // the failure left nothing behind
  }

  // P27
  @Test
  void are_refused_to_the_dead() {
    Name<Object> name = Name.unique("late");
    var puppet = Puppet.start();
    puppet.pid().exit(ExitReason.KILL);

    assertThatThrownBy(() -> Processes.register(name, puppet.pid()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(puppet.pid().toString());
    assertThatThrownBy(() -> Processes.register(name, Processes.NOBODY))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(name.whereis()).isEmpty();
    Processes.register(name, Self.pid());
  }

  // P27
  @Test
  void are_one_a_process() {
    Name<Object> first = Name.unique("first");
    Name<Object> second = Name.unique("second");
    Processes.register(first, Self.pid());

    assertThatThrownBy(() -> Processes.register(second, Self.pid()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(first.toString());
    assertThatThrownBy(() -> Processes.register(first, Self.pid()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(second.whereis()).isEmpty();
    assertThat(first.whereis()).contains(Self.pid());
  }

  @Test
  void with_the_same_text_are_the_same() {
    String text = "text-" + System.nanoTime();
    Processes.register(Name.of(text), Self.pid());

    assertThat(Name.of(text).whereis()).contains(Self.pid());
    assertThat(Name.of(text)).isEqualTo(Name.of(text)).hasSameHashCodeAs(Name.of(text));
    assertThat(Name.of(text)).hasToString(text).isNotEqualTo(Name.of(text + "!"));
  }

  @Test
  void that_are_unique_are_like_no_other() {
    Name<Object> name = Name.unique("worker");
    Name<Object> alike = Name.unique("worker");
    Processes.register(name, Self.pid());

    assertThat(name).isNotEqualTo(alike).isNotEqualTo(Name.of(name.toString()));
    assertThat(alike.whereis()).isEmpty();
    assertThat(Name.of("worker").equals(name)).isFalse();
    Name<Object> lookAlike = Name.of(name.toString());
    assertThat(lookAlike.whereis()).isEmpty();
  }

  // P28
  @ParameterizedTest
  @MethodSource("dev.ostler.tests.Deaths#reasons")
  void are_free_when_their_process_has_ended(ExitReason reason) {
    Name<Object> name = Name.unique("short-lived");
    var holder = named(name);
    var ref = Self.monitor(holder.pid());
    holder.order(() -> Self.exit(reason));
    Deaths.await(ref);

    assertThat(name.whereis()).isEmpty();
    Processes.register(name, Self.pid());
  }

  // P28
  @Test
  void are_free_when_their_process_was_killed_or_taken_along() {
    Name<Object> killed = Name.unique("killed");
    Name<Object> along = Name.unique("along");
    var holder = named(killed);
    var linked = named(along);
    linked.does(() -> Self.link(holder.pid()));
    holder.pid().exit(ExitReason.KILL);

    assertThat(killed.whereis()).isEmpty();
    assertThat(along.whereis()).isEmpty();
  }

  // P25
  @Test
  void are_free_before_anybody_hears_of_the_end_of_their_process() {
    Self.trapExits(true);
    Name<Object> name = Name.unique("holder");
    for (int round = 0; round < 300; round++) {
      var holder = named(name);
      var monitor = Self.monitor(holder.pid());
      Self.link(holder.pid());
      holder.order(() -> Self.exit(WHY));

      switch (Self.receive()) { // the exit or the down, whichever comes first
        case Exit(Pid pid, _) -> assertThat(pid).isEqualTo(holder.pid());
        case Down(var ref, _, _) -> assertThat(ref).isEqualTo(monitor);
        default -> throw new AssertionError("an unexpected message");
      }
      assertThat(name.whereis()).isEmpty();
      Processes.register(name, Self.pid());
      Processes.unregister(name);
      Self.receive();
    }
  }

  // P25: for all who die of one death.
  @Test
  void are_free_before_anybody_hears_of_any_end_in_a_cascade() {
    Name<Object> name = Name.unique("last in line");
    for (int round = 0; round < 100; round++) {
      var first = Puppet.start();
      var ref = Self.monitor(first.pid());
      var middle = Puppet.start();
      middle.does(() -> Self.link(first.pid()));
      var last = named(name);
      last.does(() -> Self.link(middle.pid()));
      first.order(() -> Self.exit(WHY));

      Deaths.await(ref);
      Processes.register(name, Self.pid());
      Processes.unregister(name);
    }
  }

  // P25: a registry's entries are such names, too.
  @Test
  void in_a_registry_are_free_before_anybody_hears_of_the_end_of_their_process(
      Supervised supervised) {
    Registry<String, Integer> registry = supervised.start(Registry.<String, Integer>unique());
    for (int round = 0; round < 100; round++) {
      var holder = Puppet.start();
      holder.does(() -> registry.register("key", 7));
      var ref = Self.monitor(holder.pid());
      assertThat(registry.lookup("key")).containsExactly(new Registry.Entry<>(holder.pid(), 7));
      holder.order(() -> Self.exit(WHY));

      Deaths.await(ref);
      assertThat(registry.lookup("key")).isEmpty();
      registry.register("key", 8);
      registry.unregister("key");
    }
  }

  // P29
  @Test
  void that_nobody_has_cannot_be_given_up() {
    Name<Object> name = Name.unique("nobody");
    assertThatThrownBy(() -> Processes.unregister(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nobody");
    var holder = named(name);
    Processes.unregister(name);

    assertThatThrownBy(() -> Processes.unregister(name))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(name.whereis()).isEmpty();
    assertThat(holder.pid().isAlive()).isTrue();
  }

  // P29
  @Test
  void given_up_can_be_given_anew() {
    Name<Object> name = Name.unique("anew");
    Name<Object> other = Name.unique("other");
    var holder = named(name);
    Processes.unregister(name);
    Processes.register(other, holder.pid());
    Processes.register(name, Self.pid());
    holder.pid().exit(ExitReason.KILL); // frees what it has now, not what it had

    assertThat(name.whereis()).contains(Self.pid());
    assertThat(other.whereis()).isEmpty();
  }
}
