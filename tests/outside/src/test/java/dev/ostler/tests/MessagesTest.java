package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Cast;
import dev.ostler.Down;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.Name;
import dev.ostler.NoProcessException;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import java.util.ArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Messages between processes: their order, and what becomes of those that find nobody.
 *
 * <p>P31 has no counterpart: there are no aliases, since replies never travel through a mailbox.
 */
@ExtendWith(OstlerExtension.class)
class MessagesTest {

  record Numbered(int sender, int number) {}

  record Note() implements Cast<Object> {}

  // P01
  @Test
  void of_one_sender_keep_their_order_whatever_others_send() {
    Pid test = Self.pid();
    for (int i = 0; i < 4; i++) {
      int sender = i;
      Processes.spawn(
          () -> IntStream.range(0, 1_000).forEach(n -> test.send(new Numbered(sender, n))));
    }

    var expected = new int[4];
    for (int i = 0; i < 4_000; i++) {
      Numbered message = Self.receive(Numbered.class, Deaths.PATIENCE).orElseThrow();
      assertThat(message.number()).isEqualTo(expected[message.sender()]++);
    }
  }

  // P01
  @Test
  void of_one_sender_keep_their_order_whatever_thread_sends_them() throws Exception {
    Pid test = Self.pid();
    Outside.does(() -> IntStream.range(0, 1_000).forEach(test::send));

    assertThat(Self.flush()).isEqualTo(IntStream.range(0, 1_000).boxed().toList());
  }

  // P02
  @ParameterizedTest
  @MethodSource("dev.ostler.tests.Deaths#reasons")
  void come_before_the_exit_and_the_down_of_their_sender(ExitReason reason) {
    Self.trapExits(true);
    Pid test = Self.pid();
    for (int round = 0; round < 20; round++) {
      var sender = Puppet.start();
      Self.link(sender.pid());
      Self.monitor(sender.pid());
      sender.order(
          () -> {
            test.send("last");
            test.send("words");
            Self.exit(reason);
          });

      var heard = new ArrayList<Object>();
      for (int i = 0; i < 4; i++) {
        heard.add(Self.receive(Deaths.PATIENCE).orElseThrow());
      }
      assertThat(heard.subList(0, 2)).containsExactly("last", "words");
      assertThat(heard.subList(2, 4))
          .hasAtLeastOneElementOfType(Exit.class)
          .hasAtLeastOneElementOfType(Down.class);
    }
  }

  // P02
  @Test
  void come_before_the_exit_of_a_sender_who_is_killed_after_it_sent() {
    Self.trapExits(true);
    Pid test = Self.pid();
    var sender = Puppet.start();
    Self.link(sender.pid());
    sender.does(() -> test.send("last words"));
    sender.pid().exit(ExitReason.KILL);

    assertThat(Self.flush())
        .containsExactly("last words", new Exit(sender.pid(), ExitReason.KILLED));
  }

  // P03
  @Test
  void to_the_dead_are_dropped_in_silence() {
    var returned = Self.spawnMonitor(() -> {});
    Deaths.await(returned.ref());
    var killed = Puppet.start();
    killed.pid().exit(ExitReason.KILL);

    assertThatCode(
            () -> {
              returned.pid().send("anybody?");
              killed.pid().send("anybody?");
              Processes.NOBODY.send("anybody?");
              Processes.OUTSIDE.send("anybody?");
            })
        .doesNotThrowAnyException();
  }

  // P04
  @Test
  void to_a_name_that_nobody_has_are_refused() {
    Name<Object> name = Name.unique("nobody");

    assertThatThrownBy(() -> name.send("anybody?"))
        .isInstanceOf(NoProcessException.class)
        .hasMessageContaining("nobody");
    Processes.register(name, Self.pid());
    name.send("somebody");
    assertThat(Self.flush()).containsExactly("somebody");
    Processes.unregister(name);
    assertThatThrownBy(() -> name.send("anybody?")).isInstanceOf(NoProcessException.class);
  }

  // P04: a cast, unlike a message, never fails (G42).
  @Test
  void to_a_name_that_nobody_has_are_dropped_if_they_are_casts() {
    Name<Object> name = Name.unique("nobody");

    assertThatCode(() -> name.cast(new Note())).doesNotThrowAnyException();
  }

  @Test
  void are_never_null() {
    assertThatThrownBy(() -> Self.pid().send(null)).isInstanceOf(NullPointerException.class);
    assertThat(Self.flush()).isEmpty();
  }

  @Test
  void to_oneself_are_received_like_any_other() {
    Self.pid().send("note to self");

    assertThat(Self.receive()).isEqualTo("note to self");
  }
}
