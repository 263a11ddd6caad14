package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory that runs out in the middle of one of the runtime's own steps leaves it whole. */
@ResourceLock(SlowDeath.LOCK)
class OutOfMemoryTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  /** Answers what it is asked, unless it breaks at once. */
  private record Echo(boolean broken) implements GenServer<String, Echo.Ask, Cast<Echo>> {
    Echo() {
      this(false);
    }

    record Ask(String text) implements Call<Echo, String> {}

    @Override
    public Init<String> init() {
      if (broken) {
        throw new IllegalStateException("broken");
      }
      return Init.ok("idle");
    }

    @Override
    public Next<String> handleCall(Ask ask, From<?> from, String state) {
      if (ask.text().equals("crash")) {
        throw new IllegalStateException("broken");
      }
      return switch (ask.text()) {
        case "" -> Next.noReply(state);
        case "state?" -> ask.reply(state, state);
        default -> ask.reply(ask.text(), state);
      };
    }

    @Override
    public Next<String> handleInfo(Object message, String state) {
      return switch (message) {
        case Pid pid -> {
          Self.monitor(pid);
          yield Next.noReply("watches");
        }
        case Down _ -> Next.noReply("told");
        default -> Next.noReply(state);
      };
    }
  }

  private Attached attached;

  @BeforeEach
  void attach() {
    attached = Processes.attach();
    Self.trapExits(true);
  }

  @AfterEach
  void detach() {
    Death.probe = null;
    Activation.probe = null;
    ThreadProc.probe = null;
    Obituary.probe = null;
    attached.close();
  }

  /** Lets each step of that number fail so many times, for want of memory. */
  private static void failAtStep(int number, int times) {
    var left = new AtomicInteger(times);
    Death.probe =
        step -> {
          if (step == number && left.getAndDecrement() > 0) {
            throw new OutOfMemoryError("injected at step " + step);
          }
        };
  }

  private static void assertEnded(Pid pid, MonitorRef monitor, Name<Echo> name) {
    var down = Self.receive(Down.class, each -> each.ref() == monitor, LONG).orElseThrow();
    assertThat(down.reason()).isEqualTo(ExitReason.KILLED);
    assertThat(Self.receive(Exit.class, each -> each.pid() == pid, LONG)).isPresent();
    assertThat(pid.isAlive()).isFalse();
    assertThat(name.whereis()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8})
  void at_a_step_of_a_death_does_not_stop_it(int step) {
    Name<Echo> name = Name.unique("echo");
    var server = GenServer.of(Echo::new).named(name).startLink();
    var peer = GenServer.of(Echo::new).start();
    Pid linked =
        Self.spawnLink(
            () -> {
              Self.link(server.pid());
              Self.receive();
            });
    var monitor = Self.monitor(server.pid());
    var monitorOfLinked = Self.monitor(linked);
    var caller =
        Self.spawnMonitor(() -> assertThat(server.call(new Echo.Ask(""), LONG)).isEqualTo("never"));
    failAtStep(step, 3);
    catchThrowable(() -> server.pid().exit(ExitReason.KILL));
    assertEnded(server.pid(), monitor, name);
    assertThat(Self.receive(Down.class, each -> each.ref() == monitorOfLinked, LONG)).isPresent();
    assertThat(Self.receive(Down.class, each -> each.ref() == caller.ref(), LONG)).isPresent();
    assertThat(peer.call(new Echo.Ask("well?"), LONG)).isEqualTo("well?");
  }

  /** The ways to run a server that crashes. */
  enum As {
    PLAIN,
    DIRECT,
    BOUNDED,
    SUPERVISED,
    DEADLINE
  }

  static Stream<Arguments> crashes() {
    return Stream.of(As.values())
        .flatMap(as -> IntStream.rangeClosed(1, 8).mapToObj(step -> Arguments.of(as, step)));
  }

  private static ServerChild<Echo, ServerRef<Echo>> child(
      As as, Name<Echo> name, Supplier<Echo> factory) {
    var child = GenServer.of(factory).named(name);
    return switch (as) {
      case DIRECT -> child.direct();
      case BOUNDED -> child.mailbox(10, Overflow.FAIL);
      case DEADLINE -> child.startTimeout(LONG);
      case PLAIN, SUPERVISED -> child;
    };
  }

  /** Whoever waits for the server that crashes is told, and a supervisor starts it again. */
  @ParameterizedTest(name = "{0}, step {1}")
  @MethodSource("crashes")
  void at_a_step_of_a_crash_does_not_keep_it_from_anybody(As as, int step) {
    Name<Echo> name = Name.unique("echo");
    Supervisor supervisor = null;
    if (as == As.SUPERVISED) {
      supervisor = Supervisor.of(Strategy.ONE_FOR_ONE).child(child(as, name, Echo::new)).start();
    } else {
      child(as, name, Echo::new).start();
    }
    Pid pid = name.pid();
    Self.link(pid);
    var monitor = Self.monitor(pid);
    var caller =
        Self.spawnMonitor(
            () -> {
              Self.receive();
              name.call(new Echo.Ask("crash"), LONG);
            });
    failAtStep(step, 3);
    caller.pid().send("go");
    var exited = Self.receive(Down.class, each -> each.ref() == caller.ref(), LONG).orElseThrow();
    assertThat(exited.reason())
        .isInstanceOfSatisfying(
            ExitReason.Crash.class,
            crash -> assertThat(crash.cause()).isInstanceOf(CallException.Exited.class));
    assertThat(Self.receive(Down.class, each -> each.ref() == monitor, LONG)).isPresent();
    assertThat(Self.receive(Exit.class, each -> each.pid() == pid, LONG)).isPresent();
    assertThat(pid.isAlive()).isFalse();
    if (supervisor == null) {
      assertThat(name.whereis()).isEmpty();
    } else {
      assertThat(supervisor.children()).singleElement().matches(each -> each.pid().isPresent());
      assertThat(name.call(new Echo.Ask("well?"), LONG)).isEqualTo("well?");
      Death.probe = null; // else the supervisor may meet what is left of it
      supervisor.stop();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void at_a_step_of_the_crash_of_a_raw_process_does_not_keep_it_from_anybody(int step)
      throws Exception {
    var born = new LinkedBlockingQueue<Pid>();
    var child =
        Processes.of(
            () -> {
              born.add(Self.pid());
              Self.receive();
              throw new IllegalStateException("broken");
            });
    Supervisor supervisor = Supervisor.of(Strategy.ONE_FOR_ONE).child(child).start();
    Pid pid = born.take();
    Self.link(pid);
    var monitor = Self.monitor(pid);
    failAtStep(step, 3);
    pid.send("go");
    assertThat(Self.receive(Down.class, each -> each.ref() == monitor, LONG)).isPresent();
    assertThat(Self.receive(Exit.class, each -> each.pid() == pid, LONG)).isPresent();
    assertThat(pid.isAlive()).isFalse();
    assertThat(born.poll(LONG.toSeconds(), TimeUnit.SECONDS)).isNotNull();
    Death.probe = null; // else the supervisor may meet what is left of it
    supervisor.stop();
  }

  @ParameterizedTest(name = "{0}, step {1}")
  @MethodSource("crashes")
  void at_a_step_of_the_end_of_a_start_that_fails_does_not_keep_it_from_the_starter(
      As as, int step) {
    Name<Echo> name = Name.unique("echo");
    var child = child(as, name, () -> new Echo(true));
    Child<?> started =
        as == As.SUPERVISED ? Supervisor.of(Strategy.ONE_FOR_ONE).child(child) : child;
    failAtStep(step, 3);
    assertThat(catchThrowable(started::start)).isInstanceOf(StartException.class);
    assertThat(name.whereis()).isEmpty();
  }

  /** Lets no report be made, for want of memory, until the end of the test. */
  private static void failToReport() {
    Obituary.probe =
        () -> {
          throw new OutOfMemoryError("injected where a crash is reported");
        };
  }

  @ParameterizedTest
  @EnumSource
  void where_a_crash_is_to_be_reported_leaves_a_report_of_who_ended_and_why(As as) {
    Name<Echo> name = Name.unique("echo");
    ServerRef<Echo> server = child(as, name, Echo::new).start();
    var told = new ConcurrentLinkedQueue<Event>();
    try (var _ = Events.subscribe(CrashReport.class, told::add)) {
      failToReport();
      var thrown = catchThrowable(() -> server.call(new Echo.Ask("crash"), LONG));
      assertThat(thrown).isInstanceOf(CallException.Exited.class);
      assertThat(Events.flush(LONG)).isTrue();
    }
    assertThat(told)
        .filteredOn(each -> each.pid().equals(server.pid()))
        .singleElement()
        .isInstanceOfSatisfying(
            CrashReport.class,
            report -> {
              assertThat(report.label()).isEqualTo(name.toString());
              assertThat(report.reason()).isInstanceOf(ExitReason.Crash.class);
              assertThat(report.text()).contains(server.pid().toString(), "broken");
            });
  }

  /** Reports that wait are made ahead, 64 of them, and are used again. */
  @Test
  void where_many_crashes_are_to_be_reported_leaves_as_many_reports_as_were_prepared()
      throws Exception {
    var told = new ConcurrentLinkedQueue<Event>();
    crashRaw(1); // so that the rehearsal of a crash is over
    for (int round = 0; round < 2; round++) {
      var open = new CountDownLatch(1);
      var begun = new CountDownLatch(1);
      try (var _ = Events.subscribe(CrashReport.class, told::add)) {
        Events.publish(
            EventKind.CRASH,
            () -> {
              begun.countDown();
              open.await();
              return null;
            });
        begun.await();
        failToReport();
        crashRaw(100);
        Obituary.probe = null;
        open.countDown();
        assertThat(Events.flush(LONG)).isTrue();
      }
      assertThat(told).hasSize(64);
      told.clear();
    }
  }

  private static void crashRaw(int times) {
    for (int i = 0; i < times; i++) {
      var crashed =
          Self.spawnMonitor(
              () -> {
                throw new IllegalStateException("broken");
              });
      assertThat(Self.receive(Down.class, each -> each.ref() == crashed.ref(), LONG)).isPresent();
    }
  }

  @Test
  void before_a_death_leaves_the_process_alive_and_whole() {
    var server = GenServer.of(Echo::new).start();
    failAtStep(1, 1);
    assertThat(catchThrowable(() -> server.pid().exit(ExitReason.KILL)))
        .isInstanceOf(OutOfMemoryError.class);
    assertThat(server.call(new Echo.Ask("well?"), LONG)).isEqualTo("well?");
  }

  /** A signal wakes a server of any kind on a thread of its own, a direct one too. */
  @ParameterizedTest
  @EnumSource
  void where_a_thread_is_to_be_started_delays_a_server_and_does_not_lose_it(As as) {
    Pid watched = Processes.spawn(() -> Self.receive());
    List<Name<Echo>> names = Stream.generate(() -> Name.<Echo>unique("echo")).limit(1_000).toList();
    startAll(as, names);
    for (Name<Echo> each : names) {
      each.send(watched);
      assertThat(each.call(new Echo.Ask("state?"), LONG)).isEqualTo("watches");
    }
    AtomicInteger left = failToStartThreads(2_500);
    watched.exit(ExitReason.KILL);
    for (Name<Echo> each : names) {
      assertThat(each.call(new Echo.Ask("state?"), LONG)).isEqualTo("told");
    }
    assertThat(left.get()).isNotPositive();
  }

  private static void startAll(As as, List<Name<Echo>> names) {
    var children = names.stream().map(each -> child(as, each, Echo::new)).toList();
    if (as == As.SUPERVISED) {
      Supervisor.Spec supervisor = Supervisor.of(Strategy.ONE_FOR_ONE);
      for (var each : children) {
        supervisor = supervisor.child(each);
      }
      supervisor.startLink();
    } else {
      children.forEach(ServerChild::startLink);
    }
  }

  /** Lets so many starts of a server's thread fail; how many of them are left. */
  private static AtomicInteger failToStartThreads(int times) {
    var left = new AtomicInteger(times);
    Activation.probe =
        server -> {
          if (left.getAndDecrement() > 0) {
            throw new OutOfMemoryError("unable to create a thread: injected");
          }
        };
    return left;
  }

  @ParameterizedTest
  @EnumSource
  void where_a_thread_is_to_be_started_delays_a_restart_and_does_not_prevent_it(As as) {
    Name<Echo> name = Name.unique("echo");
    var supervisor =
        Supervisor.of(Strategy.ONE_FOR_ONE).child(child(as, name, Echo::new)).startLink();
    Pid first = name.pid();
    while (((Proc) supervisor.pid()).isBusy()) { // then no thread would have to be started for it
      Thread.onSpinWait();
    }
    AtomicInteger left = failToStartThreads(5);
    first.exit(ExitReason.KILL);
    assertThat(supervisor.children()).singleElement().matches(each -> each.pid().isPresent());
    assertThat(name.pid()).isNotEqualTo(first);
    assertThat(name.call(new Echo.Ask("well?"), LONG)).isEqualTo("well?");
    assertThat(left.get()).isNotPositive();
  }

  @Test
  void where_the_thread_of_a_raw_process_is_to_be_started_leaves_nothing_of_its_body() {
    var born = new AtomicReference<ThreadProc>();
    var kept = refused(born);
    ThreadProc proc = born.get();
    assertThat(proc.isAlive()).isFalse();
    assertThat(Self.receive(Exit.class, each -> each.pid() == proc, Duration.ZERO)).isEmpty();
    assertGone(kept);
    Reference.reachabilityFence(proc);
  }

  private static void assertGone(WeakReference<Object> kept) {
    long end = System.nanoTime() + LONG.toNanos(); // a thread may be late to leave
    while (!kept.refersTo(null) && System.nanoTime() - end < 0) {
      System.gc();
    }
    assertThat(kept.refersTo(null)).isTrue();
  }

  /** Lets the start of a process fail; what its body had. */
  private static WeakReference<Object> refused(AtomicReference<ThreadProc> born) {
    ThreadProc.probe =
        proc -> {
          born.set(proc);
          throw new OutOfMemoryError("unable to create a thread: injected");
        };
    var captured = new Object();
    assertThat(catchThrowable(() -> Self.spawnLink(captured::hashCode)))
        .isInstanceOf(OutOfMemoryError.class);
    return new WeakReference<>(captured);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8})
  void at_a_step_of_the_end_of_a_raw_process_leaves_nothing_of_its_body(int step) throws Exception {
    failAtStep(step, 1);
    var threads = new LinkedBlockingQueue<Thread>();
    var pids = new ArrayList<Pid>();
    var kept = ended(threads, pids);
    assertThat(threads.take().join(LONG)).isTrue();
    assertGone(kept);
    assertThat(pids.getFirst().isAlive()).isFalse();
  }

  /** Starts a process that ends at once; what its body had. */
  private static WeakReference<Object> ended(BlockingQueue<Thread> threads, List<Pid> pids) {
    var captured = new Object();
    pids.add(
        Self.spawnLink(
            () -> {
              threads.add(Thread.currentThread());
              assertThat(captured).isNotNull();
            }));
    return new WeakReference<>(captured);
  }
}
