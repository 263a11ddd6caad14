package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Name;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.Timer;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that are sent later. */
@ExtendWith(OstlerExtension.class)
class TimersTest {
  private static final Duration LONG = Duration.ofHours(1);

  // P32: too early would be wrong; how late is the machine's matter.
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 20})
  void send_not_before_their_time(int millis) {
    long start = System.nanoTime();
    Self.sendAfter("ring", Duration.ofMillis(millis));

    assertThat(Self.receive(Deaths.PATIENCE)).contains("ring");
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(millis * 1_000_000L);
    assertThat(Self.flush()).isEmpty();
  }

  // P32
  @Test
  void send_in_the_order_of_their_times_not_of_their_making() {
    Self.sendAfter("later", Duration.ofSeconds(1));
    Self.sendAfter("sooner", Duration.ofMillis(20));

    assertThat(Self.receive(Deaths.PATIENCE)).contains("sooner");
    assertThat(Self.receive(Deaths.PATIENCE)).contains("later");
  }

  // P32
  @Test
  void send_to_others_and_after_their_maker_has_ended() {
    Pid test = Self.pid();
    assertThat(Deaths.of(() -> test.sendAfter("legacy", Duration.ofMillis(10))))
        .isEqualTo(ExitReason.NORMAL);

    assertThat(Self.receive(Deaths.PATIENCE)).contains("legacy");
  }

  // P32
  @Test
  void send_for_threads_that_are_no_process() throws Exception {
    Pid test = Self.pid();
    Timer timer = Outside.ask(() -> test.sendAfter("from outside", Duration.ZERO));

    assertThat(Self.receive(Deaths.PATIENCE)).contains("from outside");
    assertThat(timer.cancel()).isEmpty();
  }

  // P33
  @Test
  void end_with_the_process_they_are_for() {
    var puppet = Puppet.start();
    Timer mine = puppet.pid().sendAfter("too late", LONG);
    Timer own = puppet.ask(() -> Self.sendAfter("too late", LONG));
    assertThat(mine.remaining()).isPresent();
    puppet.pid().exit(ExitReason.KILL);

    for (Timer timer : List.of(mine, own)) {
      assertThat(timer.remaining()).isEmpty();
      assertThat(timer.cancel()).isEmpty();
    }
  }

  // P33
  @Test
  void end_with_the_server_they_are_for() {
    var server = GenServer.of(Scripted::new).start();
    var timer = (Timer) server.call(new Scripted.Ask(() -> Self.sendAfter("too late", LONG)));
    Timer other = server.sendAfter("too late", LONG);
    server.stop();

    assertThat(timer.remaining()).isEmpty();
    assertThat(other.remaining()).isEmpty();
  }

  // P33
  @Test
  void for_the_dead_have_ended_before_they_begin() {
    var puppet = Puppet.start();
    puppet.pid().exit(ExitReason.KILL);
    Timer timer = puppet.pid().sendAfter("too late", LONG);

    assertThat(timer.remaining()).isEmpty();
    assertThat(timer.cancel()).isEmpty();
  }

  // P33
  @Test
  void for_a_name_find_who_has_it_when_their_time_has_come() {
    Name<Object> name = Name.unique("shift");
    var first = Puppet.start();
    Processes.register(name, first.pid());
    Timer timer = name.sendAfter("who is there?", Duration.ofMillis(300));
    first.pid().exit(ExitReason.KILL);
    Processes.register(name, Self.pid());
    assumeThat(timer.remaining()).isPresent(); // else this machine was asleep

    assertThat(Self.receive(Deaths.PATIENCE)).contains("who is there?");
  }

  // P33: the second timer rings after the first, on the same clock.
  @Test
  void for_a_name_that_nobody_has_are_no_error() {
    Name<Object> name = Name.unique("nobody");
    Timer timer = name.sendAfter("anybody?", Duration.ofMillis(1));
    Self.sendAfter("after", Duration.ofMillis(5));
    assertThat(Self.receive(Deaths.PATIENCE)).contains("after");
    Processes.register(name, Self.pid());

    assertThat(timer.cancel()).isEmpty();
    assertThat(Self.flush()).isEmpty();
  }

  // P33
  @Test
  void for_a_name_outlive_its_holder() {
    Name<Object> name = Name.unique("shift");
    var holder = Puppet.start();
    Processes.register(name, holder.pid());
    Timer timer = name.sendAfter("who is there?", LONG);
    holder.pid().exit(ExitReason.KILL);

    assertThat(timer.cancel()).isPresent();
  }

  // P34
  @Test
  void that_are_cancelled_say_what_was_left_and_send_nothing() {
    Timer timer = Self.sendAfter("never", LONG);

    assertThat(timer.remaining().orElseThrow()).isPositive().isLessThanOrEqualTo(LONG);
    assertThat(timer.cancel().orElseThrow()).isPositive().isLessThanOrEqualTo(LONG);
    assertThat(timer.cancel()).isEmpty();
    assertThat(timer.remaining()).isEmpty();
  }

  // P34: whoever cancels just in time hears nothing, who is too late hears the message.
  @Test
  void that_are_cancelled_as_they_ring_either_ring_or_say_what_was_left() {
    for (int round = 0; round < 200; round++) {
      Timer timer = Self.sendAfter(round, Duration.ofNanos(round * 1_000L));
      var left = timer.cancel();
      Self.sendAfter("after", Duration.ofMillis(1)); // the same clock: whatever rings, rang

      if (left.isEmpty()) {
        assertThat(Self.receive(Deaths.PATIENCE)).contains(round);
      }
      assertThat(Self.receive(Deaths.PATIENCE)).contains("after");
    }
  }

  // P34
  @Test
  void that_rang_have_nothing_left() {
    Timer timer = Self.sendAfter("ring", Duration.ZERO);
    assertThat(Self.receive(Deaths.PATIENCE)).contains("ring");

    assertThat(timer.remaining()).isEmpty();
    assertThat(timer.cancel()).isEmpty();
  }

  // P34
  @Test
  void are_cancelled_by_any_thread() throws Exception {
    Timer timer = Self.sendAfter("never", LONG);

    assertThat(Outside.ask(timer::cancel)).isPresent();
    assertThat(timer.cancel()).isEmpty();
  }

  @Test
  void refuse_a_time_in_the_past_and_a_message_that_is_none() {
    assertThatThrownBy(() -> Self.sendAfter("early", Duration.ofNanos(-1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Self.sendAfter(null, Duration.ZERO))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> Name.unique("nobody").sendAfter(null, Duration.ZERO))
        .isInstanceOf(NullPointerException.class);
  }

  @Test
  void may_be_set_for_longer_than_anybody_lives() {
    Timer timer = Self.sendAfter("never", Duration.ofSeconds(Long.MAX_VALUE));

    assertThat(timer.cancel()).isPresent();
  }
}
