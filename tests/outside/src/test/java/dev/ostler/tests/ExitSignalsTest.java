package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Down;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Exit signals, over links and sent by hand, to processes that trap exits and to those that do not.
 */
@ExtendWith(OstlerExtension.class)
class ExitSignalsTest {
  private static final ExitReason WHY = ExitReason.of("why not");

  static Stream<ExitReason> reasonsThatEnd() {
    return Deaths.reasonsButKill().filter(reason -> !reason.equals(ExitReason.NORMAL));
  }

  private static Puppet trapping() {
    var puppet = Puppet.start();
    puppet.does(() -> Self.trapExits(true));
    return puppet;
  }

  private static Puppet linkedWith(Puppet other) {
    return linked(Puppet.start(), other);
  }

  private static Puppet linked(Puppet puppet, Puppet other) {
    puppet.does(() -> Self.link(other.pid()));
    return puppet;
  }

  /** Ends the puppet by its own doing, and waits for it. */
  private static void end(Puppet puppet, ExitReason reason) {
    var ref = Self.monitor(puppet.pid());
    puppet.order(() -> Self.exit(reason));
    assertThat(Deaths.await(ref)).isEqualTo(reason);
  }

  private static List<Object> heardBy(Puppet puppet) {
    return puppet.ask(Self::flush);
  }

  /** A process that waits for a message that does not come, and says when its code has ended. */
  private static Pid receiver(CountDownLatch finished) {
    Pid test = Self.pid();
    Pid pid =
        Processes.spawn(
            () -> {
              try {
                test.send("about to wait");
                Self.receive();
              } finally {
                finished.countDown();
              }
            });
    assertThat(Self.receive(Deaths.PATIENCE)).contains("about to wait");
    return pid;
  }

  @Nested
  class Over_a_link {

    // P07
    @Test
    void a_normal_end_is_not_heard_by_who_does_not_trap() {
      var a = Puppet.start();
      var b = linkedWith(a);
      var ref = Self.monitor(a.pid());
      a.leave();

      assertThat(Deaths.await(ref)).isEqualTo(ExitReason.NORMAL);
      assertThat(heardBy(b)).isEmpty();
      end(linkedWith(b), ExitReason.NORMAL); // by exit, and over the link's other side
      assertThat(heardBy(b)).isEmpty();
    }

    // P08
    @ParameterizedTest
    @MethodSource("dev.ostler.tests.Deaths#reasonsThatTravel")
    void any_other_end_ends_who_does_not_trap_and_its_own_links_in_turn(ExitReason reason) {
      var a = Puppet.start();
      var b = linkedWith(a);
      var c = linkedWith(b);
      var d = linked(trapping(), c);
      var downs = List.of(Self.monitor(b.pid()), Self.monitor(c.pid()));
      a.order(() -> Self.exit(reason));

      downs.forEach(ref -> assertThat(Deaths.await(ref)).isEqualTo(reason));
      assertThat(heardBy(d)).containsExactly(new Exit(c.pid(), reason));
    }

    // P08
    @Test
    void a_crash_ends_a_long_chain() {
      var first = Puppet.start();
      var last = first;
      for (int i = 0; i < 1_000; i++) {
        last = linkedWith(last);
      }
      var ref = Self.monitor(last.pid());
      first.order(() -> Self.exit(WHY));

      assertThat(Deaths.await(ref)).isEqualTo(WHY);
    }

    // P08
    @Test
    void a_crash_ends_a_ring_once() {
      var first = Puppet.start();
      var second = linkedWith(first);
      var third = linkedWith(second);
      linked(third, first);
      List.of(first, second, third).forEach(puppet -> Self.monitor(puppet.pid()));
      second.order(() -> Self.exit(WHY));

      for (int i = 0; i < 3; i++) {
        assertThat(Self.receive(Down.class, Deaths.PATIENCE).orElseThrow().reason()).isEqualTo(WHY);
      }
      assertThat(Self.flush()).isEmpty();
    }

