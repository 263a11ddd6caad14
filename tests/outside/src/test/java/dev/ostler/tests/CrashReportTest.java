package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.CallException;
import dev.ostler.CrashReport;
import dev.ostler.Events;
import dev.ostler.ExitReason;
import dev.ostler.Init;
import dev.ostler.MonitorRef;
import dev.ostler.Name;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.StartException;
import dev.ostler.Task;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is told of an end that is not clean: once, and never of one that is. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(Kind.class)
class CrashReportTest {
  /** Who calls. */
  enum Client {
    THE_TEST,
    A_RAW_PROCESS,
    A_PLATFORM_THREAD,
    A_VIRTUAL_THREAD;

    void run(Outside.Action action) throws Exception {
      switch (this) {
        case THE_TEST -> action.run();
        case A_RAW_PROCESS -> Task.async(() -> doing(action)).await();
        case A_PLATFORM_THREAD -> Outside.does(action);
        case A_VIRTUAL_THREAD -> {
          var done = new FutureTask<>(() -> doing(action));
          Thread.ofVirtual().start(done);
          done.get();
        }
      }
    }

    private static boolean doing(Outside.Action action) throws Exception {
      action.run();
      return true;
    }
  }

  @Parameter Kind kind;

  private final Reports reports = new Reports();
  private final IllegalStateException thrown = new IllegalStateException("broken");
  private ServerRef<PuppetServer> server;

  /** Crashes whoever handles it. */
  private final PuppetServer.Ask<String> crash =
      PuppetServer.ask(
          "crash",
          (ask, from, heard) -> {
            throw thrown;
          });

  @BeforeEach
  void start() {
    server = kind.start();
  }

  @AfterEach
  void close() {
    reports.close();
  }

  private CrashReport only(Pid dead) {
    assertThat(dead.isAlive()).isFalse();
    assertThat(reports.crashesOf(dead)).hasSize(1);
    return reports.crashesOf(dead).getFirst();
  }

  private void assertNone(Pid dead) {
    assertThat(dead.isAlive()).isFalse();
    assertThat(reports.about(dead)).isEmpty();
  }

  // G73
  @Test
  void a_report_tells_that_the_last_message_was_a_timeout() {
    PuppetServer.Step late =
        heard -> {
          throw thrown;
        };
    MonitorRef end = Self.monitor(server.pid());
    server.call(
        PuppetServer.<String>ask(
            "idle", (ask, from, heard) -> ask.reply("", heard).withTimeout(Duration.ZERO, late)));
    Downs.reason(end);
    assertThat(only(server.pid()).message()).contains(late);
  }

  @Nested
  class A_clean_end {

    // G73, L09
    @Test
    void is_not_reported() {
      for (ExitReason clean :
          List.of(ExitReason.NORMAL, ExitReason.SHUTDOWN, ExitReason.shutdown("moved"))) {
        ServerRef<PuppetServer> stopped = kind.start();
        stopped.stop(clean, Downs.LONG);
        assertNone(stopped.pid());

        ServerRef<PuppetServer> leaves = kind.start();
        leaves.call(
            PuppetServer.<String>ask(
                "leave", (ask, from, heard) -> ask.replyAndStop("bye", clean, heard)));
        assertNone(leaves.pid());

        ServerRef<PuppetServer> exits = kind.start();
        assertThatThrownBy(
                () ->
                    exits.call(
                        PuppetServer.compute(
                            "exit",
                            () -> {
                              Self.exit(clean);
                              return "stayed";
                            })))
            .isInstanceOf(CallException.Exited.class);
        assertNone(exits.pid());
      }
    }

    // L09
    @Test
    void of_a_raw_process_is_not_reported() {
      var returned = Self.spawnMonitor(() -> {});
      Downs.reason(returned.ref());
      assertNone(returned.pid());
      var left = Self.spawnMonitor(() -> Self.exit(ExitReason.shutdown("done")));
      Downs.reason(left.ref());
      assertNone(left.pid());
    }

    // G05, G07
    @Test
    void before_the_beginning_is_not_reported() {
      var pid = new AtomicReference<Pid>();
      for (Init<List<Object>> init :
          List.<Init<List<Object>>>of(
              Init.ignore(), Init.error(ExitReason.of("no")), Init.stop(ExitReason.SHUTDOWN))) {
        var child =
            kind.of(
                () ->
                    new PuppetServer()
                        .onInit(
                            () -> {
                              pid.set(Self.pid());
                              return init;
                            }));
        assertThatThrownBy(child::start).isInstanceOf(StartException.class);
        assertNone(pid.get());
      }
    }

    // A signal's sender knows why.
    @Test
    void or_the_end_by_a_signal_is_not_reported() {
      server.pid().exit(ExitReason.KILL);
      assertNone(server.pid());
      ServerRef<PuppetServer> other = kind.start();
      other.pid().exit(ExitReason.of("told to"));
      assertNone(other.pid());
    }
  }

  @Nested
  class Any_other_end {

