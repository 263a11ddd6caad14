package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.MonitorRef;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.ReceiveInterruptedException;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a process takes out of its mailbox, and what stays there. */
@ExtendWith(OstlerExtension.class)
class SelectiveReceiveTest {

  private static void send(Object... messages) {
    for (Object message : messages) {
      Self.pid().send(message);
    }
  }

  // P36
  @Test
  void skips_what_does_not_match_and_leaves_it_in_its_place() {
    send("a", 1, "b", 2, "c");

    assertThat(Self.receive(Integer.class)).isEqualTo(1);
    send(3);
    assertThat(Self.receive(String.class, "b"::equals, Duration.ZERO)).contains("b");
    assertThat(Self.receive()).isEqualTo("a");
    assertThat(Self.receive()).isEqualTo(2);
    assertThat(Self.receive()).isEqualTo("c");
    assertThat(Self.receive()).isEqualTo(3);
  }

  // P36
  @Test
  void takes_the_oldest_that_matches_skipped_before_or_not() {
    send("a", 1, "b", 2);
    assertThat(Self.receive(Integer.class, n -> n == 2, Duration.ZERO)).contains(2);
    send("c", 3);

    assertThat(Self.receive(Integer.class)).isEqualTo(1);
    assertThat(Self.receive(Integer.class)).isEqualTo(3);
    assertThat(Self.flush()).containsExactly("a", "b", "c");
  }

  // P36: against a list, which is what a mailbox is.
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void takes_what_a_list_would_give(long seed) {
    var random = new Random(seed);
    var list = new ArrayList<Integer>();
    for (int step = 0; step < 2_000; step++) {
      if (random.nextBoolean()) {
        send(step);
        list.add(step);
      } else {
        int divisor = 1 + random.nextInt(7);
        var expected = list.stream().filter(n -> n % divisor == 0).findFirst();
        expected.ifPresent(list::remove);
        assertThat(Self.receive(Integer.class, n -> n % divisor == 0, Duration.ZERO))
            .isEqualTo(expected);
      }
    }
    assertThat(Self.flush()).isEqualTo(List.copyOf(list));
  }

  // P36
  @Test
  void waits_until_what_it_wants_comes() {
    Pid test = Self.pid();
    send("unwanted");
    Processes.spawn(() -> IntStream.rangeClosed(1, 100).forEach(test::send));

    assertThat(Self.receive(Integer.class, n -> n == 100, Deaths.PATIENCE)).contains(100);
    assertThat(Self.receive()).isEqualTo("unwanted");
    assertThat(Self.flush()).isEqualTo(IntStream.range(1, 100).boxed().toList());
  }

