package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ostler.CallException;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A call, its answers, and who may give them.
 *
 * <p>G29, G36, G49 and G50 have no counterpart; nor has the stray reply of G25.
 */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(value = Kind.class, names = "DEADLINE", mode = EnumSource.Mode.EXCLUDE)
class CallTest {
  @Parameter Kind kind;

  private ServerRef<PuppetServer> server;

  @BeforeEach
  void start() {
    server = kind.start();
  }

  @Nested
  class A_call {

    // G20
    @Test
    void runs_in_the_server_and_returns_the_reply() {
      Pid test = Self.pid();
      var caller = new AtomicReference<Pid>();
      Pid handled =
          server.call(
              PuppetServer.ask(
                  "who",
                  (ask, from, heard) -> {
                    caller.set(from.pid().orElseThrow());
                    return ask.reply(Self.pid(), PuppetServer.and(heard, "asked"));
                  }));
      assertThat(handled).isEqualTo(server.pid());
      assertThat(caller).hasValue(test);
      assertThat(Self.pid()).isEqualTo(test);
      assertThat(server.call(PuppetServer.heard())).containsExactly("asked");
    }

    // G20: from a thread that is no process
    @Test
    void may_come_from_a_thread_that_is_no_process() throws Exception {
      var seen = new AtomicReference<Object>();
      var anyone = PuppetServer.ask("who", (ask, from, heard) -> ask.reply(from.pid(), heard));
      Thread thread = Thread.ofPlatform().start(() -> seen.set(server.call(anyone)));
      thread.join();
      assertThat(seen.get()).isEqualTo(Optional.empty());
    }

    // G26
    @Test
    void of_the_dead_finds_no_process() {
      server.stop();
      assertNoProcess(server);
    }

    // G26
    @Test
    void of_a_name_that_nobody_has_finds_no_process() {
      assertNoProcess(Name.unique("nobody"));
    }

    private void assertNoProcess(ServerRef<PuppetServer> nobody) {
      var e =
          catchThrowableOfType(
              CallException.NoProcess.class, () -> nobody.call(PuppetServer.question("you?")));
      assertThat(e.reason()).isEqualTo(ExitReason.NO_PROCESS);
      assertThat(e).hasMessageContaining(nobody.toString()).hasMessageContaining("you?");
    }

    // G27
    @Test
    void hears_the_reason_with_which_the_server_ended() {
      for (ExitReason reason :
          List.of(ExitReason.NORMAL, ExitReason.SHUTDOWN, ExitReason.of("tired"))) {
        ServerRef<PuppetServer> leaves = kind.start();
        var leave =
            PuppetServer.<String>ask("leave", (ask, from, heard) -> Next.stop(reason, heard));
        var e = catchThrowableOfType(CallException.Exited.class, () -> leaves.call(leave));
        assertThat(e.reason()).isEqualTo(reason);
        assertThat(e).hasMessageContaining(leaves.pid().toString()).hasMessageContaining("leave");
        assertThat(leaves.pid().isAlive()).isFalse();
      }
    }

    // G27: also if it waits behind others
    @Test
    void that_waits_hears_the_end_too() throws Exception {
      var waiting = new AtomicReference<CallException>();
      try (var held =
          Held.hold(server, (ask, from, heard) -> Next.stop(ExitReason.NORMAL, heard))) {
        var caller =
            Self.spawnMonitor(
                () ->
                    waiting.set(
                        catchThrowableOfType(
                            CallException.class,
                            () ->
                                server.call(PuppetServer.question("still there?"), Held.FOREVER))));
        held.awaitQueued(1);
        held.letGo();
        Downs.reason(caller.ref());
      }
      assertThat(waiting.get())
          .isInstanceOfSatisfying(
              CallException.Exited.class, e -> assertThat(e.reason()).isEqualTo(ExitReason.NORMAL));
      assertThat(server.pid().isAlive()).isFalse();
    }

    // G27
    @Test
    void hears_of_a_kill_at_once() throws Exception {
      try (var held = Held.hold(server)) {
        var caller =
            Self.spawnMonitor(
                () -> server.call(PuppetServer.question("still there?"), Held.FOREVER));
        held.awaitQueued(1);
        server.pid().exit(ExitReason.KILL);
        assertThat(Downs.reason(caller.ref()))
            .isInstanceOfSatisfying(
                ExitReason.Crash.class,
                crash ->
                    assertThat(crash.cause())
                        .isInstanceOfSatisfying(
                            CallException.Exited.class,
                            e -> assertThat(e.reason()).isEqualTo(ExitReason.KILLED)));
      }
    }
  }

  @Nested
  class A_reply {

    // G31
    @Test
    void comes_with_the_next_state() {
      assertThat(server.call(PuppetServer.question("one"))).isEqualTo("one");
      assertThat(server.call(PuppetServer.question("two"))).isEqualTo("two");
      assertThat(server.call(PuppetServer.heard())).containsExactly("one", "two");
    }

    // G31: first the reply, then the continuation
    @Test
    void comes_before_the_continuation() {
      var replied = new CountDownLatch(1);
      Pid test = Self.pid();
      PuppetServer.Step then =
          heard -> {
            if (kind == Kind.PLAIN) { // a direct server continues on its caller's thread
              replied.await();
            }
            test.send("continued");
            return Next.noReply(PuppetServer.and(heard, "continued"));
          };
      String reply =
          server.call(
              PuppetServer.ask(
                  "go on", (ask, from, heard) -> ask.reply("yes", heard).thenContinue(then)));
      assertThat(reply).isEqualTo("yes");
      replied.countDown();
      assertThat(Self.receive(String.class, Downs.LONG)).contains("continued");
      assertThat(server.call(PuppetServer.heard())).containsExactly("continued");
    }

