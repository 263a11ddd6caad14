package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.ManualClock;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import dev.ostler.StartException;
import dev.ostler.Timeout;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * How a server begins, or does not.
 *
 * <p>What Java's types make impossible: G08, {@code init} returns an {@link Init} or nothing at
 * all; G16, no server is without {@code init}. G04 and the throw of G09 have no counterpart. Names
 * (G11, G12, G14) and child specs (G15) are in {@link ServerNameTest}.
 */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(Kind.class)
class ServerStartTest {
  @Parameter Kind kind;

  private final AtomicReference<Pid> started = new AtomicReference<>();
  private final AtomicInteger terminated = new AtomicInteger();

  /** A puppet that begins like this, notes its pid, and is watched from its init on. */
  private ServerChild<PuppetServer, ServerRef<PuppetServer>> beginning(
      ServerRef<PuppetServer> watcher, Callable<Init<List<Object>>> init) {
    return kind.of(
        () ->
            new PuppetServer()
                .onInit(
                    () -> {
                      started.set(Self.pid());
                      watcher.call(PuppetServer.watch(Self.pid()));
                      return init.call();
                    })
                .onTerminate((reason, heard) -> terminated.incrementAndGet()));
  }

  @Nested
  class A_start {

    // G01
    @Test
    void returns_after_init() {
      var steps = new CompletableFuture<String>();
      var server =
          kind.of(
                  () ->
                      new PuppetServer()
                          .onInit(
                              () -> {
                                steps.complete("init as " + Self.pid());
                                return Init.ok(List.of("begun"));
                              }))
              .startLink();
      assertThat(steps).isCompletedWithValue("init as " + server.pid());
      assertThat(server.call(PuppetServer.heard())).containsExactly("begun");
    }

    // M14
    @Test
    void may_ask_for_a_continuation_and_for_a_timeout_after_it() {
      Pid test = Self.pid();
      for (boolean timeoutFirst : new boolean[] {true, false}) {
        kind.of(
                () ->
                    new PuppetServer()
                        .telling(test)
                        .onInit(
                            () -> {
                              Init<List<Object>> ok = Init.ok(List.of());
                              var warm =
                                  PuppetServer.step(
                                      heard -> {
                                        test.send("continued");
                                        return Next.noReply(heard);
                                      });
                              return timeoutFirst
                                  ? ok.withTimeout(Duration.ofMillis(1)).thenContinue(warm)
                                  : ok.thenContinue(warm).withTimeout(Duration.ofMillis(1));
                            }))
            .start();
        assertThat(Self.receive(Deaths.PATIENCE)).contains("continued");
        assertThat(Self.receive(Deaths.PATIENCE)).containsInstanceOf(Timeout.class);
      }
    }

    // G02
    @Test
    void returns_before_the_continuation_which_runs_before_any_message() {
      var returned = new CountDownLatch(1);
      var warm =
          PuppetServer.step(
              heard -> {
                returned.await();
                return Next.noReply(PuppetServer.and(heard, "continued"));
              });
      var server =
          kind.of(
                  () ->
                      new PuppetServer()
                          .onInit(
                              () -> {
                                Self.pid().send("sent by init");
                                return Init.<List<Object>>ok(List.of()).thenContinue(warm);
                              }))
              .start();
      server.cast(PuppetServer.note("cast"));
      returned.countDown();
      assertThat(server.call(PuppetServer.heard()))
          .containsExactly("continued", "sent by init", "cast");
    }

    // G03
    @Test
    void can_ask_for_an_idle_timeout() {
      Pid test = Self.pid();
      var server =
          kind.of(
                  () ->
                      new PuppetServer()
                          .telling(test)
                          .onInit(
                              () ->
                                  Init.<List<Object>>ok(List.of())
                                      .withTimeout(Duration.ofMillis(1))))
              .start();
      assertThat(Self.receive(Timeout.class, Downs.LONG)).contains(new Timeout());
      assertThat(server.call(PuppetServer.heard())).containsExactly(new Timeout());
    }

    // G03: it is cancelled by a message
    @Test
    void hears_no_idle_timeout_if_a_message_comes_first() {
      var server =
          kind.of(
                  () ->
                      new PuppetServer()
                          .onInit(
                              () -> {
                                Self.pid().send("sent by init");
                                return Init.<List<Object>>ok(List.of()).withTimeout(Duration.ZERO);
                              }))
              .start();
      assertThat(server.call(PuppetServer.heard())).containsExactly("sent by init");
      assertThat(server.call(PuppetServer.heard())).containsExactly("sent by init");
    }

    // G13
    @Test
    void links_only_if_asked_to() {
      Pid alone = kind.of(PuppetServer::new).start().pid();
      assertThat(linksOf(alone)).isEmpty();
      assertThat(linksOf(Self.pid())).doesNotContain(alone);

      Pid linked = kind.of(PuppetServer::new).startLink().pid();
      assertThat(linksOf(linked)).containsExactly(Self.pid());
      assertThat(linksOf(Self.pid())).containsExactly(linked);
    }

    private List<Pid> linksOf(Pid pid) {
      return Processes.info(pid).orElseThrow().links();
    }
  }

  @Nested
  class A_start_that_fails {

    // G05
    @Test
    void is_ignored_if_init_says_so_and_harms_nobody() {
      Self.trapExits(true);
      var watcher = GenServer.of(PuppetServer::new).start();
      assertThatThrownBy(beginning(watcher, Init::ignore)::startLink)
          .isInstanceOf(StartException.Ignored.class);
      assertThat(Downs.heardBy(watcher, started.get())).containsExactly(ExitReason.NORMAL);
      assertThat(terminated).hasValue(0);
      assertThat(Self.flush()).isEmpty();
    }

