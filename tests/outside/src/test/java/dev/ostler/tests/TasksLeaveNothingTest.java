package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.CallException;
import dev.ostler.GenServer;
import dev.ostler.Overflow;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.Task;
import dev.ostler.TaskStream;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Nothing of a task stays in the mailbox of an owner that has asked for its end, though the owner
 * never receives: M04, M05.
 *
 * <p>Each case is run by a raw process, and within a callback of each kind of server.
 */
@ExtendWith(OstlerExtension.class)
class TasksLeaveNothingTest {
  private static final Duration NOW = Duration.ZERO;
  private static final Duration DAY = Duration.ofDays(1);

  /** What an owner does with a task. */
  enum Use {
    AWAIT {
      @Override
      void by() {
        Task.async(() -> 1).await();
        ended().await();
      }
    },
    AWAIT_IN_VAIN {
      @Override
      void by() {
        var latch = new CountDownLatch(1);
        Task<Integer> task = waiting(latch);
        assertThatThrownBy(() -> task.await(NOW)).isInstanceOf(CallException.Timeout.class);
        latch.countDown();
        end(task);
      }
    },
    AWAIT_MANY {
      @Override
      void by() {
        Task.awaitMany(List.of(ended(), Task.async(() -> 1), ended()));
      }
    },
    AWAIT_MANY_IN_VAIN {
      @Override
      void by() {
        var latch = new CountDownLatch(1);
        Task<Integer> task = waiting(latch);
        assertThatThrownBy(() -> Task.awaitMany(List.of(ended(), task, ended()), NOW))
            .isInstanceOf(CallException.Timeout.class);
        latch.countDown();
        end(task);
      }
    },
    POLL {
      @Override
      void by() {
        assertThat(ended().poll(NOW)).isPresent();
        assertThat(Task.async(() -> 1).poll(DAY)).isPresent();
      }
    },
    POLL_AGAIN {
      @Override
      void by() {
        var latch = new CountDownLatch(1);
        Task<Integer> task = waiting(latch);
        assertThat(task.poll(NOW)).isEmpty();
        latch.countDown();
        assertThat(task.poll(DAY)).isPresent();
      }
    },
    POLL_MANY {
      @Override
      void by() {
        Task.pollMany(
            List.of(ended(), Task.async(() -> 1), ended()), DAY, 3, Task.OnTimeout.NOTHING);
      }
    },
    POLL_MANY_IN_VAIN {
      @Override
      void by() {
        for (Task.OnTimeout then : List.of(Task.OnTimeout.IGNORE, Task.OnTimeout.KILL)) {
          var latch = new CountDownLatch(1);
          Task<Integer> task = waiting(latch);
          Task.pollMany(List.of(ended(), task, ended()), NOW, 3, then);
          latch.countDown();
          end(task);
        }
      }
    },
    SHUTDOWN {
      @Override
      void by() {
        ended().shutdown();
        waiting(new CountDownLatch(1)).shutdown();
        deaf().shutdown(NOW);
      }
    },
    SHUTDOWN_AFTER_AWAIT_IN_VAIN {
      @Override
      void by() {
        Task<Integer> task = waiting(new CountDownLatch(1));
        assertThatThrownBy(() -> task.await(NOW)).isInstanceOf(CallException.Timeout.class);
        task.shutdown();
      }
    },
    KILL {
      @Override
      void by() {
        ended().kill();
        waiting(new CountDownLatch(1)).kill();
      }
    },
    IGNORE {
      @Override
      void by() {
        ended().ignore();
        var latch = new CountDownLatch(1);
        Task<Integer> task = waiting(latch);
        task.ignore();
        latch.countDown();
        end(task);
      }
    },
    STREAM {
      @Override
      void by() {
        TaskStream.of(upTo(9), n -> n).toList();
        TaskStream.of(upTo(9), n -> n).unordered().toList();
      }
    },
    STREAM_THAT_IS_CLOSED {
      @Override
      void by() {
        try (var stream = TaskStream.of(upTo(9), n -> n).maxConcurrency(4).stream()) {
          stream.iterator().next();
        }
      }
    },
    STREAM_THAT_IS_TOO_SLOW {
      @Override
      void by() {
        var slow =
            TaskStream.of(upTo(2), n -> Self.receive(String.class))
                .timeout(Duration.ofMillis(1), TaskStream.OnTimeout.KILL);
        assertThat(slow.toList()).hasSize(2);
      }
    },
    STREAM_WHILE_EXITS_ARE_TRAPPED {
      @Override
      void by() {
        boolean trapped = Self.trapExits(true);
        TaskStream.of(upTo(9), n -> n).toList();
        Self.trapExits(trapped);
      }
    },
    MONITOR {
      @Override
      void by() throws Exception {
        var latch = new CountDownLatch(1);
        var watched = Self.spawnMonitor(latch::await);
        latch.countDown();
        await(watched.pid());
        assertThat(Self.demonitor(watched.ref(), true)).isFalse();
        assertThat(Self.demonitor(watched.ref(), true)).isFalse();
      }
    };

