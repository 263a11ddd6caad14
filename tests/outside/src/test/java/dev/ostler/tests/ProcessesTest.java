package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Name;
import dev.ostler.Pid;
import dev.ostler.ProcessInfo;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.Sys;
import dev.ostler.Task;
import dev.ostler.junit.OstlerExtension;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A look at processes from outside and inside: alive, listed, described.
 *
 * <p>Of L08, {@code $initial_call} has no counterpart, and a parent is told by its pid, never by
 * its name. Of L11, a label is given when the process is made, and nobody's label is null: those
 * without one are called by their name or their class, and the dead as they were.
 */
@ExtendWith(OstlerExtension.class)
class ProcessesTest {

  private static ProcessInfo info(Pid pid) {
    return Processes.info(pid).orElseThrow();
  }

  @Nested
  class That_end {

    // P26
    @Test
    void are_not_alive_though_their_code_runs_on() throws Exception {
      var zombie = Zombie.kill();

      assertThat(zombie.pid().isAlive()).isFalse();
      assertThat(Processes.list()).doesNotContain(zombie.pid());
      assertThat(Processes.info(zombie.pid())).isEmpty();
      assertThat(zombie.thread().isAlive()).isTrue();
      zombie.rest();
    }

    // P26
    @Test
    void are_not_alive_for_who_has_heard_of_it() {
      var puppet = Puppet.start();
      var ref = Self.monitor(puppet.pid());
      assertThat(puppet.pid().isAlive()).isTrue();
      puppet.leave();
      Deaths.await(ref);

      assertThat(puppet.pid().isAlive()).isFalse();
    }

    // P35
    @Test
    void have_no_info() {
      var puppet = Puppet.start();
      assertThat(Processes.info(puppet.pid())).isPresent();
      puppet.pid().exit(ExitReason.KILL);

      assertThat(Processes.info(puppet.pid())).isEmpty();
      assertThat(Processes.info(Processes.NOBODY)).isEmpty();
      assertThat(Processes.info(Processes.OUTSIDE)).isEmpty();
    }

    @Test
    void never_lived_if_they_stand_for_nobody() {
      assertThat(Processes.NOBODY.isAlive()).isFalse();
      assertThat(Processes.OUTSIDE.isAlive()).isFalse();
      assertThat(Processes.NOBODY.label()).isEqualTo("nobody");
      assertThat(Processes.OUTSIDE.label()).isEqualTo("outside");
      assertThat(Processes.list()).doesNotContain(Processes.NOBODY, Processes.OUTSIDE);
    }
  }

  @Nested
  class Started_alone {
    private static final int ROUNDS = 200;

    // M11
    @Test
    void are_never_linked_to_their_starter() {
      for (int i = 0; i < ROUNDS; i++) {
        var child = Processes.of(() -> Self.exit(ExitReason.of("at once")));
        assertThat(Deaths.of(child::start)).isEqualTo(ExitReason.NORMAL);
      }
      assertThat(Deaths.of(Task.of(() -> Self.pid())::start)).isEqualTo(ExitReason.NORMAL);
    }

    // M11
    @Test
    void need_no_process_to_start_them() throws Exception {
      var ended = new CountDownLatch(3);
      Thread.ofPlatform()
          .start(
              () -> {
                Processes.of(ended::countDown).start();
                Task.of(
                        () -> {
                          ended.countDown();
                          return ended;
                        })
                    .start();
                GenServer.of(Scripted::new)
                    .spec()
                    .start()
                    .cast(
                        new Scripted.Tell(
                            () -> {
                              ended.countDown();
                              return ended;
                            }));
              });
      ended.await();
    }
  }

  @Nested
  class Listed {

    @Test
    void are_the_living_oldest_first() {
      var puppet = Puppet.start();
      var server = GenServer.of(Scripted::new).start();
      var dead = Puppet.start();
      dead.pid().exit(ExitReason.KILL);

      assertThat(Processes.list())
          .contains(Self.pid(), puppet.pid(), server.pid())
          .doesNotContain(dead.pid())
          .doesNotHaveDuplicates()
          .isSortedAccordingTo(Comparator.comparing(Pid::id));
    }