    // G06
    @Test
    void tells_the_reason_with_which_the_server_ended() {
      var watcher = GenServer.of(PuppetServer::new).start();
      var why = ExitReason.of("not today");
      assertFailed(why, beginning(watcher, () -> Init.stop(why))::start);
      assertThat(Downs.heardBy(watcher, started.get())).containsExactly(why);
      assertThat(terminated).hasValue(0);
    }

    // G06: over the link, unless it is normal
    @Test
    void takes_along_a_linked_starter_that_does_not_trap_exits() {
      for (ExitReason why : List.of(ExitReason.of("no"), ExitReason.SHUTDOWN)) {
        var refuses = kind.of(() -> new PuppetServer().onInit(() -> Init.stop(why)));
        var reached = new AtomicInteger();
        var end =
            Downs.of(
                () -> {
                  try {
                    refuses.startLink();
                  } catch (StartException e) {
                    reached.incrementAndGet();
                  }
                });
        assertThat(end).isEqualTo(why);
        assertThat(reached).hasValue(0);
      }
      var normal = kind.of(() -> new PuppetServer().onInit(() -> Init.stop(ExitReason.NORMAL)));
      assertThat(Downs.of(() -> assertFailed(ExitReason.NORMAL, normal::startLink)))
          .isEqualTo(ExitReason.NORMAL);
    }

    // G06: a starter that traps exits is told once
    @Test
    void is_told_once_to_a_linked_starter_that_traps_exits() {
      Self.trapExits(true);
      var why = ExitReason.of("no");
      assertFailed(why, kind.of(() -> new PuppetServer().onInit(() -> Init.stop(why)))::startLink);
      assertThat(Self.flush()).isEmpty();
    }

    // G07
    @Test
    void can_be_silent() {
      var watcher = GenServer.of(PuppetServer::new).start();
      var why = ExitReason.of("no disk");
      try (var reports = new Reports()) {
        assertFailed(why, beginning(watcher, () -> Init.error(why))::startLink);
        assertThat(Downs.heardBy(watcher, started.get())).containsExactly(ExitReason.NORMAL);
        assertThat(reports.about(started.get())).isEmpty();
        assertThat(terminated).hasValue(0);
      }
    }

    // G08: of what is no Init, only null is left
    @Test
    void tells_of_an_init_that_returned_null() {
      StartException.Failed failed =
          failed(kind.of(() -> new PuppetServer().onInit(() -> null))::start);
      assertThat(failed.reason())
          .isInstanceOfSatisfying(
              ExitReason.Crash.class,
              crash -> assertThat(crash.cause()).hasMessageContaining("init"));
    }

    // G09
    @Test
    void tells_what_init_threw() {
      var watcher = GenServer.of(PuppetServer::new).start();
      var thrown = new IllegalStateException("broken");
      var why = new ExitReason.Crash(thrown);
      Callable<Init<List<Object>>> throwing =
          () -> {
            throw thrown;
          };
      try (var reports = new Reports()) {
        assertFailed(why, beginning(watcher, throwing)::start);
        assertThat(Downs.heardBy(watcher, started.get())).containsExactly(why);
        assertThat(reports.crashesOf(started.get())).hasSize(1);
      }
    }

    // G09
    @Test
    void tells_what_the_factory_threw() {
      var thrown = new IllegalStateException("no parts");
      Callable<Object> start =
          kind.of(
                  () -> {
                    throw thrown;
                  })
              ::start;
      assertFailed(new ExitReason.Crash(thrown), start);
    }

    // G09
    @Test
    void tells_the_reason_with_which_init_left() {
      var watcher = GenServer.of(PuppetServer::new).start();
      var why = ExitReason.shutdown("moved");
      Callable<Init<List<Object>>> leaving =
          () -> {
            Self.exit(why);
            return Init.ok(List.of());
          };
      assertFailed(why, beginning(watcher, leaving)::start);
      assertThat(Downs.heardBy(watcher, started.get())).containsExactly(why);
    }

    private void assertFailed(ExitReason why, Callable<?> start) {
      assertThat(failed(start).reason()).isEqualTo(why);
    }

    private StartException.Failed failed(Callable<?> start) {
      return catchThrowableOfType(StartException.Failed.class, start::call);
    }
  }

  @Nested
  class A_deadline {

    // G10
    @Test
    void kills_a_server_that_is_too_slow_to_begin(ManualClock clock) throws Exception {
      var watcher = GenServer.of(PuppetServer::new).start();
      Name<PuppetServer> name = Name.unique("slow");
      var interrupted = new CountDownLatch(1);
      Callable<Init<List<Object>>> slow =
          () -> {
            ManualClockTest.awaitPending(clock, 1); // the starter's
            try {
              clock.advance(Duration.ofHours(1));
              new CountDownLatch(1).await();
            } finally {
              interrupted.countDown();
            }
            return Init.ok(List.of());
          };
      var child = beginning(watcher, slow).named(name).startTimeout(Duration.ofHours(1));
      assertThatThrownBy(child::startLink).isInstanceOf(StartException.TimedOut.class);
      assertThat(Downs.heardBy(watcher, started.get())).containsExactly(ExitReason.KILLED);
      assertThat(name.whereis()).isEmpty();
      assertThat(terminated).hasValue(0);
      assertThat(Self.flush()).isEmpty();
      interrupted.await();
    }

    // G10
    @Test
    void must_not_be_negative() {
      var child = kind.of(PuppetServer::new);
      assertThatThrownBy(() -> child.startTimeout(Duration.ofNanos(-1)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
