package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ostler.Call;
import dev.ostler.CallException;
import dev.ostler.Cast;
import dev.ostler.CrashReport;
import dev.ostler.Down;
import dev.ostler.Event;
import dev.ostler.Events;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.MonitorRef;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.Overflow;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import dev.ostler.StatusReport;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.junit.OstlerExtension;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever goes wrong with a report, the process it is about is dead, all who are concerned hear of
 * it, and its supervisor starts it again.
 */
@ExtendWith(OstlerExtension.class)
class FailingReportsTest {

  /** What code that makes or takes a report may do. */
  enum Failure {
    THROWS_AN_EXCEPTION(new IllegalStateException("disk full")),
    THROWS_AN_ERROR(new AssertionError("wrong")),
    HAS_NO_MEMORY(new OutOfMemoryError("for the test")),
    HAS_NO_STACK(new StackOverflowError("for the test")),
    BLOCKS(null);

    private final Throwable thrown;

    Failure(Throwable thrown) {
      this.thrown = thrown;
    }
  }

  /** Which code that is. */
  enum Step {
    THE_LOGGER,
    A_SUBSCRIBER,
    THE_STATES_TO_STRING,
    THE_MESSAGES_TO_STRING,
    THE_REASONS_TO_STRING,
    THE_MESSAGE_OF_WHAT_WAS_THROWN,
    FORMAT_STATUS,
    THE_CHILDS_ID;

    boolean concerns(As as) {
      return switch (this) {
        case THE_LOGGER, A_SUBSCRIBER, THE_REASONS_TO_STRING, THE_MESSAGE_OF_WHAT_WAS_THROWN ->
            true;
        case THE_STATES_TO_STRING, THE_MESSAGES_TO_STRING, FORMAT_STATUS -> as != As.RAW;
        case THE_CHILDS_ID -> as == As.SUPERVISED;
      };
    }
  }

  /** What the process is that crashes. */
  enum As {
    PLAIN,
    DIRECT,
    BOUNDED,
    SUPERVISED,
    RAW
  }

  static Stream<Arguments> all() {
    var all = new ArrayList<Arguments>();
    for (Step step : Step.values()) {
      for (As as : As.values()) {
        for (Failure failure : Failure.values()) {
          if (step.concerns(as)) {
            all.add(Arguments.of(step, failure, as));
          }
        }
      }
    }
    return all.stream();
  }

  /** The code that fails, until it is mended. */
  private static final class Fault {
    private final Step step;
    private final Failure failure;
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch mended = new CountDownLatch(1);

    Fault(Step step, Failure failure) {
      this.step = step;
      this.failure = failure;
    }

    /** Called where things may go wrong. */
    void at(Step here) {
      if (here != step || mended.getCount() == 0) {
        return;
      }
      reached.countDown();
      switch (failure.thrown) {
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        case null, default -> awaitMended();
      }
    }

    private void awaitMended() {
      boolean done = false;
      while (!done) {
        try {
          mended.await();
          done = true;
        } catch (InterruptedException e) {
          // It does not listen.
        }
      }
    }
  }

  /** Something of the user's, with a text. */
  private record Thing(String name, Step step, Fault fault) {
    @Override
    public String toString() {
      fault.at(step);
      return name;
    }
  }

  private static final class Broken extends RuntimeException {
    private final transient Fault fault;

    Broken(Fault fault) {
      this.fault = fault;
    }

    @Override
    public String getMessage() {
      fault.at(Step.THE_MESSAGE_OF_WHAT_WAS_THROWN);
      return "broken";
    }
  }

  /** Crashes when asked to. */
  private static final class Victim implements GenServer<Thing, Ask, Cast<Victim>> {
    private final Fault fault;

    Victim(Fault fault) {
      this.fault = fault;
    }

    @Override
    public Init<Thing> init() {
      return Init.ok(new Thing("state", Step.THE_STATES_TO_STRING, fault));
    }

    @Override
    public Next<Thing> handleCall(Ask request, From<?> from, Thing state) {
      if (request.crash()) {
        crash(fault);
      }
      return request.reply("well", state);
    }

    @Override
    public StatusReport formatStatus(StatusReport status) {
      fault.at(Step.FORMAT_STATUS);
      return status;
    }
  }

  private record Ask(boolean crash, Thing what) implements Call<Victim, String> {
    @Override
    public String toString() {
      return what.toString();
    }
  }

