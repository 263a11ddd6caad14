package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.CallException;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.MailboxFullException;
import dev.ostler.Overflow;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A full mailbox whose senders wait: until there is room, or nobody to wait for. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(value = Kind.class, names = "DEADLINE", mode = EnumSource.Mode.EXCLUDE)
class BlockingMailboxTest {
  @Parameter Kind kind;

  private ServerRef<PuppetServer> server;

  @BeforeEach
  void start() {
    server = kind.of(PuppetServer::new).mailbox(1, Overflow.BLOCK).start();
  }

  /** A process that sends to a full server, and has begun to wait. */
  private final class Sender {
    final AtomicBoolean sent = new AtomicBoolean();
    final AtomicReference<Throwable> thrown = new AtomicReference<>();
    private final AtomicReference<Thread> thread = new AtomicReference<>();
    final Self.Monitored process =
        Self.spawnMonitor(
            () -> {
              thread.set(Thread.currentThread());
              try {
                server.send("waited");
                sent.set(true);
              } catch (Throwable t) {
                thrown.set(t);
                throw t;
              }
            });

    /** Returns once the thread waits, which nothing but its state tells. */
    Sender waiting() {
      while (thread.get() == null || thread.get().getState() != Thread.State.WAITING) {
        assertThat(sent).isFalse();
        Thread.onSpinWait();
      }
      return this;
    }

    Thread thread() {
      return thread.get();
    }
  }

  @Nested
  class A_sender {

    @Test
    void waits_for_room_and_goes_on() throws Exception {
      try (var held = Held.hold(server)) {
        server.send("first");
        var sender = new Sender().waiting();
        assertThat(sender.sent).isFalse();
        held.letGo();
        assertThat(Downs.reason(sender.process.ref())).isEqualTo(ExitReason.NORMAL);
        assertThat(sender.sent).isTrue();
      }
      assertThat(server.call(PuppetServer.heard())).containsExactly("first", "waited");
    }

    @Test
    void is_let_go_when_the_server_dies() throws Exception {
      try (var held = Held.hold(server)) {
        server.send("first");
        var sender = new Sender().waiting();
        server.pid().exit(ExitReason.KILL);
        assertThat(Downs.reason(sender.process.ref())).isEqualTo(ExitReason.NORMAL);
        assertThat(sender.sent).isTrue(); // to the dead, all is dropped
      }
    }

    @Test
    void is_let_go_when_it_is_killed() throws Exception {
      try (var held = Held.hold(server)) {
        server.send("first");
        var sender = new Sender().waiting();
        sender.process.pid().exit(ExitReason.KILL);
        assertThat(Downs.reason(sender.process.ref())).isEqualTo(ExitReason.KILLED);
        sender.thread().join();
        assertThat(sender.sent).isFalse();
        held.letGo();
      }
      assertThat(server.call(PuppetServer.heard())).containsExactly("first");
    }

    @Test
    void is_refused_when_it_is_interrupted() throws Exception {
      try (var held = Held.hold(server)) {
        server.send("first");
        var sender = new Sender().waiting();
        sender.thread().interrupt();
        Downs.reason(sender.process.ref());
        assertThat(sender.thrown.get()).isInstanceOf(MailboxFullException.class);
        assertThat(sender.sent).isFalse();
      }
      assertThat(server.call(PuppetServer.heard())).containsExactly("first");
    }

    @Test
    void is_one_of_many_who_all_get_through() throws Exception {
      List<Sender> senders;
      try (var held = Held.hold(server)) {
        server.send("first");
        senders = List.of(new Sender().waiting(), new Sender().waiting(), new Sender().waiting());
      }
      for (Sender sender : senders) {
        assertThat(Downs.reason(sender.process.ref())).isEqualTo(ExitReason.NORMAL);
      }
      assertThat(server.call(PuppetServer.heard()))
          .containsExactly("first", "waited", "waited", "waited");
    }

    @Test
    void does_not_hold_up_calls_of_others() throws Exception {
      try (var held = Held.hold(server)) {
        server.send("first");
        new Sender().waiting();
        var asked = new CountDownLatch(1);
        var caller =
            Self.spawnMonitor(
                () -> {
                  asked.countDown();
                  server.call(PuppetServer.question("call"), Held.FOREVER);
                });
        asked.await();
        held.letGo();
        assertThat(Downs.reason(caller.ref())).isEqualTo(ExitReason.NORMAL);
      }
      assertThat(server.call(PuppetServer.heard())).contains("call");
    }

