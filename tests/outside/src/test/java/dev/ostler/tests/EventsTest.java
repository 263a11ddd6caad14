package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.ostler.Backoff;
import dev.ostler.CallException;
import dev.ostler.CrashReport;
import dev.ostler.DynamicSupervisor;
import dev.ostler.Event;
import dev.ostler.Event.DeadLetter.Why;
import dev.ostler.Events;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.ManualClock;
import dev.ostler.Name;
import dev.ostler.Overflow;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import dev.ostler.StartException;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.SupervisorReport;
import dev.ostler.Task;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.junit.Supervised;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a subscriber hears of processes: each event once, in the order in which it happened. */
@ExtendWith(OstlerExtension.class)
class EventsTest {
  private static final ExitReason WHY = ExitReason.of("why not");

  private final Queue<Event> heard = new ConcurrentLinkedQueue<>();
  private Events.Subscription subscription;

  @BeforeEach
  void subscribe() {
    Reports.told(); // what happened before takes no room
    subscription = Events.subscribe(heard::add);
  }

  @AfterEach
  void unsubscribe() {
    subscription.close();
  }

  private List<Event> all() {
    Reports.told();
    assertThat(subscription.dropped()).isZero();
    return List.copyOf(heard);
  }

  private List<Event> about(Pid pid) {
    return all().stream().filter(event -> event.pid().equals(pid)).toList();
  }

  private static Event.Started started(Pid pid, String label) {
    return new Event.Started(pid, label, Optional.of(Self.pid()));
  }

  /** Crashes whoever handles it. */
  private static PuppetServer.Ask<String> crash(RuntimeException thrown) {
    return PuppetServer.ask(
        "crash",
        (ask, from, all) -> {
          throw thrown;
        });
  }

  @Nested
  class Of_a_life {

    // M19
    @Test
    void of_a_raw_process_are_its_start_and_its_end() {
      var process = Self.spawnMonitor(() -> {});
      Downs.reason(process.ref());
      assertThat(about(process.pid()))
          .containsExactly(
              started(process.pid(), "process"),
              new Event.Ended(process.pid(), "process", ExitReason.NORMAL));
    }

    // M19
    @Test
    void are_told_of_every_way_to_start_a_raw_process() throws Exception {
      Self.trapExits(true);
      var all = new ArrayList<Pid>();
      all.add(Processes.spawn(() -> {}));
      all.add(Self.spawnLink(() -> {}));
      all.add(Self.spawnMonitor(() -> {}).pid());
      Task<Pid> task = Task.async(Self::pid);
      all.add(task.await());
      all.add(Task.startLink(() -> 1));
      all.add(Outside.ask(EventsTest::attachAndDetach));
      for (Pid pid : all) {
        Downs.reason(Self.monitor(pid));
        assertThat(about(pid))
            .extracting(event -> (Object) event.getClass())
            .containsExactly(Event.Started.class, Event.Ended.class);
      }
    }

    // M19
    @ParameterizedTest
    @EnumSource
    void of_a_server_are_its_start_and_its_end(Kind kind) {
      ServerRef<PuppetServer> server = kind.start();
      Pid pid = server.pid();
      server.stop(ExitReason.SHUTDOWN, Downs.LONG);
      assertThat(about(pid))
          .containsExactly(
              started(pid, "PuppetServer"),
              new Event.Ended(pid, "PuppetServer", ExitReason.SHUTDOWN));
    }

    // M19
    @ParameterizedTest
    @EnumSource
    void tell_of_a_crash_before_the_end(Kind kind) {
      ServerRef<PuppetServer> server = kind.start();
      var thrown = new IllegalStateException("broken");
      assertThatThrownBy(() -> server.call(crash(thrown))).isInstanceOf(CallException.Exited.class);
      assertThat(about(server.pid()))
          .hasSize(3)
          .startsWith(started(server.pid(), "PuppetServer"))
          .endsWith(new Event.Ended(server.pid(), "PuppetServer", new ExitReason.Crash(thrown)))
          .element(1)
          .isInstanceOf(CrashReport.class);
    }