    // G32
    @Test
    void may_come_from_a_later_callback() {
      var kept = new AtomicReference<From<String>>();
      var later =
          PuppetServer.<String>ask(
              "later",
              (ask, from, heard) -> {
                kept.set(ask.from(from));
                Self.pid()
                    .send(
                        PuppetServer.step(
                            then -> {
                              kept.get().reply("now");
                              return Next.noReply(PuppetServer.and(then, "replied"));
                            }));
                return Next.noReply(PuppetServer.and(heard, "put off"));
              });
      assertThat(server.call(later)).isEqualTo("now");
      assertThat(server.call(PuppetServer.heard())).containsExactly("put off", "replied");
    }

    // G33
    @Test
    void may_come_from_any_process_or_thread() {
      var spawned =
          PuppetServer.<String>ask(
              "spawned",
              (ask, from, heard) -> {
                From<String> caller = ask.from(from);
                Processes.spawn(() -> caller.reply("from a process"));
                return Next.noReply(heard);
              });
      assertThat(server.call(spawned)).isEqualTo("from a process");
      var thread =
          PuppetServer.<String>ask(
              "thread",
              (ask, from, heard) -> {
                From<String> caller = ask.from(from);
                Thread.ofPlatform().start(() -> caller.reply("from a thread"));
                return Next.noReply(heard);
              });
      assertThat(server.call(thread)).isEqualTo("from a thread");
    }

    // G33
    @Test
    void may_come_before_the_callback_returns() throws Exception {
      var answered = new CountDownLatch(1);
      var caller =
          Self.spawnMonitor(
              () -> {
                server.call(
                    PuppetServer.<String>ask(
                        "early",
                        (ask, from, heard) -> {
                          ask.from(from).reply("early");
                          if (kind == Kind.PLAIN) { // a direct server has its caller's thread
                            answered.await();
                          }
                          return Next.noReply(heard);
                        }));
                answered.countDown();
              });
      assertThat(Downs.reason(caller.ref())).isEqualTo(ExitReason.NORMAL);
    }

    // G33: to the dead, too
    @Test
    void to_a_dead_caller_is_no_error() {
      var kept = new AtomicReference<From<String>>();
      var keep =
          PuppetServer.<String>ask(
              "keep",
              (ask, from, heard) -> {
                kept.set(ask.from(from));
                return Next.noReply(heard);
              });
      Downs.of(() -> server.call(keep, Duration.ZERO));
      assertThat(server.call(PuppetServer.heard()))
          .isEmpty(); // after the call that nobody waits for
      kept.get().reply("too late");
      assertThat(server.call(PuppetServer.heard())).isEmpty();
    }

    // G25
    @Test
    void that_comes_second_is_dropped() {
      var kept = new AtomicReference<From<String>>();
      var twice =
          PuppetServer.<String>ask(
              "twice",
              (ask, from, heard) -> {
                kept.set(ask.from(from));
                kept.get().reply("first");
                kept.get().reply("second");
                return ask.reply("third", heard);
              });
      assertThat(server.call(twice, Held.FOREVER)).isEqualTo("first");
      kept.get().reply("fourth");
      assertThat(Self.flush()).isEmpty();
      assertThat(server.call(twice)).isEqualTo("first");
    }
  }

  @Nested
  class The_wrong_request {

    // A reply goes to the request that is handled, or to none.
    @Test
    void cannot_be_replied_to() {
      PuppetServer.Ask<String> other = PuppetServer.question("another");
      var wrong = PuppetServer.<String>ask("asked", (ask, from, heard) -> other.reply("no", heard));
      assertCrash(() -> server.call(wrong), "another", "asked");
    }

    @Test
    void cannot_be_replied_to_with_the_last_word() {
      PuppetServer.Ask<String> other = PuppetServer.question("another");
      var wrong =
          PuppetServer.<String>ask(
              "asked", (ask, from, heard) -> other.replyAndStop("no", ExitReason.NORMAL, heard));
      assertCrash(() -> server.call(wrong), "another", "asked");
    }

    @Test
    void cannot_be_asked_for_its_caller() {
      PuppetServer.Ask<String> other = PuppetServer.question("another");
      var wrong =
          PuppetServer.<String>ask(
              "asked",
              (ask, from, heard) -> {
                other.from(from).reply("no");
                return Next.noReply(heard);
              });
      assertCrash(() -> server.call(wrong), "another", "asked");
    }

    @Test
    void cannot_be_replied_to_by_a_cast() {
      PuppetServer.Ask<String> other = PuppetServer.question("another");
      try (var reports = new Reports()) {
        var monitor = Self.monitor(server.pid());
        server.cast(PuppetServer.tell("told", heard -> other.reply("no", heard)));
        assertThat(Downs.reason(monitor))
            .isInstanceOfSatisfying(
                ExitReason.Crash.class,
                crash ->
                    assertThat(crash.cause())
                        .hasMessageContainingAll("PuppetServer$Ask", "no call"));
        assertThat(reports.crashesOf(server.pid())).hasSize(1);
      }
    }

    /** Others see this crash, too, so it tells of the requests only what they are. */
    private void assertCrash(Runnable call, String... secrets) {
      var e = catchThrowableOfType(CallException.Exited.class, call::run);
      assertThat(e.crash().orElseThrow())
          .hasMessageContaining(PuppetServer.Ask.class.getName())
          .message()
          .doesNotContain(secrets);
      assertThat(server.pid().isAlive()).isFalse();
    }
  }
}