  private static void crash(Fault fault) {
    if (fault.step == Step.THE_REASONS_TO_STRING) {
      Self.exit(ExitReason.of(new Thing("reason", Step.THE_REASONS_TO_STRING, fault)));
    }
    throw new Broken(fault);
  }

  /** Writes what the runtime logs of a process, and fails. */
  private static final class FailingLog extends Handler {
    private final Fault fault;
    private final Pid about;

    FailingLog(Fault fault, Pid about) {
      this.fault = fault;
      this.about = about;
    }

    @Override
    public void publish(LogRecord record) {
      if (record.getMessage().contains(about.toString())) {
        fault.at(Step.THE_LOGGER);
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  private static final Logger LOG = Logger.getLogger("dev.ostler");

  private final List<Runnable> cleaning = new ArrayList<>();

  @AfterEach
  void clean() {
    cleaning.reversed().forEach(Runnable::run);
  }

  private void observe(Fault fault, Pid victim) {
    var log = new FailingLog(fault, victim);
    Reports.told(); // what happened before takes no room
    LOG.addHandler(log);
    var subscription =
        Events.subscribe(
            event -> {
              if (event.pid().equals(victim) && !(event instanceof Event.Ended)) {
                fault.at(Step.A_SUBSCRIBER);
              }
            });
    cleaning.add(subscription::close);
    cleaning.add(() -> LOG.removeHandler(log));
    cleaning.add(fault.mended::countDown);
  }

  private static ServerChild<Victim, ServerRef<Victim>> child(As as, Fault fault) {
    var plain = GenServer.<Victim>of(() -> new Victim(fault));
    return switch (as) {
      case DIRECT -> plain.direct();
      case BOUNDED -> plain.mailbox(10, Overflow.FAIL);
      default -> plain;
    };
  }

  private static Ask ask(boolean crash, Fault fault) {
    return new Ask(crash, new Thing("request", Step.THE_MESSAGES_TO_STRING, fault));
  }

  // M09
  @ParameterizedTest(name = "{0} {1}: {2}")
  @MethodSource("all")
  void a_crash_is_heard_of_though_its_report_fails(Step step, Failure failure, As as)
      throws Exception {
    var fault = new Fault(step, failure);
    if (as == As.RAW) {
      crashRaw(fault);
    } else {
      crashServer(fault, as);
    }
    fault.reached.await();
    fault.mended.countDown();
    assertOthersAreReported();
  }

  private void crashRaw(Fault fault) {
    Pid victim =
        Processes.spawn(
            () -> {
              Self.receive();
              crash(fault);
            });
    observe(fault, victim);
    MonitorRef ref = Self.monitor(victim);
    victim.send("crash");
    assertCrashed(Downs.reason(ref));
  }

  private void crashServer(Fault fault, As as) {
    Name<Victim> name = Name.unique("victim");
    var child = child(as, fault).named(name);
    Supervisor supervisor = null;
    if (as == As.SUPERVISED) {
      var id = new Thing("child", Step.THE_CHILDS_ID, fault);
      supervisor = Supervisor.of(Strategy.ONE_FOR_ONE).child(child.spec().id(id)).start();
    } else {
      child.start();
    }
    Pid victim = name.pid();
    observe(fault, victim);
    MonitorRef ref = Self.monitor(victim);
    assertThat(catchThrowable(() -> name.call(ask(true, fault))))
        .isInstanceOf(CallException.Exited.class);
    assertCrashed(Downs.reason(ref));
    assertThat(victim.isAlive()).isFalse();
    if (supervisor == null) {
      assertThat(name.whereis()).isEmpty();
    } else {
      assertThat(supervisor.children()).singleElement().matches(each -> each.pid().isPresent());
      assertThat(name.call(ask(false, fault))).isEqualTo("well");
      supervisor.stop();
    }
  }

  private static void assertCrashed(ExitReason reason) {
    assertThat(reason)
        .matches(
            why ->
                why instanceof ExitReason.Crash(Broken broken)
                    || why instanceof ExitReason.Custom(Thing thing));
  }

  private static void assertOthersAreReported() {
    try (var reports = new Reports()) {
      var other =
          Self.spawnMonitor(
              () -> {
                throw new IllegalStateException("another");
              });
      Downs.reason(other.ref());
      assertThat(reports.crashesOf(other.pid())).hasSize(1);
    }
  }

  // M09: a server that cannot be started is reported, too
  @ParameterizedTest
  @EnumSource
  void a_start_that_fails_is_heard_of_though_its_report_fails(Failure failure) throws Exception {
    var fault = new Fault(Step.A_SUBSCRIBER, failure);
    var child =
        GenServer.of(
            () ->
                new PuppetServer()
                    .onInit(
                        () -> {
                          observe(fault, Self.pid());
                          throw new IllegalStateException("broken");
                        }));
    assertThat(catchThrowable(child::start)).hasMessageContaining("broken");
    fault.reached.await();
    fault.mended.countDown();
    assertOthersAreReported();
  }

  // M09: what a supervisor reports of its children's end does not keep it from stopping the next
  @ParameterizedTest
  @EnumSource
  void a_supervisor_stops_all_its_children_though_its_reports_fail(Failure failure)
      throws Exception {
    var fault = new Fault(Step.A_SUBSCRIBER, failure);
    var supervisor = Supervisor.of(Strategy.ONE_FOR_ALL);
    var names = Stream.of("one", "two", "three").map(Name::<PuppetServer>unique).toList();
    for (Name<PuppetServer> name : names) {
      supervisor =
          supervisor.child(
              GenServer.of(
                      () ->
                          new PuppetServer()
                              .onInit(
                                  () -> {
                                    Self.trapExits(true);
                                    return Init.ok(List.of());
                                  })
                              .onTerminate(
                                  (reason, heard) -> {
                                    throw new IllegalStateException("not now");
                                  }))
                  .named(name)
                  .id(name.toString()));
    }
    Supervisor running = supervisor.start();
    observe(fault, running.pid());
    List<Pid> pids = names.stream().map(Name::pid).toList();
    running.stop();
    assertThat(pids).noneMatch(Pid::isAlive);
    assertThat(running.pid().isAlive()).isFalse();
    fault.reached.await();
    fault.mended.countDown();
    assertOthersAreReported();
  }

  // M09: the thread that finds out about long callbacks is that of all timers
  @Test
  void timers_ring_though_the_report_of_a_long_callback_blocks() throws Exception {
    var fault = new Fault(Step.A_SUBSCRIBER, Failure.BLOCKS);
    ServerRef<PuppetServer> slow = Kind.PLAIN.start();
    observe(fault, slow.pid());
    try (var held = Held.hold(slow)) {
      fault.reached.await();
      Self.sendAfter("rings", java.time.Duration.ofMillis(1));
      assertThat(Self.receive(String.class, Downs.LONG)).contains("rings");
    }
  }

  @Test
  void what_is_reported_comes_in_order_and_each_on_the_same_thread() {
    var threads = new ArrayList<Thread>();
    var pids = new ArrayList<Pid>();
    var told = new ArrayList<Pid>();
    try (var _ =
        Events.subscribe(
            event -> {
              threads.add(Thread.currentThread());
              told.add(event.pid());
            })) {
      for (int i = 0; i < 100; i++) {
        var crashed =
            Self.spawnMonitor(
                () -> {
                  throw new IllegalStateException("one of many");
                });
        pids.add(crashed.pid());
        Downs.reason(crashed.ref());
      }
      Reports.told();
    }
    assertThat(told).containsSubsequence(pids);
    assertThat(threads).containsOnly(threads.getFirst());
  }

  @Test
  void a_report_comes_when_the_process_is_dead_for_all() throws Exception {
    var alive = new ArrayList<Boolean>();
    var downs = new ArrayList<Object>();
    Pid test = Self.pid();
    var crashed =
        Processes.spawn(
            () -> {
              Self.receive();
              throw new IllegalStateException("broken");
            });
    try (var _ =
        Events.subscribe(
            CrashReport.class,
            event -> {
              if (event.pid() == crashed) {
                alive.add(event.pid().isAlive());
                downs.add(Processes.info(test).orElseThrow().queued());
              }
            })) {
      Self.monitor(crashed);
      crashed.send("now");
      while (crashed.isAlive()) {
        Thread.onSpinWait();
      }
      Reports.told();
    }
    assertThat(alive).containsExactly(false);
    assertThat(downs).containsExactly(1);
    assertThat(Self.receive(Down.class, Downs.LONG)).isPresent();
  }

  @Test
  void flush_by_a_subscriber_does_not_wait_for_itself() {
    var waited = new ArrayList<Boolean>();
    try (var _ = Events.subscribe((Event event) -> waited.add(Events.flush(Downs.LONG)))) {
      var crashed =
          Self.spawnMonitor(
              () -> {
                throw new IllegalStateException("broken");
              });
      Downs.reason(crashed.ref());
      Reports.told();
    }
    assertThat(waited).contains(false).doesNotContain(true);
  }
}