    // M19
    @ParameterizedTest
    @EnumSource
    void are_told_of_a_server_that_refuses_to_start(Kind kind) {
      var pid = new CompletableFuture<Pid>();
      var child =
          kind.of(
              () ->
                  new PuppetServer()
                      .onInit(
                          () -> {
                            pid.complete(Self.pid());
                            return Init.ignore();
                          }));
      assertThatThrownBy(child::start).isInstanceOf(StartException.Ignored.class);
      assertThat(about(pid.join()))
          .containsExactly(
              started(pid.join(), "PuppetServer"),
              new Event.Ended(pid.join(), "PuppetServer", ExitReason.NORMAL));
    }

    // M19
    @Test
    void are_none_for_a_server_that_did_not_begin() {
      Name<PuppetServer> name = Name.unique("taken");
      GenServer.of(PuppetServer::new).named(name).start();
      int before = all().size();
      assertThatThrownBy(GenServer.of(PuppetServer::new).named(name)::start)
          .isInstanceOf(StartException.AlreadyStarted.class);
      assertThat(all()).hasSize(before);
    }

    // M19
    @Test
    void come_for_all_that_die_together_before_anybody_hears_of_it() {
      Pid first = Processes.spawn(Self::receive);
      var second =
          Self.spawnMonitor(
              () -> {
                Self.link(first);
                Self.receive(Integer.class);
              });
      second.pid().send("are you there?");
      while (Processes.info(first).orElseThrow().links().isEmpty()) {
        Thread.onSpinWait();
      }
      first.exit(WHY);
      assertThat(Downs.reason(second.ref())).isEqualTo(WHY);
      assertThat(about(first)).endsWith(new Event.Ended(first, "process", WHY));
      assertThat(about(second.pid())).endsWith(new Event.Ended(second.pid(), "process", WHY));
    }

    // M19
    @Test
    void tell_of_an_end_once_the_process_is_dead() {
      var alive = new ConcurrentLinkedQueue<Pid>();
      try (var _ =
          Events.subscribe(
              Event.Ended.class,
              ended -> {
                if (ended.pid().isAlive()) {
                  alive.add(ended.pid());
                }
              })) {
        for (int i = 0; i < 100; i++) {
          Processes.spawn(Self::receive).exit(ExitReason.KILL);
        }
        Reports.told();
        assertThat(alive).isEmpty();
      }
    }
  }