    // G73, L09
    @Test
    void is_reported_once_with_all_that_is_known() {
      Name<PuppetServer> name = Name.unique("crashing");
      Pid test = Self.pid();
      Self.trapExits(true);
      ServerRef<PuppetServer> named = kind.of(PuppetServer::new).named(name).startLink();
      named.call(PuppetServer.question("before"));
      Pid dead = named.pid();
      assertThatThrownBy(() -> named.call(crash)).isInstanceOf(CallException.Exited.class);
      CrashReport report = only(dead);
      assertThat(report.reason()).isEqualTo(new ExitReason.Crash(thrown));
      assertThat(report.label()).isEqualTo(name.toString());
      assertThat(report.message()).contains(crash);
      assertThat(report.state()).contains(List.of("before"));
      assertThat(report.ancestors()).startsWith(test);
      assertThat(report.links()).containsExactly(test);
      assertThat(report.caller()).contains(test);
      assertThat(report.queued()).isZero();
      assertThat(report.text())
          .contains(dead.toString(), name.toString(), "broken", "crash", "before", test.toString());
    }

    // G73
    @Test
    void tells_the_stack_of_the_client() throws Exception {
      try (var held = Held.hold(server)) {
        var client = new AtomicReference<Pid>();
        var thread = new AtomicReference<Thread>();
        var waits =
            Self.spawnMonitor(
                () -> {
                  client.set(Self.pid());
                  thread.set(Thread.currentThread());
                  clientAtWork();
                });
        awaitWaiting(thread);
        held.letGo();
        Downs.reason(waits.ref());
        CrashReport report = only(server.pid());
        assertThat(report.caller()).contains(client.get());
        assertThat(report.callerStack()).contains("clientAtWork");
        assertThat(report.text()).contains("clientAtWork");
      }
    }

    private void clientAtWork() {
      server.call(crash, Held.FOREVER);
    }

    // G73: the callback may fail before the client waits
    @ParameterizedTest
    @EnumSource
    void tells_the_stack_of_the_client_each_time_though_it_fails_at_once(Client client)
        throws Exception {
      for (int i = 0; i < 100; i++) {
        ServerRef<PuppetServer> fails = kind.start();
        client.run(
            () ->
                assertThatThrownBy(() -> clientAtWork(fails))
                    .isInstanceOf(CallException.Exited.class));
        CrashReport report = only(fails.pid());
        assertThat(report.callerStack()).as("the stack in report %s", i).contains("clientAtWork");
        assertThat(report.text()).contains("clientAtWork");
      }
    }

    // G73
    @ParameterizedTest
    @EnumSource
    void tells_the_stack_of_who_stops_it(Client client) throws Exception {
      for (int i = 0; i < 100; i++) {
        ServerRef<PuppetServer> fails =
            kind.of(
                    () ->
                        new PuppetServer()
                            .onTerminate(
                                (reason, heard) -> {
                                  throw thrown;
                                }))
                .start();
        client.run(
            () ->
                assertThatThrownBy(() -> stopperAtWork(fails))
                    .isInstanceOf(CallException.Exited.class));
        CrashReport report = only(fails.pid());
        assertThat(report.callerStack()).as("the stack in report %s", i).contains("stopperAtWork");
      }
    }

    private void stopperAtWork(ServerRef<PuppetServer> fails) {
      fails.stop();
    }

    // G73
    @ParameterizedTest
    @EnumSource
    void tells_the_stack_of_who_starts_it(Client client) throws Exception {
      var pid = new AtomicReference<Pid>();
      var starter = new AtomicReference<Optional<Pid>>();
      client.run(
          () -> {
            starter.set(
                client == Client.THE_TEST || client == Client.A_RAW_PROCESS
                    ? Optional.of(Self.pid())
                    : Optional.empty());
            assertThatThrownBy(() -> starterAtWork(pid)).isInstanceOf(StartException.Failed.class);
          });
      CrashReport report = only(pid.get());
      assertThat(report.callerStack()).contains("starterAtWork");
      assertThat(report.caller()).isEqualTo(starter.get());
    }

    private void starterAtWork(AtomicReference<Pid> pid) {
      kind.of(
              () ->
                  new PuppetServer()
                      .onInit(
                          () -> {
                            pid.set(Self.pid());
                            throw thrown;
                          }))
          .start();
    }

    private void clientAtWork(ServerRef<PuppetServer> fails) {
      fails.call(crash);
    }

