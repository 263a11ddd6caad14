package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.CallException;
import dev.ostler.Distribution;
import dev.ostler.ExitReason;
import dev.ostler.Mailboxes;
import dev.ostler.Metrics;
import dev.ostler.Name;
import dev.ostler.Overflow;
import dev.ostler.Pid;
import dev.ostler.ProcessMetrics;
import dev.ostler.ProcessMetrics.Ending;
import dev.ostler.Processes;
import dev.ostler.SchedulerLoad;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.junit.Supervised;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is measured of processes agrees with what they did. Each test has labels of its own. */
@ExtendWith(OstlerExtension.class)
class MetricsTest {
  private static final AtomicInteger TESTS = new AtomicInteger();

  private final String label = "measured " + TESTS.incrementAndGet();
  private Metrics metrics;

  @BeforeEach
  void open() {
    metrics = Metrics.openTimingAll();
  }

  @AfterEach
  void close() {
    metrics.close();
  }

  private ServerChild<PuppetServer, ServerRef<PuppetServer>> child(Kind kind) {
    return kind.of(PuppetServer::new).label(label);
  }

  private ProcessMetrics measured() {
    return measured(label, metrics);
  }

  private static ProcessMetrics measured(String label, Metrics metrics) {
    return metrics.snapshot().byLabel().get(label);
  }

  /** Once a server has answered this, it has done with all that came before. */
  private static void done(ServerRef<?> server) {
    Sys.status(server.pid(), Downs.LONG);
  }

  private static PuppetServer.Ask<String> crash() {
    return PuppetServer.ask(
        "crash",
        (ask, from, heard) -> {
          throw new IllegalStateException("broken");
        });
  }

  @Nested
  class Of_messages {

    // M27
    @ParameterizedTest
    @EnumSource
    void is_each_call_and_each_callback_counted_and_timed(Kind kind) {
      ServerRef<PuppetServer> server = child(kind).start();
      for (int i = 0; i < 100; i++) {
        server.call(PuppetServer.question("well?"));
      }
      for (int i = 0; i < 50; i++) {
        server.cast(PuppetServer.note("so"));
      }
      for (int i = 0; i < 7; i++) {
        server.send("a message");
      }
      server.castPriority(PuppetServer.note("first"));
      done(server);
      ProcessMetrics all = measured();
      assertThat(all.calls()).isEqualTo(100);
      assertThat(all.callbacks()).isEqualTo(158);
      assertThat(all.callTimes().count()).isEqualTo(100);
      assertThat(all.waits().count()).isEqualTo(100);
      assertThat(all.callbackTimes().count()).isEqualTo(158);
      assertThat(List.of(all.timeouts(), all.cycles(), all.unanswered())).containsOnly(0L);
    }

    // M27
    @Test
    void are_percentiles_in_order_and_below_the_sum() {
      ServerRef<PuppetServer> server = child(Kind.PLAIN).start();
      for (int i = 0; i < 100; i++) {
        server.call(PuppetServer.question("well?"));
      }
      Distribution times = measured().callTimes();
      assertThat(times.percentile(0.5)).isPositive().isLessThanOrEqualTo(times.percentile(0.9));
      assertThat(times.percentile(0.9)).isLessThanOrEqualTo(times.percentile(0.99));
      assertThat(times.percentile(0.99)).isLessThanOrEqualTo(times.max());
      assertThat(times.sum()).isGreaterThanOrEqualTo(times.percentile(0.5).multipliedBy(40));
      assertThat(times.countWithin(times.max())).isEqualTo(100);
      assertThat(times.countWithin(Duration.ZERO)).isZero();
    }

    // M27
    @Test
    void is_the_wait_until_the_callback_began() throws Exception {
      ServerRef<PuppetServer> server = child(Kind.PLAIN).start();
      long begun;
      try (var held = Held.hold(server)) {
        assertThatThrownBy(() -> server.call(PuppetServer.heard(), Duration.ofMillis(1)))
            .isInstanceOf(CallException.Timeout.class);
        begun = measured().waits().count();
        held.letGo();
      }
      done(server);
      Distribution waits = measured().waits();
      assertThat(waits.count()).isEqualTo(begun + 1);
      assertThat(waits.max()).isGreaterThanOrEqualTo(Duration.ofMillis(1));
    }

    // M27
    @ParameterizedTest
    @EnumSource
    void are_calls_without_a_reply_counted_by_what_the_caller_got(Kind kind) throws Exception {
      ServerRef<PuppetServer> server = child(kind).start();
      try (var held = Held.hold(server)) {
        for (int i = 0; i < 3; i++) {
          assertThatThrownBy(() -> server.call(PuppetServer.heard(), Duration.ZERO))
              .isInstanceOf(CallException.Timeout.class);
        }
        assertThat(held).isNotNull();
      }
      for (int i = 0; i < 2; i++) {
        assertThat(
                server.call(
                    PuppetServer.compute(
                        "itself",
                        () -> {
                          try {
                            return server.call(PuppetServer.heard()).toString();
                          } catch (CallException.Cycle e) {
                            return "found";
                          }
                        })))
            .isEqualTo("found");
      }
      assertThatThrownBy(() -> server.call(crash())).isInstanceOf(CallException.Exited.class);
      assertThatThrownBy(() -> server.call(crash())).isInstanceOf(CallException.NoProcess.class);
      ProcessMetrics all = measured();
      assertThat(all.timeouts()).isEqualTo(3);
      assertThat(all.cycles()).isEqualTo(2);
      assertThat(all.unanswered()).isEqualTo(2);
      assertThat(all.calls()).isEqualTo(10); // with the one that held it
    }