    @Test
    void waits_for_a_suspended_server_too() {
      Sys.suspend(server.pid());
      server.send("first");
      var sender = new Sender().waiting();
      assertThat(Sys.status(server.pid(), Downs.LONG).suspended()).isTrue();
      Sys.resume(server.pid());
      assertThat(Downs.reason(sender.process.ref())).isEqualTo(ExitReason.NORMAL);
      assertThat(server.call(PuppetServer.heard())).containsExactly("first", "waited");
    }
  }

  @Nested
  class Who_never_waits {

    @Test
    void is_the_server_itself() {
      PuppetServer.Ask<String> sendToSelf =
          PuppetServer.ask(
              "send",
              (ask, from, heard) -> {
                Self.pid().send("one");
                Self.pid().send("two");
                server.cast(PuppetServer.note("three"));
                return ask.reply("sent", heard);
              });
      assertThat(server.call(sendToSelf)).isEqualTo("sent");
      assertThat(server.call(PuppetServer.heard())).containsExactly("one", "two", "three");
    }

    @Test
    void is_the_server_in_its_init() {
      ServerRef<PuppetServer> other =
          kind.of(
                  () ->
                      new PuppetServer()
                          .onInit(
                              () -> {
                                Self.pid().send("one");
                                Self.pid().send("two");
                                return Init.ok(List.of());
                              }))
              .mailbox(1, Overflow.BLOCK)
              .start();
      assertThat(other.call(PuppetServer.heard())).containsExactly("one", "two");
    }

    // Its thread cannot make room while a direct server that it called waits on it.
    @Test
    void is_a_direct_server_on_the_servers_own_thread() {
      ServerRef<PuppetServer> direct = GenServer.of(PuppetServer::new).direct().start();
      PuppetServer.Ask<String> sendBack =
          PuppetServer.compute(
              "send back",
              () -> {
                server.send("one");
                server.send("two");
                return "sent";
              });
      assertThat(
              server.call(
                  PuppetServer.compute(
                      "through another", () -> direct.call(sendBack, Held.FOREVER)),
                  Downs.LONG))
          .isEqualTo("sent");
      assertThat(server.call(PuppetServer.heard())).containsExactly("one", "two");
    }

    // Nor while a server that it starts waits on it in its init.
    @Test
    void is_a_server_that_it_starts() {
      PuppetServer.Ask<String> startAnother =
          PuppetServer.compute(
              "start",
              () ->
                  GenServer.of(
                          () ->
                              new PuppetServer()
                                  .onInit(
                                      () -> {
                                        server.send("one");
                                        server.send("two");
                                        return Init.ok(List.of());
                                      }))
                      .start()
                      .toString());
      assertThat(server.call(startAnother, Downs.LONG)).contains("PuppetServer");
      assertThat(server.call(PuppetServer.heard())).containsExactly("one", "two");
    }

    @Test
    void is_a_timer() throws Exception {
      try (var held = Held.hold(server)) {
        server.send("first");
        for (int i = 0; i < 3; i++) {
          server.sendAfter("from a timer", Duration.ZERO);
        }
        Self.sendAfter("the next", Duration.ofMillis(5)); // timers serve others meanwhile
        assertThat(Self.receive(String.class, Downs.LONG)).contains("the next");
        held.letGo();
        assertThat(server.call(PuppetServer.heard()))
            .containsExactly("first", "from a timer", "from a timer", "from a timer");
      }
    }

    @Test
    void is_the_idle_timeout_of_the_server() {
      server.call(
          PuppetServer.ask(
              "idle",
              (ask, from, heard) -> {
                Self.pid().send("one");
                Self.pid().send("two");
                return ask.reply("idle", heard).withTimeout(Duration.ZERO);
              }));
      assertThat(server.call(PuppetServer.heard())).containsExactly("one", "two");
    }

    @Test
    void is_who_sends_to_a_server_that_has_ended() {
      server.stop();
      for (int i = 0; i < 3; i++) {
        server.send("to the dead");
      }
      assertThatThrownBy(server::stop).isInstanceOf(CallException.NoProcess.class);
    }
  }

  @Test
  void lets_a_thread_that_is_no_process_wait_too() throws Exception {
    try (var held = Held.hold(server)) {
      server.send("first");
      Thread plain = Thread.ofPlatform().start(() -> server.send("waited"));
      while (plain.getState() != Thread.State.WAITING) {
        assertThat(plain.getState()).isNotEqualTo(Thread.State.TERMINATED);
        Thread.onSpinWait();
      }
      held.letGo();
      plain.join();
    }
    assertThat(server.call(PuppetServer.heard())).containsExactly("first", "waited");
  }
}
