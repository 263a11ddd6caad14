package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ostler.CallException;
import dev.ostler.Down;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.MailboxFullException;
import dev.ostler.Next;
import dev.ostler.Overflow;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Mailboxes that hold only so much. That BLOCK waits is in {@link BlockingMailboxTest}. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(value = Kind.class, names = "DEADLINE", mode = EnumSource.Mode.EXCLUDE)
class OverflowTest {
  @Parameter Kind kind;

  private ServerRef<PuppetServer> bounded(int capacity, Overflow overflow) {
    return kind.of(PuppetServer::new).mailbox(capacity, overflow).start();
  }

  private static void castNotes(ServerRef<PuppetServer> server, int count) {
    for (int i = 1; i <= count; i++) {
      server.cast(PuppetServer.note("note " + i));
    }
  }

  /** Queues a call, and does not wait for it. */
  private static void ask(ServerRef<PuppetServer> server, String question) {
    assertThatThrownBy(() -> server.call(PuppetServer.question(question), Duration.ZERO))
        .isInstanceOf(CallException.Timeout.class);
  }

  @Nested
  class Drop_newest {

    @Test
    void keeps_the_oldest() throws Exception {
      ServerRef<PuppetServer> server = bounded(2, Overflow.DROP_NEWEST);
      try (var held = Held.hold(server)) {
        castNotes(server, 3);
        server.send("too late");
        assertThat(Sys.status(server.pid()).queued()).isEqualTo(2);
        held.letGo();
        assertThat(server.call(PuppetServer.heard())).containsExactly("note 1", "note 2");
      }
      server.cast(PuppetServer.note("there is room again"));
      assertThat(server.call(PuppetServer.heard())).endsWith("there is room again");
    }
  }

  @Nested
  class Drop_oldest {

    @Test
    void keeps_the_newest() throws Exception {
      ServerRef<PuppetServer> server = bounded(2, Overflow.DROP_OLDEST);
      try (var held = Held.hold(server)) {
        castNotes(server, 4);
        server.send("info");
        held.letGo();
        assertThat(server.call(PuppetServer.heard())).containsExactly("note 4", "info");
      }
    }

    @Test
    void does_so_however_many_come() throws Exception {
      ServerRef<PuppetServer> server = bounded(3, Overflow.DROP_OLDEST);
      try (var held = Held.hold(server)) {
        ask(server, "first call");
        castNotes(server, 500);
        ask(server, "second call");
        castNotes(server, 500);
        held.letGo();
        assertThat(server.call(PuppetServer.heard()))
            .containsExactly("first call", "second call", "note 498", "note 499", "note 500");
      }
    }

    // What was dropped does not wait.
    @Test
    void counts_what_waits_without_what_was_dropped() throws Exception {
      ServerRef<PuppetServer> server = bounded(2, Overflow.DROP_OLDEST);
      try (var held = Held.hold(server)) {
        castNotes(server, 10);
        assertThat(Sys.status(server.pid()).queued()).isEqualTo(2);
      }
    }
  }

  @Nested
  class Fail {

    @Test
    void tells_the_sender() throws Exception {
      ServerRef<PuppetServer> server = bounded(2, Overflow.FAIL);
      try (var held = Held.hold(server)) {
        castNotes(server, 1);
        server.send("info");
        var cast =
            catchThrowableOfType(
                MailboxFullException.class, () -> server.cast(PuppetServer.note("one too many")));
        assertThat(cast.pid()).isEqualTo(server.pid());
        assertThat(cast).hasMessageContainingAll(server.pid().toString(), "PuppetServer", "2");
        assertThatThrownBy(() -> server.send("too")).isInstanceOf(MailboxFullException.class);
        assertThatThrownBy(() -> server.pid().send("too")).isInstanceOf(MailboxFullException.class);
        held.letGo();
        assertThat(server.call(PuppetServer.heard())).containsExactly("note 1", "info");
      }
      server.cast(PuppetServer.note("there is room again"));
      assertThat(server.call(PuppetServer.heard())).endsWith("there is room again");
    }

    @Test
    void tells_nobody_of_the_dead() throws Exception {
      ServerRef<PuppetServer> server = bounded(1, Overflow.FAIL);
      try (var held = Held.hold(server)) {
        castNotes(server, 1);
        server.pid().exit(ExitReason.KILL);
        castNotes(server, 3);
        assertThat(server.whereis()).isEmpty();
      }
    }

    // A timer has nobody to tell, and goes on to serve others.
    @Test
    void drops_what_a_timer_sends() throws Exception {
      ServerRef<PuppetServer> server = bounded(1, Overflow.FAIL);
      try (var held = Held.hold(server)) {
        castNotes(server, 1);
        server.sendAfter("from a timer", Duration.ZERO);
        Self.sendAfter("the next", Duration.ofMillis(5));
        assertThat(Self.receive(String.class, Downs.LONG)).contains("the next");
        held.letGo();
        assertThat(server.call(PuppetServer.heard())).containsExactly("note 1");
      }
    }
  }

  @Nested
  class Every_policy {

    @ParameterizedTest
    @EnumSource
    void never_refuses_a_call_or_a_signal(Overflow overflow) throws Exception {
      ServerRef<PuppetServer> server = bounded(1, overflow);
      server.call(PuppetServer.compute("trap", () -> Self.trapExits(true)));
      ServerRef<PuppetServer> other = kind.start();
      var ref = server.call(PuppetServer.watch(other.pid()));
      try (var held = Held.hold(server)) {
        castNotes(server, 1);
        ask(server, "one");
        ask(server, "two");
        other.stop();
        server.pid().exit(ExitReason.SHUTDOWN);
        ask(server, "three");
        held.letGo();
        assertThat(server.call(PuppetServer.heard()))
            .containsExactly(
                "note 1",
                "one",
                "two",
                new Down(ref, other.pid(), ExitReason.NORMAL),
                new Exit(Self.pid(), ExitReason.SHUTDOWN),
                "three");
      }
    }

