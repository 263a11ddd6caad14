package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.CallException;
import dev.ostler.CrashReport;
import dev.ostler.Events;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Name;
import dev.ostler.Overflow;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.StartException;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.junit.OstlerExtension;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Crash reports: one for each process that ends by its own doing and not cleanly.
 *
 * <p>Of L09, the initial call and the dictionary have no counterpart: see L08.
 */
@ExtendWith(OstlerExtension.class)
class CrashReportsTest {
  private static final ExitReason WHY = ExitReason.of("why not");

  private final ConcurrentLinkedQueue<CrashReport> reports = new ConcurrentLinkedQueue<>();
  private Events.Subscription subscription;

  @BeforeEach
  void subscribe() {
    Reports.told(); // what happened before takes no room
    Pid test = Self.pid();
    subscription =
        Events.subscribe(
            CrashReport.class,
            report -> {
              if (report.ancestors().contains(test)) {
                reports.add(report);
              }
            });
  }

  @AfterEach
  void unsubscribe() {
    subscription.close();
  }

  private Queue<CrashReport> reports() {
    Reports.told();
    return reports;
  }

  private List<CrashReport> reportsOf(Pid pid) {
    return reports().stream().filter(report -> report.pid().equals(pid)).toList();
  }

  // L09
  @ParameterizedTest
  @MethodSource("dev.ostler.tests.Deaths#reasons")
  void are_made_once_of_every_end_that_is_not_clean(ExitReason reason) {
    var process = Self.spawnMonitor(() -> Self.exit(reason));
    assertThat(Deaths.await(process.ref())).isEqualTo(reason);

    if (reason.isClean()) {
      assertThat(reports()).isEmpty();
    } else {
      assertThat(reports())
          .singleElement()
          .satisfies(
              report -> {
                assertThat(report.pid()).isEqualTo(process.pid());
                assertThat(report.reason()).isEqualTo(reason);
              });
    }
  }

  // L09
  @Test
  void are_not_made_of_a_body_that_returns() {
    Deaths.of(() -> {});

    assertThat(reports()).isEmpty();
  }

  // L09
  @Test
  void tell_of_a_process_all_there_is_to_know() throws Exception {
    var gate = new CountDownLatch(1);
    var crash = new IllegalStateException("broken");
    Pid test = Self.pid();
    Self.trapExits(true);
    Pid worker =
        Self.spawnLink(
            "worker",
            () -> {
              gate.await();
              throw crash;
            });
    var ref = Self.monitor(worker);
    worker.send("unread");
    worker.send("unread, too");
    gate.countDown();
    Deaths.await(ref);

    assertThat(reportsOf(worker))
        .singleElement()
        .satisfies(
            report -> {
              assertThat(report.label()).isEqualTo("worker");
              assertThat(report.reason()).isEqualTo(new ExitReason.Crash(crash));
              assertThat(report.ancestors()).containsExactly(test);
              assertThat(report.links()).containsExactly(test);
              assertThat(report.queued()).isEqualTo(2);
              assertThat(report.message()).isEmpty();
              assertThat(report.state()).isEmpty();
              assertThat(report.caller()).isEmpty();
              assertThat(report.text())
                  .contains(worker.toString(), "worker", "broken", "queued: 2", test.toString());
            });
  }

  // L09
  @Test
  void count_the_messages_that_were_looked_at_and_left() {
    var puppet = Puppet.start();
    var ref = Self.monitor(puppet.pid());
    puppet.pid().send("left there");
    puppet.order(() -> Self.exit(WHY));
    Deaths.await(ref);

    assertThat(reportsOf(puppet.pid()))
        .singleElement()
        .satisfies(report -> assertThat(report.queued()).isEqualTo(1));
  }

  // L09
  @Test
  void tell_of_a_server_its_state_its_message_and_who_waits() {
    var crash = new IllegalStateException("broken");
    var server = GenServer.of(Scripted::new).label("clerk").start();
    var ask =
        new Scripted.Ask(
            () -> {
              throw crash;
            });
    assertThatThrownBy(() -> server.call(ask)).isInstanceOf(CallException.Exited.class);

    assertThat(reportsOf(server.pid()))
        .singleElement()
        .satisfies(
            report -> {
              assertThat(report.label()).isEqualTo("clerk");
              assertThat(report.reason()).isEqualTo(new ExitReason.Crash(crash));
              assertThat(report.state()).contains("state");
              assertThat(report.message()).contains(ask);
              assertThat(report.caller()).contains(Self.pid());
              assertThat(report.ancestors()).containsExactly(Self.pid());
            });
  }