    // M27
    @ParameterizedTest
    @EnumSource
    void are_requests_counted_whose_reply_is_collected_later(Kind kind) throws Exception {
      ServerRef<PuppetServer> server = child(kind).start();
      try (var held = Held.hold(server)) {
        var late = server.sendRequest(PuppetServer.heard());
        assertThatThrownBy(() -> late.await(Duration.ZERO))
            .isInstanceOf(CallException.Timeout.class);
        assertThat(held).isNotNull();
      }
      assertThat(server.sendRequest(PuppetServer.question("well?")).await()).isEqualTo("well?");
      server.stop();
      var lost = server.sendRequest(PuppetServer.heard());
      assertThatThrownBy(lost::await).isInstanceOf(CallException.NoProcess.class);
      assertThat(measured().calls()).isEqualTo(4); // with the one that held it
      assertThat(measured().timeouts()).isEqualTo(1);
      assertThat(measured().unanswered()).isEqualTo(1);
    }

    // M27
    @Test
    void are_dropped_ones_counted() {
      ServerRef<PuppetServer> server = child(Kind.PLAIN).start();
      server.stop();
      server.send("a message");
      server.cast(PuppetServer.note("a cast"));
      server.pid().sendPriority("first");
      assertThat(measured().deadLetters()).isEqualTo(3);

      long before = nobodys();
      Name.<PuppetServer>unique("nobody's").cast(PuppetServer.note("a cast"));
      assertThat(nobodys()).isEqualTo(before + 1);
    }

    private long nobodys() {
      ProcessMetrics nobody = measured("nobody", metrics);
      return nobody == null ? 0 : nobody.deadLetters();
    }

    // M27
    @Test
    void are_those_counted_that_a_full_mailbox_refuses() throws Exception {
      ServerRef<PuppetServer> server = child(Kind.PLAIN).mailbox(1, Overflow.DROP_OLDEST).start();
      try (var held = Held.hold(server)) {
        for (int i = 0; i < 5; i++) {
          server.cast(PuppetServer.note("a cast"));
        }
        assertThat(measured().deadLetters()).isEqualTo(4);
        held.letGo();
      }
      done(server);
      assertThat(measured().callbacks()).isEqualTo(2); // the one that held it, and the last
    }
  }

  @Nested
  class Of_lives {

    // M27
    @Test
    void is_each_start_and_each_end_by_its_class() {
      Processes.Body crashes =
          () -> {
            throw new IllegalStateException("broken");
          };
      ends(2, Ending.NORMAL, () -> {});
      ends(3, Ending.SHUTDOWN, () -> Self.exit(ExitReason.SHUTDOWN));
      ends(1, Ending.SHUTDOWN, () -> Self.exit(ExitReason.shutdown("for a reason")));
      ends(4, Ending.CRASH, crashes);
      ends(5, Ending.KILLED, () -> Self.pid().exit(ExitReason.KILL));
      ends(6, Ending.OTHER, () -> Self.exit(ExitReason.of("why not")));
      ProcessMetrics all = measured();
      assertThat(all.started()).isEqualTo(21);
      assertThat(all.ended()).isEqualTo(21);
      assertThat(all.ended(Ending.NORMAL)).isEqualTo(2);
      assertThat(all.ended(Ending.SHUTDOWN)).isEqualTo(4);
      assertThat(all.ended(Ending.CRASH)).isEqualTo(4);
      assertThat(all.ended(Ending.KILLED)).isEqualTo(5);
      assertThat(all.ended(Ending.OTHER)).isEqualTo(6);
    }

    private void ends(int times, Ending how, Processes.Body body) {
      ProcessMetrics before = measured();
      for (int i = 0; i < times; i++) {
        Pid pid = Processes.spawn(label, body);
        Downs.reason(Self.monitor(pid));
      }
      assertThat(measured().ended(how)).isEqualTo((before == null ? 0 : before.ended(how)) + times);
    }

    // M27
    @ParameterizedTest
    @EnumSource
    void is_that_of_a_server_counted_before_anybody_hears_of_it(Kind kind) {
      ServerRef<PuppetServer> server = child(kind).start();
      assertThat(measured().started()).isEqualTo(1);
      server.stop();
      assertThat(measured().ended(Ending.NORMAL)).isEqualTo(1);
    }