    /** Returns once the client waits, which nothing but its thread's state tells. */
    private static void awaitWaiting(AtomicReference<Thread> client) {
      while (client.get() == null || client.get().getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
    }

    // G73
    @Test
    void counts_what_was_queued() throws Exception {
      try (var held =
          Held.hold(
              server,
              (ask, from, heard) -> {
                throw thrown;
              })) {
        var monitor = Self.monitor(server.pid());
        server.send("one");
        server.cast(PuppetServer.note("two"));
        held.letGo();
        Downs.reason(monitor);
        assertThat(only(server.pid()).queued()).isEqualTo(2);
      }
    }

    // G73: whatever it was that it handled
    @Test
    void tells_the_last_message() {
      PuppetServer.Step step =
          heard -> {
            throw thrown;
          };
      var one = Self.monitor(server.pid());
      server.send(step);
      Downs.reason(one);
      assertThat(only(server.pid()).message()).contains(step);
      assertThat(only(server.pid()).caller()).isEmpty();

      ServerRef<PuppetServer> second = kind.start();
      var two = Self.monitor(second.pid());
      var tell = PuppetServer.tell("crash", step);
      second.cast(tell);
      Downs.reason(two);
      assertThat(only(second.pid()).message()).contains(tell);
    }

    // G73: a stop with another reason is one
    @Test
    void by_a_stop_is_reported() {
      var why = ExitReason.of("enough");
      server.stop(why, Downs.LONG);
      assertThat(only(server.pid()).reason()).isEqualTo(why);

      ServerRef<PuppetServer> leaves = kind.start();
      leaves.call(
          PuppetServer.<String>ask(
              "leave", (ask, from, heard) -> ask.replyAndStop("bye", why, heard)));
      assertThat(only(leaves.pid()).reason()).isEqualTo(why);
    }

    // L09
    @Test
    void before_the_beginning_is_reported() {
      var pid = new AtomicReference<Pid>();
      var why = ExitReason.of("no disk");
      var child =
          kind.of(
              () ->
                  new PuppetServer()
                      .onInit(
                          () -> {
                            pid.set(Self.pid());
                            return Init.stop(why);
                          }));
      assertThatThrownBy(child::start).isInstanceOf(StartException.Failed.class);
      CrashReport report = only(pid.get());
      assertThat(report.reason()).isEqualTo(why);
      assertThat(report.state()).isEmpty();
      assertThat(report.ancestors()).startsWith(Self.pid());
    }

    // L09
    @Test
    void of_a_raw_process_is_reported() {
      var crashed =
          Self.spawnMonitor(
              () -> {
                throw thrown;
              });
      assertThat(Downs.reason(crashed.ref())).isEqualTo(new ExitReason.Crash(thrown));
      CrashReport report = only(crashed.pid());
      assertThat(report.reason()).isEqualTo(new ExitReason.Crash(thrown));
      assertThat(report.message()).isEqualTo(Optional.empty());
      assertThat(report.ancestors()).startsWith(Self.pid());
    }

    // L09: each process that ends by its own doing has a report of its own
    @Test
    void in_the_parents_end_is_told_once_for_each() {
      var child = new AtomicReference<Pid>();
      var parent =
          Self.spawnMonitor(
              () -> {
                child.set(
                    kind.of(
                            () ->
                                new PuppetServer()
                                    .onInit(
                                        () -> {
                                          Self.trapExits(true);
                                          return Init.ok(List.of());
                                        }))
                        .startLink()
                        .pid());
                Self.receive();
                throw thrown;
              });
      parent.pid().send("go");
      Downs.reason(parent.ref());
      Downs.reason(Self.monitor(child.get())); // its end, or that it has ended
      assertThat(only(parent.pid()).reason()).isEqualTo(new ExitReason.Crash(thrown));
      assertThat(only(child.get()).reason()).isEqualTo(new ExitReason.Crash(thrown));
    }
  }

  @Nested
  class A_report {

    // A subscriber that throws harms nobody, and keeps nothing from the others.
    // M22
    @Test
    void reaches_each_subscriber_whatever_others_throw() {
      Pid pid = server.pid();
      var failing =
          Events.subscribe(
              event -> {
                if (event.pid().equals(pid)) {
                  throw new IllegalStateException("a bad subscriber");
                }
              });
      try (failing;
          var later = new Reports()) {
        assertThatThrownBy(() -> server.call(crash)).isInstanceOf(CallException.Exited.class);
        only(pid);
        assertThat(later.crashesOf(pid)).hasSize(1);
      }
    }

    @Test
    void is_bounded_in_length() {
      server.call(PuppetServer.question("x".repeat(100_000)));
      assertThatThrownBy(() -> server.call(crash)).isInstanceOf(CallException.Exited.class);
      assertThat(only(server.pid()).text()).contains("xxx").hasSizeLessThan(10_000);

      ServerRef<PuppetServer> verbose = kind.start();
      verbose.stop(ExitReason.of("y".repeat(100_000)), Downs.LONG);
      assertThat(only(verbose.pid()).text()).contains("yyy").hasSizeLessThan(10_000);
    }

    @Test
    void ends_with_its_subscription() {
      var other = new Reports();
      other.close();
      assertThatThrownBy(() -> server.call(crash)).isInstanceOf(CallException.Exited.class);
      assertThat(other.about(server.pid())).isEmpty();
    }
  }

  // G73: a caller that gave up is nobody's client any more, but the message is told
  @Test
  void tells_the_message_of_a_caller_who_gave_up() throws Exception {
    try (var held = Held.hold(server)) {
      var monitor = Self.monitor(server.pid());
      assertThatThrownBy(() -> server.call(crash, Duration.ZERO))
          .isInstanceOf(CallException.Timeout.class);
      held.letGo();
      Downs.reason(monitor);
      assertThat(only(server.pid()).message()).contains(crash);
    }
  }
}