    /** Others live meanwhile, too, but far fewer than have died. */
    @Test
    void are_counted_while_they_live() {
      var alive = Stream.generate(Puppet::start).limit(10).toList();
      var dead = Stream.generate(Puppet::start).limit(1000).map(Puppet::pid).toList();
      dead.forEach(pid -> pid.exit(ExitReason.KILL));

      assertThat(Processes.count()).isBetween(1 + alive.size(), dead.size());
      assertThat(dead).noneMatch(Pid::isAlive);
    }

    @Test
    void are_known_by_their_number() {
      assertThat(Self.pid()).hasToString("<0." + Self.pid().id() + ">");
      assertThat(Puppet.start().pid().id()).isGreaterThan(Self.pid().id());
    }
  }

  @Nested
  class Described {

    @Test
    void show_what_they_are() {
      var puppet = Puppet.start();
      Name<Object> name = Name.unique("described");
      Processes.register(name, puppet.pid());
      puppet.does(() -> Self.trapExits(true));
      Self.link(puppet.pid());

      ProcessInfo shown = info(puppet.pid());
      assertThat(shown.pid()).isEqualTo(puppet.pid());
      assertThat(shown.label()).isEqualTo(name.toString());
      assertThat(shown.name()).contains(name);
      assertThat(shown.trapsExits()).isTrue();
      assertThat(shown.suspended()).isFalse();
      assertThat(shown.links()).containsExactly(Self.pid());
      assertThat(shown.ancestors()).containsExactly(Self.pid());
      assertThat(info(Self.pid()).name()).isEmpty();
      assertThat(info(Self.pid()).trapsExits()).isFalse();
      assertThat(info(Self.pid()).busy()).isTrue();
      puppet.does(() -> Self.trapExits(false)); // it ends with the test
    }

    @Test
    void show_how_many_messages_wait() throws Exception {
      var reached = new CountDownLatch(1);
      var gate = new CountDownLatch(1);
      var puppet = Puppet.start();
      puppet.order(
          () -> {
            reached.countDown();
            gate.await();
          });
      reached.await();
      assertThat(info(puppet.pid()).queued()).isZero(); // what is handled no longer waits
      puppet.pid().send("one");
      puppet.pid().send("two");

      assertThat(info(puppet.pid()).queued()).isEqualTo(2);
      gate.countDown();
      puppet.does(() -> {}); // looked at both, and left them there
      assertThat(info(puppet.pid()).queued()).isEqualTo(2);
      puppet.ask(Self::flush);
      assertThat(info(puppet.pid()).queued()).isZero();
    }

    @Test
    void show_a_server_idle_busy_and_suspended() throws Exception {
      var reached = new CountDownLatch(1);
      var gate = new CountDownLatch(1);
      var server = GenServer.of(Scripted::new).start();
      assertThat(info(server.pid()).busy()).isFalse();
      server.cast(
          new Scripted.Tell(
              () -> {
                reached.countDown();
                gate.await();
                return gate;
              }));
      reached.await();
      assertThat(info(server.pid()).busy()).isTrue();
      gate.countDown();
      Sys.suspend(server.pid());
      assertThat(info(server.pid()).suspended()).isTrue();
      server.send("waits");
      assertThat(info(server.pid()).queued()).isEqualTo(1);
      Sys.resume(server.pid());
      assertThat(info(server.pid()).suspended()).isFalse();
    }
  }

  @Nested
  class Ancestors {

    // L08
    @Test
    void are_the_parent_and_its_ancestors() {
      assertThat(Self.ancestors()).isEmpty(); // an attached thread has no parent
      var child = Puppet.start();
      Puppet grandchild = child.ask(Puppet::start);

      assertThat(child.<List<Pid>>ask(Self::ancestors)).containsExactly(Self.pid());
      assertThat(grandchild.<List<Pid>>ask(Self::ancestors))
          .containsExactly(child.pid(), Self.pid());
      assertThat(info(grandchild.pid()).ancestors()).containsExactly(child.pid(), Self.pid());
    }