    // Neither calls nor signals take the place of casts.
    @ParameterizedTest
    @EnumSource
    void does_not_count_calls_or_signals(Overflow overflow) throws Exception {
      ServerRef<PuppetServer> server = bounded(2, overflow);
      server.call(PuppetServer.compute("trap", () -> Self.trapExits(true)));
      try (var held = Held.hold(server)) {
        ask(server, "one");
        server.pid().exit(ExitReason.SHUTDOWN);
        ask(server, "two");
        castNotes(server, 2);
        held.letGo();
        assertThat(server.call(PuppetServer.heard()))
            .containsExactly(
                "one", new Exit(Self.pid(), ExitReason.SHUTDOWN), "two", "note 1", "note 2");
      }
    }

    @ParameterizedTest
    @EnumSource
    void does_not_count_the_message_being_handled(Overflow overflow) throws Exception {
      ServerRef<PuppetServer> server = bounded(1, overflow);
      var begun = new CountDownLatch(1);
      var let = new CountDownLatch(1);
      var caster =
          Self.spawnMonitor(
              () ->
                  server.cast(
                      PuppetServer.tell(
                          "handled",
                          heard -> {
                            begun.countDown();
                            let.await();
                            return Next.noReply(PuppetServer.and(heard, "handled"));
                          })));
      begun.await();
      castNotes(server, 1);
      let.countDown();
      assertThat(server.call(PuppetServer.heard())).containsExactly("handled", "note 1");
      assertThat(Downs.reason(caster.ref())).isIn(ExitReason.NORMAL, ExitReason.NO_PROCESS);
    }

    @ParameterizedTest
    @EnumSource
    void keeps_the_order_of_casts_calls_and_signals(Overflow overflow) throws Exception {
      ServerRef<PuppetServer> server = bounded(3, overflow);
      server.call(PuppetServer.compute("trap", () -> Self.trapExits(true)));
      try (var held = Held.hold(server)) {
        server.cast(PuppetServer.note("cast"));
        ask(server, "call");
        server.send("info");
        server.pid().exit(ExitReason.SHUTDOWN);
        server.cast(PuppetServer.note("another cast"));
        held.letGo();
        assertThat(server.call(PuppetServer.heard()))
            .containsExactly(
                "cast", "call", "info", new Exit(Self.pid(), ExitReason.SHUTDOWN), "another cast");
      }
    }

    @ParameterizedTest
    @EnumSource
    void lets_a_full_server_stop(Overflow overflow) throws Exception {
      ServerRef<PuppetServer> server = bounded(1, overflow);
      var monitor = Self.monitor(server.pid());
      try (var held = Held.hold(server)) {
        castNotes(server, 1);
        assertThatThrownBy(() -> server.stop(ExitReason.SHUTDOWN, Duration.ZERO))
            .isInstanceOf(CallException.Timeout.class);
      }
      assertThat(Downs.reason(monitor)).isEqualTo(ExitReason.SHUTDOWN);
    }

    // What a suspended server keeps for later waits, too.
    @ParameterizedTest
    @EnumSource(names = "BLOCK", mode = EnumSource.Mode.EXCLUDE)
    void counts_what_a_suspended_server_keeps(Overflow overflow) {
      ServerRef<PuppetServer> server = bounded(2, overflow);
      Sys.suspend(server.pid());
      for (int i = 1; i <= 4; i++) {
        try {
          server.cast(PuppetServer.note("note " + i));
        } catch (MailboxFullException e) {
          assertThat(overflow).isEqualTo(Overflow.FAIL);
        }
        Sys.getState(server.pid()); // it has taken the cast from its mailbox
      }
      Sys.resume(server.pid());
      List<Object> kept =
          overflow == Overflow.DROP_OLDEST
              ? List.of("note 3", "note 4")
              : List.of("note 1", "note 2");
      assertThat(server.call(PuppetServer.heard())).isEqualTo(kept);
    }

    @ParameterizedTest
    @EnumSource
    void loses_nothing_while_there_is_room(Overflow overflow) {
      ServerRef<PuppetServer> server = bounded(100, overflow);
      for (int round = 0; round < 20; round++) {
        castNotes(server, 100);
        List<Object> heard = server.call(PuppetServer.heard());
        assertThat(heard).hasSize(100 * (round + 1));
      }
      assertThat(server.call(PuppetServer.heard()).subList(0, 100))
          .isEqualTo(IntStream.rangeClosed(1, 100).mapToObj(i -> "note " + i).toList());
    }
  }

  @Test
  void of_less_than_one_is_refused() {
    var child = GenServer.of(PuppetServer::new);
    assertThatIllegalArgumentException().isThrownBy(() -> child.mailbox(0, Overflow.FAIL));
    assertThatIllegalArgumentException().isThrownBy(() -> child.mailbox(-1, Overflow.BLOCK));
    assertThatThrownBy(() -> child.mailbox(1, null)).isInstanceOf(NullPointerException.class);
  }

  @Test
  void is_none_unless_asked_for() throws Exception {
    ServerRef<PuppetServer> server = kind.start();
    Pid pid = server.pid();
    try (var held = Held.hold(server)) {
      for (int i = 0; i < 2_000; i++) {
        pid.send(i);
      }
      held.letGo();
      assertThat(server.call(PuppetServer.heard(), Held.FOREVER)).hasSize(2_000);
    }
  }
}
