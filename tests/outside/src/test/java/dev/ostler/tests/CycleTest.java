package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ostler.CallException;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.StartException;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Calls that would wait for each other for ever fail at once, and say who waits for whom.
 *
 * <p>All waits are without an end: a cycle that is not found is a test that does not end.
 */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(value = Kind.class, names = "DEADLINE", mode = EnumSource.Mode.EXCLUDE)
class CycleTest {
  @Parameter Kind kind;

  private static PuppetServer.Ask<String> calling(
      ServerRef<PuppetServer> other, PuppetServer.Ask<String> what) {
    return PuppetServer.compute("calling " + other.pid(), () -> other.call(what, Held.FOREVER));
  }

  @Nested
  class A_server {

    // G28
    @Test
    void cannot_call_itself() {
      ServerRef<PuppetServer> server = kind.start();
      assertCycle(server, calling(server, PuppetServer.question("me?")));
    }

    // G28
    @Test
    void cannot_call_itself_by_name() {
      Name<PuppetServer> name = Name.unique("narcissus");
      ServerRef<PuppetServer> server = kind.of(PuppetServer::new).named(name).start();
      assertCycle(
          server,
          PuppetServer.compute(
              "by name", () -> name.call(PuppetServer.question("me?"), Held.FOREVER)));
    }

    // G63
    @Test
    void cannot_stop_itself_and_wait() {
      ServerRef<PuppetServer> server = kind.start();
      assertCycle(
          server,
          PuppetServer.compute(
              "stop",
              () -> {
                server.stop();
                return "stopped";
              }));
    }

    @Test
    void cannot_look_into_itself() {
      ServerRef<PuppetServer> server = kind.start();
      assertCycle(
          server, PuppetServer.compute("look", () -> "" + Sys.getState(Self.pid(), Held.FOREVER)));
    }

    // G28: it can catch it and go on
    @Test
    void goes_on_if_it_catches_the_failure() {
      ServerRef<PuppetServer> server = kind.start();
      var tried =
          PuppetServer.compute(
              "try",
              () ->
                  catchThrowableOfType(
                          CallException.Cycle.class,
                          () -> server.call(PuppetServer.question("me?")))
                      .reason());
      assertThat(server.call(tried)).isEqualTo(ExitReason.of("calling itself"));
      assertThat(server.call(PuppetServer.heard())).isEmpty();
    }

    private void assertCycle(ServerRef<PuppetServer> server, PuppetServer.Ask<String> ask) {
      var e =
          catchThrowableOfType(CallException.Exited.class, () -> server.call(ask, Held.FOREVER));
      assertThat(e.crash().orElseThrow())
          .isInstanceOf(CallException.Cycle.class)
          .hasMessageContainingAll("itself", server.pid().toString());
    }
  }

  @Nested
  class A_raw_process {

    // M10
    @Test
    void cannot_call_or_stop_itself_by_name() {
      Name<PuppetServer> name = Name.unique("raw narcissus");
      Processes.register(name, Self.pid());
      assertThatThrownBy(() -> name.call(PuppetServer.question("me?"), Held.FOREVER))
          .isInstanceOf(CallException.Cycle.class)
          .hasMessageContaining("me?")
          .hasMessageContaining("a process cannot call itself");
      assertThatThrownBy(() -> name.stop()).isInstanceOf(CallException.Cycle.class);
    }
  }

  @Nested
  class A_cycle {

    @Test
    void of_two_is_found() {
      ServerRef<PuppetServer> a = kind.start();
      ServerRef<PuppetServer> b = kind.start();
      assertFound(a, List.of(a, b), calling(b, calling(a, PuppetServer.question("again"))));
    }

    @Test
    void of_four_is_found() {
      ServerRef<PuppetServer> a = kind.start();
      ServerRef<PuppetServer> b = kind.start();
      ServerRef<PuppetServer> c = kind.start();
      ServerRef<PuppetServer> d = kind.start();
      var round = calling(b, calling(c, calling(d, calling(a, PuppetServer.question("again")))));
      assertFound(a, List.of(a, b, c, d), round);
    }

    @Test
    void that_does_not_lead_back_to_the_first_is_found() {
      ServerRef<PuppetServer> a = kind.start();
      ServerRef<PuppetServer> b = kind.start();
      ServerRef<PuppetServer> c = kind.start();
      var round = calling(b, calling(c, calling(b, PuppetServer.question("again"))));
      assertFound(a, List.of(b, c), round);
    }

    @Test
    void of_direct_servers_and_others_is_found() {
      ServerRef<PuppetServer> a = kind.start();
      ServerRef<PuppetServer> b = GenServer.of(PuppetServer::new).direct().start();
      ServerRef<PuppetServer> c = GenServer.of(PuppetServer::new).start();
      ServerRef<PuppetServer> d = GenServer.of(PuppetServer::new).direct().start();
      var round = calling(b, calling(c, calling(d, calling(a, PuppetServer.question("again")))));
      assertFound(a, List.of(a, b, c, d), round);
    }

    @Test
    void of_a_stop_is_found() {
      ServerRef<PuppetServer> a = kind.start();
      ServerRef<PuppetServer> b = kind.start();
      PuppetServer.Ask<String> stop =
          PuppetServer.compute(
              "stop",
              () -> {
                a.stop();
                return "stopped";
              });
      assertFound(a, List.of(a, b), calling(b, stop));
    }

