package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Child;
import dev.ostler.DynamicSupervisor;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Overflow;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Registry;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import dev.ostler.StartException;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.Sys;
import dev.ostler.Task;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.junit.Supervised;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who keeps the pid of a process that has ended keeps nothing else of it. */
@ExtendWith(OstlerExtension.class)
class DeadKeepNothingTest {

  /** Something a process had. */
  private static final class Thing {
    @Override
    public String toString() {
      return "thing";
    }
  }

  /** The pid of a process that has ended, its thread too, and what it had. */
  private record Remains(Object kept, List<WeakReference<Thing>> things) {

    /** The collector has all that the process had, while the pid is kept. */
    void assertGone() {
      long end = System.nanoTime() + Deaths.PATIENCE.toNanos(); // a thread may be late to leave
      while (things.stream().anyMatch(Remains::isThere) && System.nanoTime() - end < 0) {
        System.gc();
      }
      for (int i = 0; i < things.size(); i++) {
        assertThat(isThere(things.get(i))).as("thing %d is kept", i).isFalse();
      }
      Reference.reachabilityFence(kept);
    }

    private static boolean isThere(WeakReference<Thing> thing) {
      return !thing.refersTo(null);
    }
  }

  private final List<WeakReference<Thing>> things = new ArrayList<>();

  private Thing thing() {
    var made = new Thing();
    things.add(new WeakReference<>(made));
    return made;
  }

  private Remains remainsOf(Object kept) {
    return new Remains(kept, things);
  }

