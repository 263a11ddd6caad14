package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Threads that become processes, and cease to be. */
@ExtendWith(OstlerExtension.class)
class AttachTest {

  @Test
  void makes_a_thread_a_process_until_it_is_detached() throws Exception {
    Outside.does(
        () -> {
          Pid pid = Processes.attach().pid();
          assertThat(Self.isProcess()).isTrue();
          assertThat(Self.pid()).isEqualTo(pid);
          assertThat(pid.isAlive()).isTrue();
          assertThat(pid.label()).isEqualTo("outside"); // the thread's name
          assertThat(Processes.list()).contains(pid);
          pid.send("hello");
          assertThat(Self.receive()).isEqualTo("hello");
          Processes.detach();
          assertThat(Self.isProcess()).isFalse();
          assertThat(pid.isAlive()).isFalse();
          assertThat(Processes.list()).doesNotContain(pid);
        });
  }

  @Test
  void lasts_until_it_is_closed() throws Exception {
    Outside.does(
        () -> {
          Pid pid;
          try (var attached = Processes.attach()) {
            pid = attached.pid();
            assertThat(Self.pid()).isEqualTo(pid);
          }
          assertThat(Self.isProcess()).isFalse();
          assertThat(pid.isAlive()).isFalse();
        });
  }

  @Test
  void may_be_detached_before_it_is_closed() throws Exception {
    Outside.does(
        () -> {
          try (var first = Processes.attach()) {
            Processes.detach();
            try (var second = Processes.attach()) {
              first.close();
              assertThat(second.pid().isAlive()).isTrue();
            }
          }
          assertThat(Self.isProcess()).isFalse();
        });
  }