  // L09
  @Test
  void are_made_of_a_start_that_fails_and_not_of_one_that_is_refused() {
    var stops = GenServer.of(() -> new Scripted(() -> Init.stop(WHY))).label("stops");
    assertThatThrownBy(stops::start).isInstanceOf(StartException.Failed.class);
    assertThat(reports())
        .singleElement()
        .satisfies(
            report -> {
              assertThat(report.label()).isEqualTo("stops");
              assertThat(report.reason()).isEqualTo(WHY);
            });
    reports.clear();

    assertThatThrownBy(GenServer.of(() -> new Scripted(() -> Init.error(WHY)))::start)
        .isInstanceOf(StartException.Failed.class);
    assertThatThrownBy(GenServer.of(() -> new Scripted(Init::ignore))::start)
        .isInstanceOf(StartException.Ignored.class);
    assertThatThrownBy(
            GenServer.of(() -> new Scripted(() -> Init.stop(ExitReason.SHUTDOWN)))::start)
        .isInstanceOf(StartException.Failed.class);
    assertThat(reports()).isEmpty();
  }

  /** What a process threw for want of memory is reported, without what it held. */
  @ParameterizedTest
  @EnumSource
  void are_made_of_a_server_that_runs_out_of_memory(Kind kind) {
    var crash = new OutOfMemoryError("thrown by a callback");
    var server = kind.of(GenServer.of(Scripted::new)).start();
    var ask =
        new Scripted.Ask(
            () -> {
              throw crash;
            });
    assertThatThrownBy(() -> server.call(ask)).isInstanceOf(CallException.Exited.class);

    assertReportedWithoutState(server.pid(), crash);
  }

  @Test
  void are_made_of_a_bounded_server_that_runs_out_of_memory() {
    var crash = new OutOfMemoryError("thrown by a callback");
    var server = GenServer.of(Scripted::new).mailbox(10, Overflow.FAIL).start();
    var ref = Self.monitor(server.pid());
    server.cast(
        new Scripted.Tell(
            () -> {
              throw crash;
            }));
    Deaths.await(ref);

    assertReportedWithoutState(server.pid(), crash);
  }

  @Test
  void are_made_of_a_supervised_server_that_runs_out_of_memory() {
    var crash = new OutOfMemoryError("thrown by a callback");
    Name<Scripted> name = Name.unique("supervised clerk");
    Supervisor.of(Strategy.ONE_FOR_ONE).child(GenServer.of(Scripted::new).named(name)).startLink();
    Pid first = name.pid();
    var ask =
        new Scripted.Ask(
            () -> {
              throw crash;
            });
    assertThatThrownBy(() -> name.call(ask)).isInstanceOf(CallException.Exited.class);

    assertReportedWithoutState(first, crash);
  }

  @Test
  void are_made_of_a_server_that_runs_out_of_memory_in_its_init() {
    var crash = new OutOfMemoryError("thrown by init");
    var child =
        GenServer.of(
            () ->
                new Scripted(
                    () -> {
                      throw crash;
                    }));
    assertThatThrownBy(child::start).isInstanceOf(StartException.Failed.class);

    assertThat(reports()).singleElement().satisfies(report -> assertWithoutState(report, crash));
  }

  @Test
  void are_made_of_a_raw_process_that_asks_for_more_memory_than_there_is() {
    var process = Self.spawnMonitor(() -> fill(new ArrayList<>()));
    var reason = (ExitReason.Crash) Deaths.await(process.ref());

    assertThat(reason.cause()).isInstanceOf(OutOfMemoryError.class);
    assertReportedWithoutState(process.pid(), reason.cause());
  }

  /** An array of that length is more than any heap holds. */
  private static void fill(List<Object> all) {
    all.add(new long[Integer.MAX_VALUE]);
  }

  private void assertReportedWithoutState(Pid pid, Throwable crash) {
    assertThat(reportsOf(pid))
        .singleElement()
        .satisfies(report -> assertWithoutState(report, crash));
  }

  private static void assertWithoutState(CrashReport report, Throwable crash) {
    assertThat(report.reason()).isEqualTo(new ExitReason.Crash(crash));
    assertThat(report.ancestors()).isNotEmpty();
    assertThat(report.state()).isEmpty();
    assertThat(report.message()).isEmpty();
  }

  // L09: a report is made by the process itself; whom a signal ended makes none.
  @Test
  void are_not_made_of_who_is_ended_by_a_signal() {
    var killed = Puppet.start();
    var told = Puppet.start();
    var linked = Puppet.start();
    linked.does(() -> Self.link(told.pid()));
    var refs =
        List.of(Self.monitor(killed.pid()), Self.monitor(told.pid()), Self.monitor(linked.pid()));
    killed.pid().exit(ExitReason.KILL);
    told.pid().exit(WHY);
    refs.forEach(Deaths::await);

    assertThat(reports()).isEmpty();
  }

  // L09: and what the dead still throw is not reported.
  @Test
  void are_not_made_of_what_a_zombie_throws() throws Exception {
    var killed = new CountDownLatch(1);
    var thread = new CompletableFuture<Thread>();
    Pid zombie =
        Processes.spawn(
            () -> {
              thread.complete(Thread.currentThread());
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                killed.countDown();
              }
              throw new IllegalStateException("from the grave");
            });
    thread.get();
    zombie.exit(ExitReason.KILL);
    killed.await();
    thread.get().join();

    assertThat(reports()).isEmpty();
  }
}