  private static void join(CompletableFuture<Thread> thread) {
    try {
      assertThat(thread.get().join(Deaths.PATIENCE)).isTrue();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  // --- Raw processes ---

  @Test
  void of_the_messages_of_a_raw_process_read_or_not() {
    leaveMessages(ExitReason.NORMAL).assertGone();
  }

  @Test
  void of_the_messages_of_a_raw_process_that_was_killed() {
    leaveMessages(ExitReason.KILL).assertGone();
  }

  private Remains leaveMessages(ExitReason end) {
    var thread = new CompletableFuture<Thread>();
    var ready = new CountDownLatch(1);
    Thing captured = thing();
    Pid pid =
        Processes.spawn(
            () -> {
              thread.complete(Thread.currentThread());
              Self.receive(Integer.class);
              assertThat(captured).isNotNull();
              ready.countDown();
              if (end.equals(ExitReason.NORMAL)) {
                Self.receive(Double.class);
              } else {
                new CountDownLatch(1).await();
              }
            });
    pid.send(thing()); // skipped
    pid.sendPriority(thing());
    pid.send(1);
    awaited(ready);
    pid.send(thing()); // skipped by a process that goes on
    pid.sendPriority(thing());
    pid.send(thing());
    if (end.equals(ExitReason.NORMAL)) {
      pid.send(1.0);
      pid.send(thing()); // not looked at
    } else {
      pid.exit(end);
    }
    join(thread);
    return remainsOf(pid);
  }

  private static void awaited(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void of_a_process_that_crashed() {
    crash().assertGone();
  }

  private Remains crash() {
    var thread = new CompletableFuture<Thread>();
    Thing captured = thing();
    Pid pid =
        Processes.spawn(
            () -> {
              thread.complete(Thread.currentThread());
              assertThat(captured).isNotNull();
              Self.exit(ExitReason.of("ripe"));
            });
    join(thread);
    return remainsOf(pid);
  }

  @Test
  void of_what_an_attached_thread_did_not_receive() throws Exception {
    Outside.ask(this::attach).assertGone();
  }

  private Remains attach() {
    Pid pid = Processes.attach().pid();
    pid.send(thing());
    Self.receive(Integer.class, Duration.ZERO);
    pid.send(thing());
    Processes.detach();
    return remainsOf(pid);
  }

  @Test
  void of_the_work_of_a_task() {
    work().assertGone();
  }

  private Remains work() {
    var thread = new CompletableFuture<Thread>();
    Thing captured = thing();
    Task<Integer> task =
        Task.async(
            () -> {
              thread.complete(Thread.currentThread());
              return captured.toString().length();
            });
    task.await();
    join(thread);
    return remainsOf(task);
  }

  @Test
  void of_a_parent_whose_children_live() {
    var child = new CompletableFuture<Pid>();
    parent(child).assertGone();
    assertThat(child.join().isAlive()).isTrue();
    child.join().exit(ExitReason.KILL);
  }

  private Remains parent(CompletableFuture<Pid> child) {
    var thread = new CompletableFuture<Thread>();
    Thing captured = thing();
    Pid parent =
        Processes.spawn(
            () -> {
              thread.complete(Thread.currentThread());
              child.complete(Processes.spawn(() -> Self.receive(Integer.class)));
              assertThat(captured).isNotNull();
            });
    parent.send(thing());
    join(thread);
    return remainsOf(child.join());
  }

  // --- Servers ---

  @ParameterizedTest
  @EnumSource
  void of_a_server_that_stopped(Kind kind) {
    stopped(kind).assertGone();
  }

  private Remains stopped(Kind kind) {
    Thing captured = thing();
    Thing state = thing();
    ServerChild<PuppetServer, ServerRef<PuppetServer>> child =
        kind.of(
            () ->
                new PuppetServer()
                    .onInit(() -> Init.ok(List.<Object>of(state)))
                    .onTerminate((reason, heard) -> assertThat(captured).isNotNull()));
    ServerRef<PuppetServer> server = child.start();
    Pid pid = server.pid();
    Sys.log(pid, 10);
    var installed = thing();
    Sys.install(pid, "observer", installed, (seen, event) -> Optional.of(seen));
    pid.send(thing());
    Thing asked = thing();
    server.call(PuppetServer.compute("ask", () -> asked.toString()));
    server.cast(PuppetServer.tell("wait", heard -> noReply(heard, asked)));
    server.stop();
    return remainsOf(pid);
  }

  private static Next<List<Object>> noReply(List<Object> heard, Thing message) {
    return Next.<List<Object>>noReply(heard).withTimeout(Duration.ofDays(1), message);
  }

  @ParameterizedTest
  @EnumSource
  void of_a_server_that_was_killed_while_it_was_busy(Kind kind) {
    killed(kind.of(PuppetServer::new)).assertGone();
  }

  @Test
  void of_a_bounded_server_that_was_killed_while_it_was_busy() {
    killed(GenServer.of(PuppetServer::new).mailbox(10, Overflow.DROP_OLDEST)).assertGone();
  }

  private Remains killed(ServerChild<PuppetServer, ServerRef<PuppetServer>> child) {
    ServerRef<PuppetServer> server = child.start();
    Pid pid = server.pid();
    Sys.log(pid, 10);
    var thread = new CompletableFuture<Thread>();
    Thing handled = thing();
    Processes.spawn(
        () ->
            pid.send(
                PuppetServer.step(
                    heard -> {
                      thread.complete(Thread.currentThread());
                      awaitInVain();
                      return noReply(List.of(handled), handled);
                    })));
    thread.join();
    pid.send(thing());
    pid.sendPriority(thing());
    server.cast(PuppetServer.tell("later", heard -> noReply(heard, handled)));
    pid.exit(ExitReason.KILL);
    join(thread);
    return remainsOf(pid);
  }

  private static void awaitInVain() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      // It was killed, and goes on for a moment.
    }
  }

  @Test
  void of_what_a_suspended_server_held_back() {
    suspended().assertGone();
  }

  private Remains suspended() {
    ServerRef<PuppetServer> server = GenServer.of(PuppetServer::new).start();
    Sys.suspend(server.pid());
    server.pid().send(thing());
    Sys.getState(server.pid()); // by when it is held back
    server.pid().send(thing());
    server.pid().exit(ExitReason.KILL);
    return remainsOf(server.pid());
  }

  @ParameterizedTest
  @EnumSource
  void of_a_server_that_did_not_start(Kind kind) {
    refused(kind).assertGone();
  }

  private Remains refused(Kind kind) {
    Thing captured = thing();
    var pid = new CompletableFuture<Pid>();
    var child =
        kind.of(
            () ->
                new PuppetServer()
                    .onInit(
                        () -> {
                          pid.complete(Self.pid());
                          return Init.error(ExitReason.of(captured.toString()));
                        }));
    assertThatThrownBy(child::start).isInstanceOf(StartException.class);
    return remainsOf(pid.join());
  }

  @Test
  void of_the_message_of_a_timer() {
    timer().assertGone();
  }

  private Remains timer() {
    Pid pid = GenServer.of(PuppetServer::new).start().pid();
    var timer = pid.sendAfter(thing(), Duration.ofDays(1));
    pid.exit(ExitReason.KILL);
    return remainsOf(List.of(pid, timer));
  }

  @Test
  void of_a_registry() {
    Registry<String, Object> registry = Registry.<String, Object>unique().start();
    registry.register("test", "the test's");
    register(registry).assertGone(); // though this process was registered, too
  }

  private Remains register(Registry<String, Object> registry) {
    registry.putMeta("meta", thing());
    Thing value = thing();
    ServerRef<PuppetServer> idle = GenServer.of(PuppetServer::new).start();
    idle.call(
        PuppetServer.compute(
            "register",
            () -> {
              registry.register("idle", value);
              return "done";
            }));
    registry.pid().exit(ExitReason.KILL);
    return remainsOf(List.of(registry, registry.pid()));
  }

  // --- Supervisors ---

  @Test
  void of_what_a_temporary_child_was_started_with_once_it_runs(Supervised supervised) {
    Supervisor supervisor = supervised.start(Supervisor.of(Strategy.ONE_FOR_ONE));
    DynamicSupervisor dynamic = supervised.start(DynamicSupervisor.of());
    List<Function<Child<?>, Object>> starts = List.of(supervisor::startChild, dynamic::startChild);
    for (Function<Child<?>, Object> start : starts) {
      started(start).assertGone();
    }
    assertThat(supervisor.count().active()).isEqualTo(1);
    assertThat(dynamic.count().active()).isEqualTo(1);
  }

  private Remains started(Function<Child<?>, Object> start) {
    Thing captured = thing();
    return remainsOf(
        start.apply(
            GenServer.of(() -> new PuppetServer().telling(nobody(captured)))
                .restart(Restart.TEMPORARY)));
  }

  private static Pid nobody(Thing thing) {
    assertThat(thing).isNotNull();
    return Processes.NOBODY;
  }
}