    abstract void by() throws Exception;
  }

  private static List<Integer> upTo(int last) {
    return IntStream.rangeClosed(1, last).boxed().toList();
  }

  private static Task<Integer> waiting(CountDownLatch latch) {
    return Task.async(
        () -> {
          latch.await();
          return 1;
        });
  }

  /** A task that does not end when it is told to. */
  private static Task<Integer> deaf() {
    return Task.async(
        () -> {
          Self.trapExits(true);
          return Self.receive(Integer.class);
        });
  }

  private static Task<Integer> ended() {
    Task<Integer> task = Task.async(() -> 1);
    end(task);
    return task;
  }

  private static void end(Task<?> task) {
    await(task.pid().orElseThrow());
  }

  /** Waits for the end of a process without a message to the process that waits. */
  private static void await(Pid pid) {
    var over = new CountDownLatch(1);
    Processes.spawn(
        () -> {
          Deaths.await(Self.monitor(pid));
          over.countDown();
        });
    try {
      over.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static int queued() {
    return Processes.info(Self.pid()).orElseThrow().queued();
  }

  // M04, M05
  @ParameterizedTest
  @EnumSource
  void in_the_mailbox_of_a_raw_process(Use use) throws Exception {
    Self.pid().send("mine");
    use.by();
    assertThat(queued()).isEqualTo(1);
    Self.pid().send("mine too");
    use.by();
    assertThat(queued()).isEqualTo(2);
    assertThat(Self.flush()).containsExactly("mine", "mine too");
  }

  // M05
  @ParameterizedTest
  @EnumSource
  void in_the_mailbox_of_a_raw_process_that_looked_for_something_else(Use use) throws Exception {
    Self.pid().send("mine");
    use.by();
    assertThat(Self.receive(Integer.class, NOW)).isEmpty();
    use.by();
    assertThat(Self.flush()).containsExactly("mine");
  }

  // M05
  @ParameterizedTest
  @EnumSource
  void in_the_mailbox_of_a_server(Use use) throws Exception {
    var kinds =
        List.of(
            Kind.PLAIN.of(PuppetServer::new),
            Kind.DIRECT.of(PuppetServer::new),
            Kind.DEADLINE.of(PuppetServer::new),
            GenServer.of(PuppetServer::new).mailbox(10, Overflow.FAIL));
    for (var kind : kinds) {
      var server = kind.start();
      int queued =
          server.call(
              PuppetServer.compute(
                  "use",
                  () -> {
                    Self.pid().send("its own");
                    use.by();
                    Self.pid().send("its own too");
                    use.by();
                    return queued();
                  }),
              Downs.LONG);
      assertThat(queued).isEqualTo(2);
      assertThat(server.call(PuppetServer.heard())).containsExactly("its own", "its own too");
    }
  }
}
