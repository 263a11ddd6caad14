package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Agent;
import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.junit.OstlerExtension;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What callbacks see of the thread that happened to start their thread: nothing. */
@ExtendWith(OstlerExtension.class)
class ThreadContextTest {
  private static final InheritableThreadLocal<String> USER = new InheritableThreadLocal<>();

  /** What the current thread carries. */
  private record Carried(@Nullable String user, @Nullable ClassLoader loader) {
    static final Carried NOBODYS = new Carried(null, ClassLoader.getSystemClassLoader());

    static Carried here() {
      return new Carried(USER.get(), Thread.currentThread().getContextClassLoader());
    }
  }

  /** Runs an action on a thread that carries a user and a class loader of its own. */
  private static void asAlice(Outside.Action action) throws Exception {
    Outside.does(
        () -> {
          USER.set("alice");
          Thread.currentThread()
              .setContextClassLoader(
                  new URLClassLoader(new URL[0], ClassLoader.getPlatformClassLoader()));
          action.run();
        });
  }

  private static Carried next(BlockingQueue<Carried> seen) throws Exception {
    return seen.poll(Deaths.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  // M18
  @Test
  void a_server_that_is_woken_sees_nothing_of_its_sender() throws Exception {
    var agent = Agent.start(() -> 0);
    var seen = new LinkedBlockingQueue<Carried>();

    asAlice(() -> agent.cast(n -> record(seen, n)));

    assertThat(next(seen)).isEqualTo(Carried.NOBODYS);
  }

  // M18
  @Test
  void a_server_that_is_called_sees_nothing_of_its_caller() throws Exception {
    var agent = Agent.start(() -> 0);
    var seen = new LinkedBlockingQueue<Carried>();

    asAlice(() -> agent.update(n -> record(seen, n)));

    assertThat(next(seen)).isEqualTo(Carried.NOBODYS);
  }

  // M18
  @Test
  void a_raw_process_sees_nothing_of_its_starter() throws Exception {
    var seen = new LinkedBlockingQueue<Carried>();

    asAlice(() -> Processes.spawn(() -> seen.add(Carried.here())));

    assertThat(next(seen)).isEqualTo(Carried.NOBODYS);
  }

  // M18
  @Test
  void an_init_with_a_deadline_sees_nothing_of_its_starter() throws Exception {
    var seen = new LinkedBlockingQueue<Carried>();

    asAlice(
        () ->
            GenServer.of(() -> new Scripted(() -> begin(seen)))
                .startTimeout(Deaths.PATIENCE)
                .start());

    assertThat(next(seen)).isEqualTo(Carried.NOBODYS);
  }

  // M18
  @Test
  void a_server_woken_by_a_timer_sees_nothing_of_the_thread_that_set_it() throws Exception {
    var seen = new LinkedBlockingQueue<Carried>();
    Pid server = GenServer.of(() -> new Told(seen)).start().pid();

    asAlice(() -> server.sendAfter("now", Duration.ZERO));

    assertThat(next(seen)).isEqualTo(Carried.NOBODYS);
  }

  // M18
  @Test
  void init_of_a_supervised_child_sees_at_its_first_start_what_it_sees_at_a_restart()
      throws Exception {
    var seen = new LinkedBlockingQueue<Carried>();
    Name<Scripted> name = Name.unique("child");
    var child = GenServer.of(() -> new Scripted(() -> begin(seen))).named(name);

    asAlice(() -> Supervisor.of(Strategy.ONE_FOR_ONE).child(child).start());
    assertSeesNothingAtAnyStart(name, seen);
  }

  // M18
  @ParameterizedTest
  @EnumSource
  void init_of_a_child_of_a_supervisor_that_a_server_starts_sees_the_same_each_time(Kind kind)
      throws Exception {
    var seen = new LinkedBlockingQueue<Carried>();
    Name<Scripted> name = Name.unique("child");
    var child = GenServer.of(() -> new Scripted(() -> begin(seen))).named(name);
    var supervisor = Supervisor.of(Strategy.ONE_FOR_ONE).child(child);
    var outer =
        kind.of(
            GenServer.of(
                () ->
                    new Scripted(
                        () -> {
                          supervisor.startLink();
                          return Init.ok("state");
                        })));

    asAlice(outer::start);
    assertSeesNothingAtAnyStart(name, seen);
  }

  // M18
  @ParameterizedTest
  @EnumSource
  void init_of_a_child_of_a_supervisor_that_a_callback_starts_sees_the_same_each_time(Kind kind)
      throws Exception {
    var seen = new LinkedBlockingQueue<Carried>();
    Name<Scripted> name = Name.unique("child");
    var child = GenServer.of(() -> new Scripted(() -> begin(seen))).named(name);
    var outer = kind.of(GenServer.of(Scripted::new)).start();
    var start =
        new Scripted.Ask(
            () -> {
              Supervisor.of(Strategy.ONE_FOR_ONE).child(child).start();
              return "started";
            });

    asAlice(() -> outer.call(start));
    assertSeesNothingAtAnyStart(name, seen);
  }

  /** The child has been started once, and is restarted. */
  private static void assertSeesNothingAtAnyStart(Name<Scripted> child, BlockingQueue<Carried> seen)
      throws Exception {
    assertThat(next(seen)).isEqualTo(Carried.NOBODYS);
    child.pid().exit(ExitReason.KILL);
    assertThat(next(seen)).isEqualTo(Carried.NOBODYS);
  }

  @Test
  void a_thread_has_the_name_of_the_server_it_runs_and_then_of_the_next() {
    Name<Scripted> one = Name.unique("one");
    Name<Scripted> two = Name.unique("two");
    GenServer.of(Scripted::new).named(one).start();
    GenServer.of(Scripted::new).named(two).start();
    var name = new Scripted.Ask(() -> Thread.currentThread().getName());

    Puppet.start()
        .does( // a virtual thread, so that the thread that answered one goes on to the other
            () -> {
              assertThat(one.call(name)).isEqualTo(one.toString());
              assertThat(two.call(name)).isEqualTo(two.toString());
              assertThat(one.call(name)).isEqualTo(one.toString());
            });
  }

  private static int record(BlockingQueue<Carried> seen, int n) {
    seen.add(Carried.here());
    return n;
  }

  private static Init<Object> begin(BlockingQueue<Carried> seen) {
    seen.add(Carried.here());
    return Init.ok("state");
  }

  /** Records what it sees when it is told anything. */
  private record Told(BlockingQueue<Carried> seen)
      implements GenServer<String, Call<Told, Void>, Cast<Told>> {
    @Override
    public Init<String> init() {
      return Init.ok("state");
    }

    @Override
    public Next<String> handleInfo(Object message, String state) {
      seen.add(Carried.here());
      return Next.noReply(state);
    }
  }
}
