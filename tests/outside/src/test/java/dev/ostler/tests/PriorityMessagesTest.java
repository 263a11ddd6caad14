package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.ManualClock;
import dev.ostler.Next;
import dev.ostler.Overflow;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Messages that are received before all that waits and was not sent so: M16. */
@ExtendWith(OstlerExtension.class)
class PriorityMessagesTest {

  static Stream<ServerChild<PuppetServer, ServerRef<PuppetServer>>> servers() {
    return Stream.of(
        Kind.PLAIN.of(PuppetServer::new),
        Kind.DIRECT.of(PuppetServer::new),
        Kind.DEADLINE.of(PuppetServer::new),
        GenServer.of(PuppetServer::new).mailbox(3, Overflow.DROP_NEWEST));
  }

  private static int queued(Pid pid) {
    return Processes.info(pid).orElseThrow().queued();
  }

  // --- Raw processes ---

  // M16
  @Test
  void come_to_a_raw_process_before_those_that_wait() {
    Pid self = Self.pid();
    self.send("a");
    assertThat(Self.receive(Integer.class, Duration.ZERO)).isEmpty(); // looks at it
    self.send("b");
    self.sendPriority("first");
    self.send("c");
    self.sendPriority("second");
    assertThat(queued(self)).isEqualTo(5);
    assertThat(Self.receive()).isEqualTo("first");
    self.sendPriority("third");
    assertThat(Self.receive(Integer.class, Duration.ZERO)).isEmpty();
    assertThat(queued(self)).isEqualTo(5);
    assertThat(Self.flush()).containsExactly("second", "third", "a", "b", "c");
    assertThat(queued(self)).isZero();
  }

  // M16
  @Test
  void are_what_a_receive_by_a_condition_sees_first() {
    Pid self = Self.pid();
    IntStream.range(0, 3).forEach(self::send);
    Stream.of(10, 11, "text", 12).forEach(self::sendPriority);
    var ref = Self.monitor(self);
    assertThat(Self.receive(Integer.class, n -> n % 2 == 1, Duration.ZERO)).contains(11);
    assertThat(Self.receive(Integer.class, n -> n % 2 == 1, Duration.ZERO)).contains(1);
    assertThat(Self.receive(ref, Integer.class, n -> n == 12, Duration.ZERO)).contains(12);
    assertThat(Self.flush()).containsExactly(10, "text", 0, 2);
  }

  // M16
  @Test
  void wake_a_raw_process() {
    Pid test = Self.pid();
    Pid echo =
        Processes.spawn(
            () -> {
              while (true) {
                test.send(Self.receive());
              }
            });
    for (int i = 0; i < 10_000; i++) {
      echo.sendPriority(i);
      assertThat(Self.receive(Integer.class, Deaths.PATIENCE)).contains(i);
    }
    echo.exit(ExitReason.KILL);
    echo.sendPriority("too late");
    assertThat(Self.flush()).isEmpty();
  }

  // M16: from many, while the receiver goes idle and wakes all the time
  @Test
  void come_once_each_in_the_order_of_their_sender() {
    Pid self = Self.pid();
    int senders = 4;
    int each = 5_000;
    for (int sender = 0; sender < senders; sender++) {
      int id = sender;
      Processes.spawn(
          () -> {
            for (int i = 0; i < each; i++) {
              if (i % 3 == 0) {
                self.send(new Sent(id, i));
              } else {
                self.sendPriority(new Sent(id, i));
              }
            }
          });
    }
    var received = new ArrayList<Sent>();
    while (received.size() < senders * each) {
      received.add(Self.receive(Sent.class, Deaths.PATIENCE).orElseThrow());
    }
    for (int sender = 0; sender < senders; sender++) {
      int id = sender;
      for (boolean priority : List.of(true, false)) {
        assertThat(received.stream().filter(m -> m.sender() == id && m.isPriority() == priority))
            .map(Sent::number)
            .isEqualTo(
                IntStream.range(0, each).filter(i -> i % 3 != 0 == priority).boxed().toList());
      }
    }
    assertThat(queued(self)).isZero();
  }

  private record Sent(int sender, int number) {
    boolean isPriority() {
      return number % 3 != 0;
    }
  }

  // --- Servers ---

  // M16
  @ParameterizedTest
  @MethodSource("servers")
  void come_to_a_server_before_those_that_wait(
      ServerChild<PuppetServer, ServerRef<PuppetServer>> child) throws Exception {
    ServerRef<PuppetServer> server = child.start();
    try (var held = Held.hold(server)) {
      server.cast(PuppetServer.note("a"));
      server.send("b");
      server.castPriority(PuppetServer.note("first"));
      server.send("c");
      server.pid().sendPriority("second");
      assertThat(queued(server.pid())).isEqualTo(5);
      held.letGo();
      assertThat(server.call(PuppetServer.heard()))
          .containsExactly("first", "second", "a", "b", "c");
    }
    assertThat(queued(server.pid())).isZero();
  }

  // M16
  @ParameterizedTest
  @MethodSource("servers")
  void wake_a_server(ServerChild<PuppetServer, ServerRef<PuppetServer>> child) {
    Pid test = Self.pid();
    ServerRef<PuppetServer> server = child.start();
    for (int i = 0; i < 2_000; i++) {
      int number = i;
      server.castPriority(
          PuppetServer.tell(
              "answer",
              heard -> {
                test.send(number);
                return Next.noReply(heard);
              }));
      assertThat(Self.receive(Integer.class, Deaths.PATIENCE)).contains(i);
    }
  }

  // M16
  @Test
  void come_to_a_suspended_server_once_it_is_resumed_and_before_what_was_held_back() {
    ServerRef<PuppetServer> server = GenServer.of(PuppetServer::new).start();
    Sys.suspend(server.pid());
    server.send("a");
    server.pid().sendPriority("first");
    assertThat(Sys.getState(server.pid())).isEqualTo(List.of());
    server.pid().sendPriority("second");
    assertThat(queued(server.pid())).isEqualTo(3);
    Sys.resume(server.pid());
    assertThat(server.call(PuppetServer.heard())).containsExactly("first", "second", "a");
  }

  // M16
  @Test
  void end_the_idle_time_of_a_server_as_others_do(ManualClock clock) {
    Pid test = Self.pid();
    ServerRef<PuppetServer> server =
        GenServer.of(
                () ->
                    new PuppetServer()
                        .telling(test)
                        .onInit(() -> Init.ok(List.<Object>of()).withTimeout(Duration.ofDays(1))))
            .start();
    server.pid().sendPriority("busy");
    assertThat(Self.receive(String.class, Deaths.PATIENCE)).contains("busy");
    clock.advance(Duration.ofDays(2));
    assertThat(server.call(PuppetServer.heard())).containsExactly("busy");
    assertThat(queued(server.pid())).isZero();
  }
}