    // M27
    @Test
    void are_restarts_counted_and_supervisors_that_give_up(Supervised supervised) {
      Name<PuppetServer> name = Name.unique("child");
      Supervisor supervisor =
          supervised.start(
              Supervisor.of(Strategy.ONE_FOR_ONE)
                  .label(label + " boss")
                  .intensity(2, Duration.ofDays(1))
                  .child(child(Kind.PLAIN).named(name)));
      for (int i = 0; i < 2; i++) {
        name.pid().exit(ExitReason.of("why not"));
        assertThat(supervisor.count().active()).isEqualTo(1);
      }
      assertThat(measured().restarts()).isEqualTo(2);
      assertThat(measured().started()).isEqualTo(3);
      assertThat(measured(label + " boss", metrics).gaveUp()).isZero();
      var boss = Self.monitor(supervisor.pid());
      name.pid().exit(ExitReason.of("why not"));
      Downs.reason(boss);
      assertThat(measured().restarts()).isEqualTo(2);
      assertThat(measured(label + " boss", metrics).gaveUp()).isEqualTo(1);
    }
  }

  @Nested
  class A_measurement {

    // M28
    @Test
    void begins_when_it_is_opened_and_keeps_its_last_figures_once_it_is_closed() {
      ServerRef<PuppetServer> server = child(Kind.PLAIN).start();
      server.call(PuppetServer.question("one"));
      try (var second = Metrics.open()) {
        assertThat(measured(label, second)).isNull();
        server.call(PuppetServer.question("two"));
        assertThat(measured(label, second).calls()).isEqualTo(1);
        second.close();
        server.call(PuppetServer.question("three"));
        assertThat(measured(label, second).calls()).isEqualTo(1);
      }
      assertThat(measured().calls()).isEqualTo(3);
      metrics.close();
      server.call(PuppetServer.question("four"));
      assertThat(measured().calls()).isEqualTo(3);
      metrics = Metrics.open();
      assertThat(measured()).isNull();
    }

    // M28
    @Test
    void has_snapshots_that_can_be_subtracted() {
      ServerRef<PuppetServer> server = child(Kind.PLAIN).start();
      server.call(PuppetServer.question("one"));
      var before = metrics.snapshot();
      server.call(PuppetServer.question("two"));
      server.call(PuppetServer.question("three"));
      var since = metrics.snapshot().minus(before);
      assertThat(since.byLabel().get(label).calls()).isEqualTo(2);
      assertThat(since.byLabel().get(label).callTimes().count()).isEqualTo(2);
      assertThat(since.byLabel().get(label).started()).isZero();
      assertThat(since.total().calls()).isGreaterThanOrEqualTo(2);
      assertThat(since.time()).isPositive().isLessThan(metrics.snapshot().time());
      assertThat(metrics.snapshot().minus(metrics.snapshot()).byLabel()).doesNotContainKey(label);
    }

    // M28
    @Test
    void counts_all_calls_and_times_about_one_in_sixteen() {
      metrics.close();
      metrics = Metrics.open();
      ServerRef<PuppetServer> server = child(Kind.DIRECT).start();
      for (int i = 0; i < 1600; i++) {
        server.call(PuppetServer.compute("one", () -> 1));
      }
      assertThat(measured().calls()).isEqualTo(1600);
      assertThat(measured().callTimes().count()).isBetween(95L, 105L);
      assertThat(measured().waits().count()).isEqualTo(measured().callTimes().count());
    }
  }

  @Nested
  class Asked_for_now {

    // M28
    @Test
    void are_the_messages_that_wait() throws Exception {
      ServerRef<PuppetServer> server = child(Kind.PLAIN).start();
      ServerRef<PuppetServer> idle = child(Kind.PLAIN).start();
      try (var held = Held.hold(server)) {
        for (int i = 0; i < 5; i++) {
          server.cast(PuppetServer.note("waits"));
        }
        Mailboxes.Depth depth = Mailboxes.now().byLabel().get(label);
        assertThat(depth.processes()).isEqualTo(2);
        assertThat(depth.queued()).isEqualTo(5);
        assertThat(depth.longest()).isEqualTo(5);
        assertThat(depth.longestOf()).contains(server.pid());
        assertThat(Mailboxes.now().total().queued()).isGreaterThanOrEqualTo(5);
        held.letGo();
      }
      done(server);
      assertThat(Mailboxes.now().byLabel().get(label))
          .isEqualTo(new Mailboxes.Depth(2, 0, 0, Optional.empty()));
      assertThat(idle.pid().isAlive()).isTrue();
    }

    // M28
    @Test
    void is_the_load_of_the_scheduler() {
      var seen = new ArrayList<SchedulerLoad>();
      Downs.of(() -> seen.add(SchedulerLoad.now())); // a process, so one worker runs it
      SchedulerLoad load = seen.getFirst();
      assertThat(load.awake()).isBetween(load.own() ? 1 : 0, load.workers());
      assertThat(load.queued()).isNotNegative();
    }
  }
}