    @Test
    void over_a_start_is_found() {
      for (Kind starting : Kind.values()) {
        ServerRef<PuppetServer> starter = kind.start();
        var begun = new AtomicReference<ServerRef<PuppetServer>>();
        var child =
            starting.of(
                () ->
                    new PuppetServer()
                        .onInit(
                            () -> {
                              begun.set(Self.server(PuppetServer.class));
                              starter.call(PuppetServer.question("may I?"), Held.FOREVER);
                              return Init.ok(List.of());
                            }));
        var e =
            catchThrowableOfType(
                CallException.Exited.class,
                () ->
                    starter.call(
                        PuppetServer.compute("start", () -> child.start().toString()),
                        Held.FOREVER));
        var failed = (StartException.Failed) e.crash().orElseThrow();
        assertThat(((ExitReason.Crash) failed.reason()).cause())
            .isInstanceOf(CallException.Cycle.class)
            .hasMessageContainingAll(
                "cycle", starter.pid().toString(), begun.get().pid().toString());
      }
    }

    @Test
    void closed_from_both_sides_at_once_ends_for_both() throws Exception {
      ServerRef<PuppetServer> a = kind.start();
      ServerRef<PuppetServer> b = kind.start();
      var both = new CyclicBarrier(2);
      var found = new AtomicInteger();
      var first = Self.spawnMonitor(() -> meetThenCall(a, b, both, found));
      var second = Self.spawnMonitor(() -> meetThenCall(b, a, both, found));
      assertThat(Downs.reason(first.ref())).isEqualTo(ExitReason.NORMAL);
      assertThat(Downs.reason(second.ref())).isEqualTo(ExitReason.NORMAL);
      assertThat(found.get()).isBetween(1, 2);
    }

    private void meetThenCall(
        ServerRef<PuppetServer> one,
        ServerRef<PuppetServer> other,
        CyclicBarrier both,
        AtomicInteger found) {
      PuppetServer.Ask<String> meet =
          PuppetServer.compute(
              "meet",
              () -> {
                both.await();
                try {
                  return other.call(PuppetServer.question("you?"), Held.FOREVER);
                } catch (CallException.Cycle cycle) {
                  found.incrementAndGet();
                  return "a cycle";
                }
              });
      one.call(meet, Held.FOREVER);
    }

    private void assertFound(
        ServerRef<PuppetServer> first,
        List<ServerRef<PuppetServer>> members,
        PuppetServer.Ask<String> round) {
      var e =
          catchThrowableOfType(CallException.Exited.class, () -> first.call(round, Held.FOREVER));
      Throwable cause = e;
      while (!(cause instanceof CallException.Cycle)) {
        cause = cause.getCause();
      }
      assertThat(cause).hasMessageContaining("cycle").hasMessageContaining("waits for");
      for (ServerRef<PuppetServer> member : members) {
        assertThat(cause).hasMessageContaining(member.pid().toString());
      }
    }
  }

  @Nested
  class No_cycle {

    @Test
    void is_a_call_whose_answer_was_put_off() {
      ServerRef<PuppetServer> a = kind.start();
      ServerRef<PuppetServer> b = GenServer.of(PuppetServer::new).start();
      var caller = new AtomicReference<From<String>>();
      var seen = new AtomicReference<Throwable>();
      PuppetServer.Step callBack =
          heard -> {
            try {
              a.call(PuppetServer.question("from b"), Duration.ZERO);
            } catch (CallException e) {
              seen.set(e);
            }
            Processes.spawn(() -> caller.get().reply("from somebody else"));
            return Next.noReply(heard);
          };
      PuppetServer.Ask<String> putOff =
          PuppetServer.ask(
              "put off",
              (ask, from, heard) -> {
                caller.set(ask.from(from));
                return Next.noReply(heard).thenContinue(callBack);
              });
      assertThat(a.call(calling(b, putOff), Held.FOREVER)).isEqualTo("from somebody else");
      assertThat(seen.get()).isInstanceOf(CallException.Timeout.class);
      assertThat(a.call(PuppetServer.heard())).containsExactly("from b");
    }

    @Test
    void is_a_queue_at_one_server() throws Exception {
      ServerRef<PuppetServer> a = kind.start();
      ServerRef<PuppetServer> b = kind.start();
      try (var held = Held.hold(b)) {
        var within = new CountDownLatch(1);
        PuppetServer.Ask<String> nested =
            PuppetServer.compute(
                "nested",
                () -> {
                  within.countDown();
                  return b.call(PuppetServer.question("from a"), Held.FOREVER);
                });
        var one = Self.spawnMonitor(() -> a.call(nested, Held.FOREVER));
        within.await();
        assertThatThrownBy(() -> a.call(PuppetServer.question("behind"), Duration.ZERO))
            .isInstanceOf(CallException.Timeout.class);
        held.letGo();
        assertThat(Downs.reason(one.ref())).isEqualTo(ExitReason.NORMAL);
      }
      assertThat(a.call(PuppetServer.heard())).containsExactly("behind");
    }
  }
}
