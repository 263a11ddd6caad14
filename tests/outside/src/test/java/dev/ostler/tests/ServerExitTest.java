package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Down;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.Init;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.junit.OstlerExtension;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A server told to end by signals: its parent's, those of others, and a kill. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(value = Kind.class, names = "DEADLINE", mode = EnumSource.Mode.EXCLUDE)
class ServerExitTest {
  @Parameter Kind kind;

  /** What terminate saw: the reason, then what was heard. */
  private final Queue<Object> terminated = new ConcurrentLinkedQueue<>();

  private PuppetServer puppet() {
    return new PuppetServer()
        .onTerminate(
            (reason, heard) -> {
              terminated.add(reason);
              terminated.addAll(heard);
            });
  }

  private PuppetServer trapping() {
    return puppet()
        .onInit(
            () -> {
              Self.trapExits(true);
              return Init.ok(List.of());
            });
  }

  @Nested
  class The_parent {

    // G66
    @Test
    void that_ends_ends_a_server_that_traps_exits_with_terminate() {
      for (ExitReason why :
          List.of(ExitReason.NORMAL, ExitReason.SHUTDOWN, ExitReason.of("tired"))) {
        terminated.clear();
        var child = new AtomicReference<Pid>();
        var ready = new CountDownLatch(1);
        Pid parent =
            Processes.spawn(
                () -> {
                  child.set(kind.of(ServerExitTest.this::trapping).startLink().pid());
                  ready.countDown();
                  Self.receive();
                  Self.exit(why);
                });
        await(ready);
        var monitor = Self.monitor(child.get());
        parent.send("go");
        assertThat(Downs.reason(monitor)).isEqualTo(why);
        assertThat(terminated).containsExactly(why); // and nothing was heard
      }
    }

    // G66: its signal is its exit
    @Test
    void that_sends_an_exit_signal_ends_it_too() {
      Self.trapExits(true); // else the link would end this process as well
      ServerRef<PuppetServer> server = kind.of(ServerExitTest.this::trapping).startLink();
      server.pid().exit(ExitReason.SHUTDOWN);
      assertThat(Self.receive(Exit.class)).isEqualTo(new Exit(server.pid(), ExitReason.SHUTDOWN));
      assertThat(terminated).containsExactly(ExitReason.SHUTDOWN);
    }

    // G66: who started it without a link is no parent
    @Test
    void is_nobody_if_the_server_was_started_alone() {
      ServerRef<PuppetServer> server = kind.of(ServerExitTest.this::trapping).start();
      server.pid().exit(ExitReason.SHUTDOWN);
      assertThat(server.call(PuppetServer.heard()))
          .containsExactly(new Exit(Self.pid(), ExitReason.SHUTDOWN));
      assertThat(terminated).isEmpty();
    }

    // G69
    @Test
    void waits_its_turn_behind_what_was_queued() throws Exception {
      Self.trapExits(true);
      ServerRef<PuppetServer> server = kind.of(ServerExitTest.this::trapping).startLink();
      try (var held = Held.hold(server)) {
        server.cast(PuppetServer.note("cast"));
        server.send("info");
        server.pid().exit(ExitReason.SHUTDOWN);
        server.send("never handled");
      }
      assertThat(Self.receive(Exit.class)).isEqualTo(new Exit(server.pid(), ExitReason.SHUTDOWN));
      assertThat(terminated).containsExactly(ExitReason.SHUTDOWN, "cast", "info");
    }

    private static void await(CountDownLatch latch) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Nested
  class An_exit_signal {

    // G67
    @Test
    void of_a_linked_process_that_is_no_parent_is_a_message() {
      Pid test = Self.pid();
      ServerRef<PuppetServer> server =
          kind.of(() -> ServerExitTest.this.trapping().telling(test)).startLink();
      Pid peer = Processes.spawn(() -> Self.exit(Self.receive(ExitReason.class)));
      server.call(
          PuppetServer.compute(
              "link",
              () -> {
                Self.link(peer);
                return "linked";
              }));
      var why = ExitReason.of("tired");
      peer.send(why);
      assertThat(Self.receive(Exit.class, Downs.LONG)).contains(new Exit(peer, why));
      assertThat(server.call(PuppetServer.heard())).containsExactly(new Exit(peer, why));
      assertThat(terminated).isEmpty();
    }

    // G68
    @Test
    void ends_a_server_that_does_not_trap_without_terminate() {
      for (ExitReason why :
          List.of(ExitReason.SHUTDOWN, ExitReason.shutdown("x"), ExitReason.of("tired"))) {
        ServerRef<PuppetServer> server = kind.of(ServerExitTest.this::puppet).start();
        var ref = Self.monitor(server.pid());
        server.pid().exit(why);
        assertThat(Self.flush()).containsExactly(new Down(ref, server.pid(), why));
      }
      assertThat(terminated).isEmpty();
    }

    // G68: a linked process's, too
    @Test
    void over_a_link_ends_it_without_terminate() {
      var child = new AtomicReference<Pid>();
      var why = ExitReason.of("tired");
      var parent =
          Downs.of(
              () -> {
                child.set(kind.of(ServerExitTest.this::puppet).startLink().pid());
                Self.exit(why);
              });
      assertThat(parent).isEqualTo(why);
      assertThat(child.get().isAlive()).isFalse();
      assertThat(terminated).isEmpty();
    }

    // G68: normal is none
    @Test
    void that_is_normal_is_nothing_to_a_server_that_does_not_trap() {
      ServerRef<PuppetServer> server = kind.of(ServerExitTest.this::puppet).start();
      server.pid().exit(ExitReason.NORMAL);
      assertThat(server.call(PuppetServer.heard())).isEmpty();
    }

    // G70
    @Test
    void that_kills_leaves_no_time_to_terminate() throws Exception {
      ServerRef<PuppetServer> idle = kind.of(ServerExitTest.this::trapping).start();
      var monitor = Self.monitor(idle.pid());
      idle.pid().exit(ExitReason.KILL);
      assertThat(Downs.reason(monitor)).isEqualTo(ExitReason.KILLED);

      ServerRef<PuppetServer> busy = kind.of(ServerExitTest.this::trapping).start();
      try (var held = Held.hold(busy)) {
        var other = Self.monitor(busy.pid());
        busy.pid().exit(ExitReason.KILL);
        assertThat(Downs.reason(other)).isEqualTo(ExitReason.KILLED);
      }
      assertThat(terminated).isEmpty();
    }
  }
}