  @Test
  void is_closed_by_its_own_thread_only() throws Exception {
    Outside.does(
        () -> {
          try (var attached = Processes.attach()) {
            assertThat(Outside.ask(() -> thrownBy(attached::close)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(attached.pid().toString());
            assertThat(attached.pid().isAlive()).isTrue();
          }
        });
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void ends_with_its_thread(boolean virtual) throws Exception {
    var pid = new CompletableFuture<Pid>();
    var gate = new CountDownLatch(1);
    var life =
        new FutureTask<>(
            () -> {
              pid.complete(Processes.attach().pid());
              gate.await();
              return pid;
            });
    (virtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon()).start(life);
    var ref = Self.monitor(pid.join());

    gate.countDown();

    assertThat(Deaths.await(ref)).isEqualTo(ExitReason.NORMAL);
  }

  @Test
  void makes_a_new_process_each_time() throws Exception {
    Outside.does(
        () -> {
          Pid first = Processes.attach().pid();
          first.send("for the first");
          Processes.detach();
          Pid second = Processes.attach().pid();
          assertThat(second).isNotEqualTo(first);
          assertThat(Self.flush()).isEmpty();
          Processes.detach();
        });
  }

  @Test
  void is_refused_to_a_thread_that_is_a_process() {
    Pid test = Self.pid();
    assertThatThrownBy(Processes::attach)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(test.toString());
    assertThat(Self.pid()).isEqualTo(test);

    assertThat(Puppet.start().<Throwable>ask(() -> thrownBy(Processes::attach)))
        .isInstanceOf(IllegalStateException.class);
    assertThat(server(() -> thrownBy(Processes::attach))).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void cannot_be_undone_where_it_was_not_done() throws Exception {
    assertThat(Outside.ask(() -> thrownBy(Processes::detach)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("not attached");
    Outside.does(
        () -> {
          Processes.attach();
          Processes.detach();
          assertThat(thrownBy(Processes::detach)).isInstanceOf(IllegalStateException.class);
        });
  }

  @Test
  void cannot_be_undone_by_a_server_that_runs_on_the_attached_thread() {
    Pid test = Self.pid();
    var direct = GenServer.of(Scripted::new).direct().start();

    assertThat(direct.call(new Scripted.Ask(() -> thrownBy(Processes::detach))))
        .isInstanceOf(IllegalStateException.class);
    assertThat(Self.pid()).isEqualTo(test);
    assertThat(server(() -> thrownBy(Processes::detach))).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void cannot_be_undone_by_a_process_that_was_spawned() {
    var puppet = Puppet.start();

    assertThat(puppet.<Throwable>ask(() -> thrownBy(Processes::detach)))
        .isInstanceOf(IllegalStateException.class);
    assertThat(puppet.<Pid>ask(Self::pid)).isEqualTo(puppet.pid());
  }

  private static Object server(Callable<Object> action) {
    return GenServer.of(Scripted::new).start().call(new Scripted.Ask(action));
  }

  private static Throwable thrownBy(Outside.Action action) {
    try {
      action.run();
      return new AssertionError("nothing was thrown");
    } catch (Throwable thrown) {
      return thrown;
    }
  }

  // P05
  @Test
  void ends_normally_for_who_watches() throws Exception {
    var attached = Attached.start();
    var ref = Self.monitor(attached.pid());
    attached.detach();

    assertThat(Self.receive(Duration.ZERO))
        .contains(new Down(ref, attached.pid(), ExitReason.NORMAL));
  }

  /** A thread that attached itself, and is told when to go on. */
  private record Attached(Pid pid, CountDownLatch gate, FutureTask<Pid> life) {
    static Attached start() throws Exception {
      var pid = new CompletableFuture<Pid>();
      var gate = new CountDownLatch(1);
      var life =
          new FutureTask<>(
              () -> {
                pid.complete(Processes.attach().pid());
                gate.await();
                Processes.detach();
                return pid.join();
              });
      Thread.ofPlatform().daemon().start(life);
      return new Attached(pid.get(), gate, life);
    }

    void detach() throws Exception {
      gate.countDown();
      life.get();
    }
  }

  @Test
  void can_be_followed_by_a_kill_which_interrupts_the_thread_and_disarms_it() throws Exception {
    Pid test = Self.pid();
    Outside.does(
        () -> {
          Pid self = Processes.attach().pid();
          Processes.spawn(() -> self.exit(ExitReason.KILL));
          assertThatThrownBy(() -> new CountDownLatch(1).await())
              .isInstanceOf(InterruptedException.class);

          assertThat(self.isAlive()).isFalse();
          assertThat(Self.isProcess()).isFalse();
          for (int i = 0; i < 2; i++) { // each time
            assertThatThrownBy(Self::pid)
                .isInstanceOf(Error.class)
                .hasMessageContaining(self.toString())
                .hasMessageContaining("killed");
            assertThatThrownBy(Self::flush).isInstanceOf(Error.class);
          }
          assertThatThrownBy(() -> test.send("from the dead")).isInstanceOf(Error.class);
          assertThatThrownBy(Processes::attach).isInstanceOf(IllegalStateException.class);
          Processes.detach();
          assertThatThrownBy(Self::pid).isInstanceOf(IllegalStateException.class);
          test.send("from no process");
        });

    assertThat(Self.flush()).containsExactly("from no process");
  }

  @Test
  void can_be_undone_after_a_kill_and_leaves_no_interrupt_behind() throws Exception {
    Outside.does(
        () -> {
          for (int round = 0; round < 300; round++) {
            Pid self = Processes.attach().pid();
            var killer = Thread.ofVirtual().start(() -> self.exit(ExitReason.KILL));
            if (round % 2 == 0) {
              self.isAlive(); // sometimes dead by now, sometimes not
              Thread.onSpinWait();
            } else {
              joinThoughInterrupted(killer);
              assertThat(Thread.currentThread().isInterrupted()).isTrue();
            }
            Processes.detach();
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            joinThoughInterrupted(killer);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            assertThat(self.isAlive()).isFalse();
          }
        });
  }

  private static void joinThoughInterrupted(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void can_be_undone_and_leaves_an_interrupt_that_others_meant_for_the_thread() throws Exception {
    Outside.does(
        () -> {
          Processes.attach();
          Thread.currentThread().interrupt();
          Processes.detach();
          assertThat(Thread.interrupted()).isTrue();
        });
  }

  @Test
  void can_be_followed_by_the_end_of_a_linked_process_like_any_other_life() throws Exception {
    Outside.does(
        () -> {
          Pid self = Processes.attach().pid();
          Self.spawnLink(() -> Self.exit(ExitReason.of("why not")));
          assertThatThrownBy(Self::receive)
              .isInstanceOf(Error.class)
              .hasMessageContaining("why not");
          assertThat(self.isAlive()).isFalse();
          Processes.detach();
          assertThat(Thread.currentThread().isInterrupted()).isFalse();
        });
  }

  @Test
  void lets_a_thread_that_is_virtual_be_a_process_too() throws Exception {
    Pid test = Self.pid();
    Thread.ofVirtual()
        .start(
            () -> {
              Processes.attach();
              test.send(Self.pid());
              Processes.detach();
            })
        .join();

    assertThat(Self.receive(Pid.class, Duration.ZERO)).isPresent();
  }
}