  // P36
  @Test
  void gives_up_after_its_time_and_leaves_all_in_place() {
    send("a", 1);

    assertThat(Self.receive(Double.class, Duration.ZERO)).isEmpty();
    assertThat(Self.receive(Double.class, Duration.ofMillis(1))).isEmpty();
    assertThat(Self.flush()).containsExactly("a", 1);
    assertThat(Self.receive(Duration.ZERO)).isEmpty();
    assertThatThrownBy(() -> Self.receive(Duration.ofNanos(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  // M06
  @Test
  void since_a_monitor_looks_at_nothing_that_came_before() {
    Pid server =
        Self.spawnLink(
            () -> {
              while (true) {
                Request request = Self.receive(Request.class);
                request.from().send(new Answer(request.ref()));
              }
            });
    for (int i = 0; i < 500; i++) { // half of it is looked at before, half is not
      send(i);
    }
    assertThat(Self.receive(Double.class, Duration.ZERO)).isEmpty();
    for (int i = 500; i < 1_000; i++) {
      send(i);
    }
    var expected = new ArrayList<Object>(IntStream.range(0, 1_000).boxed().toList());
    for (int round = 0; round < 100; round++) {
      var looked = new ArrayList<>();
      MonitorRef ref = Self.monitor(server);
      server.send(new Request(ref, Self.pid()));
      send("after " + round);
      expected.add("after " + round);
      assertThat(
              Self.receive(
                  ref,
                  Object.class,
                  message -> {
                    looked.add(message);
                    return message instanceof Answer answer && answer.ref() == ref;
                  },
                  Deaths.PATIENCE))
          .contains(new Answer(ref));
      assertThat(looked).isSubsetOf(new Answer(ref), "after " + round);
      assertThat(Self.demonitor(ref, true)).isTrue();
      Integer other = 2 * round + 300; // on both sides of where it looked before
      assertThat(Self.receive(Integer.class, other::equals, Duration.ZERO)).isPresent();
      expected.remove(other);
    }
    assertThat(Self.flush()).isEqualTo(expected);
  }

  private record Request(MonitorRef ref, Pid from) {}

  private record Answer(MonitorRef ref) {}

  // M06
  @Test
  void since_a_monitor_of_another_is_refused() {
    Pid test = Self.pid();
    MonitorRef others = Puppet.start().ask(() -> Self.monitor(test));
    assertThatThrownBy(() -> Self.receive(others, Object.class, message -> true, Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void counts_those_it_has_looked_at_and_those_it_has_not() throws Exception {
    var halfway = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var choosy = Puppet.start();
    IntStream.range(0, 5).forEach(choosy.pid()::send); // it looks at these for its next order
    choosy.order(
        () -> {
          IntStream.range(5, 10).forEach(Self.pid()::send);
          Self.receive(
              Integer.class,
              n -> {
                if (n == 7) {
                  halfway.countDown();
                  await(goOn);
                }
                return false;
              },
              Duration.ZERO);
        });
    halfway.await();
    int queued = Processes.info(choosy.pid()).orElseThrow().queued();
    goOn.countDown();

    assertThat(queued).isEqualTo(9); // one is in its hand
    choosy.does(() -> {});
    assertThat(Processes.info(choosy.pid()).orElseThrow().queued()).isEqualTo(10);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void counts_each_message_once_while_it_looks() throws Exception {
    int count = 20_000;
    var begun = new CountDownLatch(1);
    var sent = new CountDownLatch(1);
    var looked = new CountDownLatch(1);
    var choosy = Puppet.start(); // which looks at all, and wants none
    choosy.order(
        () -> {
          begun.countDown();
          sent.await();
          Self.receive(Double.class, Duration.ZERO);
          looked.countDown();
        });
    begun.await(); // the order itself does not wait any more
    for (int i = 0; i < count; i++) {
      choosy.pid().send(i);
    }
    sent.countDown();
    int most = 0;
    do { // it may be done before the first look
      most = Math.max(most, Processes.info(choosy.pid()).orElseThrow().queued());
    } while (looked.getCount() > 0);
    assertThat(most).isLessThanOrEqualTo(count);
    assertThat(Processes.info(choosy.pid()).orElseThrow().queued()).isEqualTo(count);
  }

  // P36
  @Test
  void loses_nothing_when_its_condition_throws() {
    send("a", 1, "b");
    var failure = new IllegalStateException("choosy");

    assertThatThrownBy(
            () ->
                Self.receive(
                    Integer.class,
                    n -> {
                      throw failure;
                    },
                    Duration.ZERO))
        .isSameAs(failure);
    assertThatThrownBy(
            () ->
                Self.receive(
                    Integer.class,
                    n -> {
                      throw failure; // now it was skipped before
                    },
                    Duration.ZERO))
        .isSameAs(failure);
    assertThat(Self.flush()).containsExactly("a", 1, "b");
  }

  @Test
  void can_be_interrupted_while_the_process_lives_and_goes_on() throws Exception {
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> Self.receive(String.class))
        .isInstanceOf(ReceiveInterruptedException.class)
        .hasMessageContaining(Self.pid().toString());
    assertThat(Thread.interrupted()).isTrue();
    send("still here");
    assertThat(Self.receive()).isEqualTo("still here");
  }

  @Test
  void is_interrupted_in_the_midst_of_its_wait() throws Exception {
    Thread test = Thread.currentThread();
    var about = new CountDownLatch(1);
    Thread.ofPlatform()
        .start(
            () -> {
              try {
                about.await();
                test.interrupt();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    about.countDown();

    assertThatThrownBy(Self::receive).isInstanceOf(ReceiveInterruptedException.class);
    assertThat(Thread.interrupted()).isTrue();
  }
}