    // P09
    @ParameterizedTest
    @MethodSource("dev.ostler.tests.Deaths#reasons")
    void any_end_is_a_message_at_the_end_of_the_mailbox_to_who_traps(ExitReason reason) {
      var a = Puppet.start();
      var b = linked(trapping(), a);
      b.pid().send("before");
      end(a, reason);
      b.pid().send("after");

      assertThat(heardBy(b)).containsExactly("before", new Exit(a.pid(), reason), "after");
    }

    // P08
    @Test
    void a_crash_lets_the_code_end_of_who_waits_for_messages() throws Exception {
      var finished = new CountDownLatch(1);
      var receiver = receiver(finished);
      var peer = Puppet.start();
      peer.does(() -> Self.link(receiver));
      peer.order(() -> Self.exit(WHY));

      assertThat(finished.await(Deaths.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    // P10
    @Test
    void a_kill_is_heard_as_killed() {
      var a = Puppet.start();
      var b = linked(trapping(), a);
      var c = linkedWith(a);
      var ref = Self.monitor(c.pid());
      a.pid().exit(ExitReason.KILL);

      assertThat(heardBy(b)).containsExactly(new Exit(a.pid(), ExitReason.KILLED));
      assertThat(Deaths.await(ref)).isEqualTo(ExitReason.KILLED);
    }

    // P11
    @Test
    void the_reason_kill_of_who_ends_itself_is_one_like_any_other() {
      var a = Puppet.start();
      var traps = linked(trapping(), a);
      var trapsNot = linkedWith(a);
      var ref = Self.monitor(trapsNot.pid());
      end(a, ExitReason.KILL);

      assertThat(heardBy(traps)).containsExactly(new Exit(a.pid(), ExitReason.KILL));
      assertThat(Deaths.await(ref)).isEqualTo(ExitReason.KILL);
    }
  }

  @Nested
  class Sent_by_hand {

    // P10
    @Test
    void kill_ends_who_traps() {
      var puppet = trapping();
      var ref = Self.monitor(puppet.pid());
      puppet.pid().exit(ExitReason.KILL);

      assertThat(Deaths.await(ref)).isEqualTo(ExitReason.KILLED);
    }

    // P10
    @Test
    void kill_ends_who_waits_for_something_else_than_messages() throws Exception {
      var waiting = new CountDownLatch(1);
      var interrupted = new CountDownLatch(1);
      var blocked =
          Self.spawnMonitor(
              () -> {
                Self.trapExits(true);
                waiting.countDown();
                try {
                  new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                  interrupted.countDown();
                  throw e;
                }
              });
      waiting.await();
      blocked.pid().exit(ExitReason.KILL);

      assertThat(Deaths.await(blocked.ref())).isEqualTo(ExitReason.KILLED);
      interrupted.await(); // its thread hears of it, too
    }

    // P10
    @Test
    void kill_lets_the_code_end_of_who_waits_for_messages() throws Exception {
      for (int round = 0; round < 50; round++) { // sometimes on its way to its wait, mostly there
        var finished = new CountDownLatch(1);
        var receiver = receiver(finished);
        receiver.exit(ExitReason.KILL);

        assertThat(finished.await(Deaths.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      }
    }

    // P12
    @Test
    void normal_is_nothing_to_who_does_not_trap() throws Exception {
      var puppet = Puppet.start();
      puppet.pid().exit(ExitReason.NORMAL);
      Outside.does(() -> puppet.pid().exit(ExitReason.NORMAL));

      assertThat(heardBy(puppet)).isEmpty();
    }

    // P12, P14
    @ParameterizedTest
    @MethodSource("dev.ostler.tests.Deaths#reasonsButKill")
    void anything_but_kill_is_a_message_to_who_traps(ExitReason reason) throws Exception {
      var puppet = trapping();
      puppet.pid().send("before");
      puppet.pid().exit(reason);
      puppet.pid().send("after");
      Outside.does(() -> puppet.pid().exit(reason));

      assertThat(heardBy(puppet))
          .containsExactly(
              "before", new Exit(Self.pid(), reason), "after", new Exit(Processes.OUTSIDE, reason));
    }

    // P14
    @ParameterizedTest
    @MethodSource("dev.ostler.tests.ExitSignalsTest#reasonsThatEnd")
    void anything_but_kill_and_normal_ends_who_does_not_trap_without_any_link(ExitReason reason) {
      var puppet = Puppet.start();
      var ref = Self.monitor(puppet.pid());
      puppet.pid().exit(reason);

      assertThat(Deaths.await(ref)).isEqualTo(reason);
    }

    @Test
    void has_done_its_work_when_it_returns() {
      var puppet = Puppet.start();
      var ref = Self.monitor(puppet.pid());
      puppet.pid().exit(WHY);

      assertThat(Self.flush()).containsExactly(new Down(ref, puppet.pid(), WHY));
      assertThat(puppet.pid().isAlive()).isFalse();
    }

    @Test
    void from_a_thread_that_is_no_process_ends_like_any_other() throws Exception {
      var puppet = Puppet.start();
      var ref = Self.monitor(puppet.pid());
      Outside.does(() -> puppet.pid().exit(ExitReason.KILL));

      assertThat(Self.flush()).containsExactly(new Down(ref, puppet.pid(), ExitReason.KILLED));
    }

    @Test
    void to_the_dead_does_nothing() {
      var puppet = Puppet.start();
      var ref = Self.monitor(puppet.pid());
      puppet.pid().exit(WHY);
      puppet.pid().exit(ExitReason.KILL);
      puppet.pid().exit(ExitReason.NORMAL);
      Processes.NOBODY.exit(ExitReason.KILL);

      assertThat(Self.flush()).containsExactly(new Down(ref, puppet.pid(), WHY));
    }
  }

  @Nested
  class To_oneself {

    // P13
    @Test
    void normal_ends_who_does_not_trap() {
      Pid test = Self.pid();
      ExitReason reason =
          Deaths.of(
              () -> {
                Self.pid().exit(ExitReason.NORMAL);
                test.send("went on");
                Self.exit(WHY);
              });

      assertThat(reason).isEqualTo(ExitReason.NORMAL);
      assertThat(Self.flush()).isEmpty();
    }

    // P13
    @Test
    void normal_is_a_message_to_who_traps() {
      Self.trapExits(true);
      Self.pid().exit(ExitReason.NORMAL);

      assertThat(Self.flush()).containsExactly(new Exit(Self.pid(), ExitReason.NORMAL));
    }

    // P10, P13
    @Test
    void kill_is_a_kill() {
      assertThat(
              Deaths.of(
                  () -> {
                    Self.trapExits(true);
                    Self.pid().exit(ExitReason.KILL);
                  }))
          .isEqualTo(ExitReason.KILLED);
    }

    // P14
    @Test
    void any_other_is_as_from_others() {
      assertThat(Deaths.of(() -> Self.pid().exit(WHY))).isEqualTo(WHY);
      Self.trapExits(true);
      Self.pid().exit(WHY);
      assertThat(Self.flush()).containsExactly(new Exit(Self.pid(), WHY));
    }
  }

  @Nested
  class The_flag {

    // P30
    @Test
    void says_what_it_was() {
      assertThat(Self.trapExits(true)).isFalse();
      assertThat(Self.trapExits(true)).isTrue();
      assertThat(Self.trapExits(false)).isTrue();
      assertThat(Self.trapExits(false)).isFalse();
    }

    // P30
    @Test
    void concerns_later_signals_only() {
      var puppet = Puppet.start();
      puppet.pid().exit(ExitReason.NORMAL); // not trapped, so lost
      puppet.does(() -> Self.trapExits(true));
      puppet.pid().exit(WHY);
      puppet.does(() -> Self.trapExits(false)); // what was trapped stays a message
      assertThat(heardBy(puppet)).containsExactly(new Exit(Self.pid(), WHY));

      var ref = Self.monitor(puppet.pid());
      puppet.pid().exit(WHY);
      assertThat(Self.receive(Down.class, Duration.ZERO))
          .contains(new Down(ref, puppet.pid(), WHY));
    }
  }
}