    // L08
    @Test
    void of_a_server_are_known_from_its_init_on() {
      var seen = new ArrayList<List<Pid>>();
      var server =
          GenServer.of(
                  () ->
                      new Scripted(
                          () -> {
                            seen.add(Self.ancestors());
                            return Init.ok("state");
                          }))
              .start();
      seen.add(info(server.pid()).ancestors());
      server.call(new Scripted.Ask(() -> seen.add(Self.ancestors())));

      assertThat(seen).hasSize(3).containsOnly(List.of(Self.pid()));
    }

    // L08
    @Test
    void of_what_a_server_starts_begin_with_the_server() {
      var server = GenServer.of(Scripted::new).start();
      var child = (Puppet) server.call(new Scripted.Ask(Puppet::start));

      assertThat(child.<List<Pid>>ask(Self::ancestors)).containsExactly(server.pid(), Self.pid());
    }

    // L08
    @Test
    void are_none_for_what_a_thread_that_is_no_process_started() throws Exception {
      Puppet puppet = Outside.ask(Puppet::start);
      assertThat(puppet.<List<Pid>>ask(Self::ancestors)).isEmpty();
      puppet.pid().exit(ExitReason.KILL);
    }

    // L08
    @Test
    void outlive_their_death() {
      var child = Puppet.start();
      Puppet grandchild = child.ask(Puppet::start);
      child.pid().exit(ExitReason.KILL);

      assertThat(grandchild.<List<Pid>>ask(Self::ancestors))
          .containsExactly(child.pid(), Self.pid());
    }

    // L08
    @Test
    void are_cut_when_they_are_many() {
      var pids = new ArrayList<>(List.of(Self.pid()));
      var youngest = Puppet.start();
      for (int i = 0; i < 40; i++) {
        pids.addFirst(youngest.pid());
        youngest = youngest.ask(Puppet::start);
      }

      assertThat(youngest.<List<Pid>>ask(Self::ancestors)).isEqualTo(pids.subList(0, 32));
    }
  }

  @Nested
  class Labels {

    // L11
    @Test
    void are_told_inside_and_outside() {
      Pid test = Self.pid();
      Pid worker =
          Processes.spawn(
              "worker 7",
              () -> {
                test.send(Self.pid().label());
                test.send(Thread.currentThread().getName());
                Self.receive();
              });

      assertThat(Self.receive(Deaths.PATIENCE)).contains("worker 7");
      assertThat(Self.receive(Deaths.PATIENCE)).contains("worker 7"); // as thread dumps show it
      assertThat(worker.label()).isEqualTo("worker 7");
      assertThat(info(worker).label()).isEqualTo("worker 7");
    }

    // L11
    @Test
    void of_servers_are_given_or_those_of_their_class() {
      var labelled = GenServer.of(Scripted::new).label("scribe").start();
      var plain = GenServer.of(Scripted::new).start();

      assertThat(labelled.pid().label()).isEqualTo("scribe");
      assertThat(labelled.call(new Scripted.Ask(() -> Self.pid().label()))).isEqualTo("scribe");
      assertThat(plain.pid().label()).isEqualTo("Scripted");
      assertThat(labelled.toString()).contains("scribe");
    }

    // L11
    @Test
    void of_the_dead_are_for_reports_only() {
      var dead = Self.spawnMonitor(() -> {});
      Deaths.await(dead.ref());

      assertThat(Processes.info(dead.pid())).isEmpty();
      assertThat(dead.pid().label()).isEqualTo("process");
    }

    // L11
    @Test
    void are_never_null() {
      assertThatThrownBy(() -> Processes.spawn(null, () -> {}))
          .isInstanceOf(NullPointerException.class);
      assertThatThrownBy(() -> GenServer.of(Scripted::new).label(null))
          .isInstanceOf(NullPointerException.class);
    }
  }
}