  private static void awaited(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static Pid attachAndDetach() {
    Pid pid = Processes.attach().pid();
    Processes.detach();
    return pid;
  }

  @Nested
  class Of_a_restart {
    private ManualClock clock;

    @BeforeEach
    void stopTheClock() {
      clock = ManualClock.install();
    }

    private ServerChild<PuppetServer, ServerRef<PuppetServer>> named(Name<PuppetServer> name) {
      return GenServer.of(PuppetServer::new).named(name).id(name);
    }

    private List<Event> without(List<Event> events, Class<?> type) {
      return events.stream().filter(event -> !type.isInstance(event)).toList();
    }

    // M19, M20
    @Test
    void name_the_crashed_process_and_the_new_one_in_order(Supervised supervised) {
      Name<PuppetServer> name = Name.unique("child");
      Supervisor supervisor =
          supervised.start(
              Supervisor.of(Strategy.ONE_FOR_ONE)
                  .intensity(3, Duration.ofSeconds(7))
                  .child(named(name)));
      Pid first = name.pid();
      Pid boss = supervisor.pid();
      var thrown = new IllegalStateException("broken");
      assertThatThrownBy(() -> name.call(crash(thrown))).isInstanceOf(CallException.Exited.class);
      assertThat(supervisor.count().active()).isEqualTo(1);
      Pid second = name.pid();

      List<Event> all =
          all().stream()
              .filter(event -> List.of(first, second, boss).contains(event.pid()))
              .toList();
      assertThat(all).hasSize(7);
      assertThat(all.subList(0, 2))
          .extracting(Event::pid)
          .containsExactly(boss, first); // both started
      assertThat(all.get(2)).isInstanceOf(CrashReport.class);
      assertThat(all.get(3))
          .isEqualTo(new Event.Ended(first, name.toString(), new ExitReason.Crash(thrown)));
      assertThat(all.get(4)).isInstanceOf(SupervisorReport.class);
      assertThat(all.get(5))
          .isEqualTo(new Event.Started(second, name.toString(), Optional.of(boss)));
      assertThat(all.get(6))
          .isEqualTo(
              new Event.Restarted(
                  boss,
                  boss.label(),
                  name,
                  first,
                  second,
                  Duration.ZERO,
                  2,
                  Duration.ofSeconds(7)));
    }

    // M20
    @Test
    void tell_how_long_there_was_no_child(Supervised supervised) {
      Name<PuppetServer> name = Name.unique("child");
      Supervisor supervisor =
          supervised.start(
              Supervisor.of(Strategy.ONE_FOR_ONE)
                  .child(
                      named(name)
                          .backoff(
                              Backoff.doubling(Duration.ofSeconds(2), Duration.ofSeconds(2)))));
      name.pid().exit(WHY);
      assertThat(supervisor.count().active()).isZero();
      clock.advance(Duration.ofSeconds(2));
      assertThat(supervisor.count().active()).isEqualTo(1);
      assertThat(restartsBy(supervisor.pid()))
          .extracting(Event.Restarted::after)
          .containsExactly(Duration.ofSeconds(2));
    }

    // M20
    @Test
    void are_told_of_the_siblings_that_are_restarted_too_and_of_no_start_by_hand(
        Supervised supervised) {
      Name<PuppetServer> one = Name.unique("one");
      Name<PuppetServer> two = Name.unique("two");
      Supervisor supervisor =
          supervised.start(Supervisor.of(Strategy.ONE_FOR_ALL).child(named(one)).child(named(two)));
      Pid first = one.pid();
      Pid second = two.pid();
      two.pid().exit(WHY);
      assertThat(supervisor.count().active()).isEqualTo(2);
      supervisor.terminateChild(one);
      supervisor.restartChild(one);
      assertThat(restartsBy(supervisor.pid()))
          .extracting(Event.Restarted::child, Event.Restarted::previous)
          .containsExactly(tuple(one, first), tuple(two, second));
    }

    // M20
    @Test
    void are_told_of_the_child_of_a_dynamic_supervisor(Supervised supervised) {
      DynamicSupervisor supervisor =
          supervised.start(DynamicSupervisor.of().intensity(1, Duration.ofSeconds(5)));
      Name<PuppetServer> name = Name.unique("child");
      supervisor.startChild(named(name).restart(Restart.PERMANENT));
      Pid first = name.pid();
      first.exit(WHY);
      assertThat(supervisor.count().active()).isEqualTo(1);
      assertThat(restartsBy(supervisor.pid()))
          .singleElement()
          .satisfies(
              restarted -> {
                assertThat(restarted.previous()).isEqualTo(first);
                assertThat(restarted.current()).isEqualTo(name.pid());
                assertThat(restarted.left()).isZero();
              });
    }

    private List<Event.Restarted> restartsBy(Pid supervisor) {
      return without(about(supervisor), Event.Started.class).stream()
          .filter(Event.Restarted.class::isInstance)
          .map(Event.Restarted.class::cast)
          .toList();
    }
  }

  @Nested
  class Of_a_call {

    // M21
    @ParameterizedTest
    @EnumSource
    void tell_that_it_timed_out_and_what_the_server_did(Kind kind) throws Exception {
      ServerRef<PuppetServer> server = kind.start();
      try (var held = Held.hold(server)) {
        server.cast(PuppetServer.note("waits, too"));
        assertThatThrownBy(() -> server.call(PuppetServer.heard(), Duration.ZERO))
            .isInstanceOf(CallException.Timeout.class);
        assertThat(about(server.pid()))
            .last()
            .isInstanceOfSatisfying(
                Event.CallTimedOut.class,
                late -> {
                  assertThat(late.label()).isEqualTo("PuppetServer");
                  assertThat(late.caller()).contains(Self.pid());
                  assertThat(late.request()).endsWith("PuppetServer$Ask");
                  assertThat(late.timeout()).isEqualTo(Duration.ZERO);
                  assertThat(late.queued()).isEqualTo(2);
                  assertThat(late.activity()).contains("it is handling", "Held");
                });
        assertThat(held).isNotNull();
      }
    }
  }

  @Nested
  class Of_what_is_dropped {

    private Event.DeadLetter letter(Pid pid, Object message, Why why) {
      return new Event.DeadLetter(pid, "PuppetServer", message, why);
    }

    // M21
    @ParameterizedTest
    @EnumSource
    void tell_what_was_sent_to_the_dead(Kind kind) {
      ServerRef<PuppetServer> server = kind.start();
      Pid pid = server.pid();
      server.stop();
      var note = PuppetServer.note("a cast");
      server.send("a message");
      server.cast(note);
      pid.sendPriority("first");
      assertThat(about(pid))
          .filteredOn(Event.DeadLetter.class::isInstance)
          .containsExactly(
              letter(pid, "a message", Why.NO_PROCESS),
              letter(pid, note, Why.NO_PROCESS),
              letter(pid, "first", Why.NO_PROCESS));
    }

    // M21
    @Test
    void tell_what_was_sent_to_a_dead_raw_process() {
      Pid pid = Processes.spawn(() -> {});
      Downs.reason(Self.monitor(pid));
      pid.send("anybody?");
      assertThat(about(pid))
          .last()
          .isEqualTo(new Event.DeadLetter(pid, "process", "anybody?", Why.NO_PROCESS));
    }

    // M21
    @Test
    void tell_of_a_cast_to_a_name_that_nobody_has() {
      Name<PuppetServer> name = Name.unique("nobody's");
      var note = PuppetServer.note("a cast");
      name.cast(note);
      assertThat(about(Processes.NOBODY))
          .containsExactly(
              new Event.DeadLetter(Processes.NOBODY, name.toString(), note, Why.NO_PROCESS));
    }

    // M21
    @Test
    void tell_what_a_full_mailbox_refused() throws Exception {
      assertThat(dropped(Overflow.DROP_NEWEST)).containsExactly("2 FULL", "3 FULL");
      assertThat(dropped(Overflow.DROP_OLDEST)).containsExactly("1 MADE_ROOM", "2 MADE_ROOM");
    }

    private List<String> dropped(Overflow overflow) throws Exception {
      ServerRef<PuppetServer> server = GenServer.of(PuppetServer::new).mailbox(1, overflow).start();
      try (var held = Held.hold(server)) {
        for (int i = 1; i <= 3; i++) {
          server.send(i);
        }
        held.letGo();
      }
      return about(server.pid()).stream()
          .filter(Event.DeadLetter.class::isInstance)
          .map(Event.DeadLetter.class::cast)
          .map(letter -> letter.message() + " " + letter.why())
          .toList();
    }
  }

  @Nested
  class Of_a_long_mailbox {

    // M21
    @Test
    void is_told_once() throws Exception {
      assertToldOnce(GenServer.of(PuppetServer::new).start());
    }

    // M21
    @Test
    void is_told_of_a_child_too_which_is_found_by_the_link_of_its_supervisor(Supervised supervised)
        throws Exception {
      DynamicSupervisor supervisor = supervised.start(DynamicSupervisor.of());
      assertToldOnce(supervisor.startChild(GenServer.of(PuppetServer::new)));
    }

    private void assertToldOnce(ServerRef<PuppetServer> server) throws Exception {
      var told = new CountDownLatch(1);
      try (var held = Held.hold(server);
          var _ =
              Events.subscribe(
                  Event.LongMailbox.class,
                  event -> {
                    if (event.pid().equals(server.pid())) {
                      told.countDown();
                    }
                  })) {
        for (int i = 0; i < 10_000; i++) {
          server.send(i);
        }
        assertThat(told.await(Downs.LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        server.pid().exit(ExitReason.KILL);
        assertThat(held).isNotNull();
      }
      assertThat(about(server.pid()))
          .filteredOn(Event.LongMailbox.class::isInstance)
          .containsExactly(new Event.LongMailbox(server.pid(), "PuppetServer", 10_000));
    }
  }

  @Nested
  class A_subscriber {

    // M22
    @Test
    void that_blocks_delays_nobody_else() throws Exception {
      var goOn = new CountDownLatch(1);
      var blocked = new CountDownLatch(1);
      var others = new CompletableFuture<Event.Started>();
      try (var slow =
              Events.subscribe(
                  Event.Started.class,
                  _ -> {
                    blocked.countDown();
                    awaited(goOn);
                  });
          var quick = Events.subscribe(Event.Started.class, others::complete)) {
        Pid pid = Processes.spawn(() -> {});
        blocked.await();
        assertThat(others.get(Downs.LONG.toSeconds(), TimeUnit.SECONDS).pid()).isEqualTo(pid);
        assertThat(Events.flush(Duration.ZERO)).isFalse();
        assertThat(slow.dropped() + quick.dropped()).isZero();
        goOn.countDown();
        assertThat(Events.flush(Downs.LONG)).isTrue();
      } finally {
        goOn.countDown();
      }
    }

    // M22
    @Test
    void is_told_how_many_it_missed() throws Exception {
      var goOn = new CountDownLatch(1);
      var blocked = new CountDownLatch(1);
      var got = new ConcurrentLinkedQueue<Event>();
      var others = new LinkedBlockingQueue<Event>();
      try (var slow =
              Events.subscribe(
                  Event.DeadLetter.class,
                  letter -> {
                    blocked.countDown();
                    awaited(goOn);
                    got.add(letter);
                  });
          var _ = Events.subscribe(Event.DeadLetter.class, others::add)) { // told after it
        Pid dead = Processes.spawn(() -> {});
        Downs.reason(Self.monitor(dead));
        dead.send(0);
        blocked.await();
        others.take();
        for (int i = 1; i <= 1_200; i++) {
          dead.send(i);
          others.take();
        }
        goOn.countDown();
        assertThat(Events.flush(Downs.LONG)).isTrue();
        assertThat(got.size() + slow.dropped()).isEqualTo(1_201);
        assertThat(slow.dropped()).isPositive();
      } finally {
        goOn.countDown();
      }
    }

    @Test
    void may_wait_for_nobody_from_its_own_thread() throws Exception {
      var flushed = new CompletableFuture<Boolean>();
      try (var _ =
          Events.subscribe(Event.Started.class, _ -> flushed.complete(Events.flush(Downs.LONG)))) {
        Processes.spawn(() -> {});
        assertThat(flushed.get(Downs.LONG.toSeconds(), TimeUnit.SECONDS)).isFalse();
      }
    }

    // M22
    @Test
    void gets_only_what_it_asked_for() {
      var got = new ConcurrentLinkedQueue<Event>();
      try (var _ = Events.subscribe(Event.Ended.class, got::add)) {
        var process = Self.spawnMonitor(() -> Self.exit(WHY));
        Downs.reason(process.ref());
        Reports.told();
        assertThat(got)
            .filteredOn(event -> event.pid().equals(process.pid()))
            .containsExactly(new Event.Ended(process.pid(), "process", WHY));
      }
    }
  }
}
