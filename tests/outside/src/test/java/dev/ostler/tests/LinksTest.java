package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.NoProcessException;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Links: made, made twice, cut, and made with the dead. */
@ExtendWith(OstlerExtension.class)
class LinksTest {
  private static final ExitReason WHY = ExitReason.of("why not");

  private static List<Pid> linksOf(Pid pid) {
    return Processes.info(pid).orElseThrow().links();
  }

  private static Pid dead() {
    var puppet = Puppet.start();
    puppet.pid().exit(ExitReason.KILL);
    return puppet.pid();
  }

  // P15
  @Test
  void between_two_are_one_however_often_and_from_whichever_side_they_are_made() {
    Self.trapExits(true);
    Pid test = Self.pid();
    var puppet = Puppet.start();
    Self.link(puppet.pid());
    Self.link(puppet.pid());
    puppet.does(() -> Self.link(test));

    assertThat(linksOf(test)).containsExactly(puppet.pid());
    assertThat(linksOf(puppet.pid())).containsExactly(test);
    puppet.pid().exit(WHY);
    assertThat(Self.flush()).containsExactly(new Exit(puppet.pid(), WHY));
  }

  // P15
  @Test
  void made_twice_are_cut_at_once() {
    var puppet = Puppet.start();
    Self.link(puppet.pid());
    Self.link(puppet.pid());
    Self.unlink(puppet.pid());
    puppet.pid().exit(WHY);

    assertThat(Self.pid().isAlive()).isTrue();
    assertThat(linksOf(Self.pid())).isEmpty();
  }

  // P15
  @Test
  void with_oneself_are_none() {
    Self.trapExits(true);
    Self.link(Self.pid());
    Self.unlink(Self.pid());
    Self.link(Self.pid());

    assertThat(linksOf(Self.pid())).isEmpty();
    assertThat(Self.flush()).isEmpty();
    var puppet = Puppet.start();
    puppet.does(() -> Self.link(puppet.pid()));
    var ref = Self.monitor(puppet.pid());
    puppet.order(() -> Self.exit(WHY));
    assertThat(Deaths.await(ref)).isEqualTo(WHY);
  }

  // P16
  @Test
  void with_the_dead_are_refused_to_who_does_not_trap() {
    Pid dead = dead();

    assertThatThrownBy(() -> Self.link(dead))
        .isInstanceOf(NoProcessException.class)
        .hasMessageContaining(dead.toString());
    assertThatThrownBy(() -> Self.link(Processes.NOBODY)).isInstanceOf(NoProcessException.class);
    assertThatThrownBy(() -> Self.link(Processes.OUTSIDE)).isInstanceOf(NoProcessException.class);
    assertThat(Self.flush()).isEmpty();
    assertThat(linksOf(Self.pid())).isEmpty();
  }

  // P16
  @Test
  void with_the_dead_are_a_message_at_once_to_who_traps() {
    Self.trapExits(true);
    Pid dead = dead();
    Self.link(dead);
    Self.link(dead);

    var exit = new Exit(dead, ExitReason.NO_PROCESS);
    assertThat(Self.flush()).containsExactly(exit, exit);
    assertThat(linksOf(Self.pid())).isEmpty();
  }

  // P17
  @Test
  void once_cut_bring_no_exit() {
    Self.trapExits(true);
    Pid test = Self.pid();
    var cutHere = Puppet.start();
    Self.link(cutHere.pid());
    Self.unlink(cutHere.pid());
    cutHere.pid().exit(WHY);
    var cutThere = Puppet.start();
    Self.link(cutThere.pid());
    cutThere.does(() -> Self.unlink(test));
    cutThere.pid().exit(WHY);

    assertThat(Self.flush()).isEmpty();
    assertThat(linksOf(test)).isEmpty();
  }

  // P17
  @Test
  void once_cut_leave_the_exit_that_came_before() {
    Self.trapExits(true);
    var puppet = Puppet.start();
    Self.link(puppet.pid());
    puppet.pid().exit(WHY);
    Self.unlink(puppet.pid());

    assertThat(Self.flush()).containsExactly(new Exit(puppet.pid(), WHY));
  }

  // P17
  @Test
  void that_are_cut_leave_the_others() {
    Self.trapExits(true);
    var puppets = List.of(Puppet.start(), Puppet.start(), Puppet.start());
    puppets.forEach(puppet -> Self.link(puppet.pid()));
    Self.unlink(puppets.get(1).pid());
    puppets.forEach(puppet -> puppet.pid().exit(WHY));

    assertThat(Self.flush())
        .containsExactly(new Exit(puppets.get(0).pid(), WHY), new Exit(puppets.get(2).pid(), WHY));
  }

  // P18
  @Test
  void that_are_none_can_be_cut() {
    Self.trapExits(true);
    var puppet = Puppet.start();
    Self.unlink(puppet.pid());
    Self.unlink(dead());
    Self.unlink(Self.pid());
    Self.unlink(Processes.NOBODY);

    assertThat(Self.flush()).isEmpty();
    assertThat(puppet.pid().isAlive()).isTrue();
  }

  // P19
  @Test
  void are_there_before_what_is_spawned_begins() {
    Self.trapExits(true);
    for (int round = 0; round < 500; round++) {
      Pid child = Self.spawnLink(() -> {});
      assertThat(Self.receive(Exit.class, Deaths.PATIENCE))
          .contains(new Exit(child, ExitReason.NORMAL));
    }
    assertThat(Self.flush()).isEmpty();
  }

  // P19
  @ParameterizedTest
  @MethodSource("dev.ostler.tests.Deaths#reasonsThatTravel")
  void end_a_parent_whose_child_ends_at_once(ExitReason reason) {
    assertThat(
            Deaths.of(
                () -> {
                  Self.spawnLink(() -> Self.exit(reason));
                  Self.receive();
                }))
        .isEqualTo(reason);
  }

  // P19
  @Test
  void end_a_child_whose_parent_ends_at_once() {
    Pid test = Self.pid();
    var parent =
        Self.spawnMonitor(
            () -> {
              test.send(Self.spawnLink("child", Self::receive));
              Self.exit(WHY);
            });
    Pid child = Self.receive(Pid.class, Deaths.PATIENCE).orElseThrow();

    assertThat(Deaths.await(parent.ref())).isEqualTo(WHY);
    assertThat(child.isAlive()).isFalse();
    assertThat(child.label()).isEqualTo("child");
  }
}
