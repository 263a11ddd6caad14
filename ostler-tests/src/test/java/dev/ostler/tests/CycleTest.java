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

  private static Puppet.Ask<String> calling(ServerRef<Puppet> other, Puppet.Ask<String> what) {
    return Puppet.compute("calling " + other.pid(), () -> other.call(what, Held.FOREVER));
  }

  @Nested
  class A_server {

    // G28
    @Test
    void cannot_call_itself() {
      ServerRef<Puppet> server = kind.start();
      assertCycle(server, calling(server, Puppet.question("me?")));
    }

    // G28
    @Test
    void cannot_call_itself_by_name() {
      Name<Puppet> name = Name.unique("narcissus");
      ServerRef<Puppet> server = kind.of(Puppet::new).named(name).start();
      assertCycle(
          server, Puppet.compute("by name", () -> name.call(Puppet.question("me?"), Held.FOREVER)));
    }

    // G63
    @Test
    void cannot_stop_itself_and_wait() {
      ServerRef<Puppet> server = kind.start();
      assertCycle(
          server,
          Puppet.compute(
              "stop",
              () -> {
                server.stop();
                return "stopped";
              }));
    }

    @Test
    void cannot_look_into_itself() {
      ServerRef<Puppet> server = kind.start();
      assertCycle(
          server, Puppet.compute("look", () -> "" + Sys.getState(Self.pid(), Held.FOREVER)));
    }

    // G28: it can catch it and go on
    @Test
    void goes_on_if_it_catches_the_failure() {
      ServerRef<Puppet> server = kind.start();
      var tried =
          Puppet.compute(
              "try",
              () ->
                  catchThrowableOfType(
                          CallException.Cycle.class, () -> server.call(Puppet.question("me?")))
                      .reason());
      assertThat(server.call(tried)).isEqualTo(ExitReason.of("calling itself"));
      assertThat(server.call(Puppet.heard())).isEmpty();
    }

    private void assertCycle(ServerRef<Puppet> server, Puppet.Ask<String> ask) {
      var e =
          catchThrowableOfType(CallException.Exited.class, () -> server.call(ask, Held.FOREVER));
      assertThat(e.crash().orElseThrow())
          .isInstanceOf(CallException.Cycle.class)
          .hasMessageContainingAll("itself", server.pid().toString());
    }
  }

  @Nested
  class A_cycle {

    @Test
    void of_two_is_found() {
      ServerRef<Puppet> a = kind.start();
      ServerRef<Puppet> b = kind.start();
      assertFound(a, List.of(a, b), calling(b, calling(a, Puppet.question("again"))));
    }

    @Test
    void of_four_is_found() {
      ServerRef<Puppet> a = kind.start();
      ServerRef<Puppet> b = kind.start();
      ServerRef<Puppet> c = kind.start();
      ServerRef<Puppet> d = kind.start();
      var round = calling(b, calling(c, calling(d, calling(a, Puppet.question("again")))));
      assertFound(a, List.of(a, b, c, d), round);
    }

    @Test
    void that_does_not_lead_back_to_the_first_is_found() {
      ServerRef<Puppet> a = kind.start();
      ServerRef<Puppet> b = kind.start();
      ServerRef<Puppet> c = kind.start();
      var round = calling(b, calling(c, calling(b, Puppet.question("again"))));
      assertFound(a, List.of(b, c), round);
    }

    @Test
    void of_direct_servers_and_others_is_found() {
      ServerRef<Puppet> a = kind.start();
      ServerRef<Puppet> b = GenServer.of(Puppet::new).direct().start();
      ServerRef<Puppet> c = GenServer.of(Puppet::new).start();
      ServerRef<Puppet> d = GenServer.of(Puppet::new).direct().start();
      var round = calling(b, calling(c, calling(d, calling(a, Puppet.question("again")))));
      assertFound(a, List.of(a, b, c, d), round);
    }

    @Test
    void of_a_stop_is_found() {
      ServerRef<Puppet> a = kind.start();
      ServerRef<Puppet> b = kind.start();
      Puppet.Ask<String> stop =
          Puppet.compute(
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
        ServerRef<Puppet> starter = kind.start();
        var begun = new AtomicReference<ServerRef<Puppet>>();
        var child =
            starting.of(
                () ->
                    new Puppet()
                        .onInit(
                            () -> {
                              begun.set(Self.server(Puppet.class));
                              starter.call(Puppet.question("may I?"), Held.FOREVER);
                              return Init.ok(List.of());
                            }));
        var e =
            catchThrowableOfType(
                CallException.Exited.class,
                () ->
                    starter.call(
                        Puppet.compute("start", () -> child.start().toString()), Held.FOREVER));
        var failed = (StartException.Failed) e.crash().orElseThrow();
        assertThat(((ExitReason.Crash) failed.reason()).cause())
            .isInstanceOf(CallException.Cycle.class)
            .hasMessageContainingAll(
                "cycle", starter.pid().toString(), begun.get().pid().toString());
      }
    }

    @Test
    void closed_from_both_sides_at_once_ends_for_both() throws Exception {
      ServerRef<Puppet> a = kind.start();
      ServerRef<Puppet> b = kind.start();
      var both = new CyclicBarrier(2);
      var found = new AtomicInteger();
      var first = Self.spawnMonitor(() -> meetThenCall(a, b, both, found));
      var second = Self.spawnMonitor(() -> meetThenCall(b, a, both, found));
      assertThat(Downs.reason(first.ref())).isEqualTo(ExitReason.NORMAL);
      assertThat(Downs.reason(second.ref())).isEqualTo(ExitReason.NORMAL);
      assertThat(found.get()).isBetween(1, 2);
    }

    private void meetThenCall(
        ServerRef<Puppet> one, ServerRef<Puppet> other, CyclicBarrier both, AtomicInteger found) {
      Puppet.Ask<String> meet =
          Puppet.compute(
              "meet",
              () -> {
                both.await();
                try {
                  return other.call(Puppet.question("you?"), Held.FOREVER);
                } catch (CallException.Cycle cycle) {
                  found.incrementAndGet();
                  return "a cycle";
                }
              });
      one.call(meet, Held.FOREVER);
    }

    private void assertFound(
        ServerRef<Puppet> first, List<ServerRef<Puppet>> members, Puppet.Ask<String> round) {
      var e =
          catchThrowableOfType(CallException.Exited.class, () -> first.call(round, Held.FOREVER));
      Throwable cause = e;
      while (!(cause instanceof CallException.Cycle)) {
        cause = cause.getCause();
      }
      assertThat(cause).hasMessageContaining("cycle").hasMessageContaining("waits for");
      for (ServerRef<Puppet> member : members) {
        assertThat(cause).hasMessageContaining(member.pid().toString());
      }
    }
  }

  @Nested
  class No_cycle {

    @Test
    void is_a_call_whose_answer_was_put_off() {
      ServerRef<Puppet> a = kind.start();
      ServerRef<Puppet> b = GenServer.of(Puppet::new).start();
      var caller = new AtomicReference<From<String>>();
      var seen = new AtomicReference<Throwable>();
      Puppet.Step callBack =
          heard -> {
            try {
              a.call(Puppet.question("from b"), Duration.ZERO);
            } catch (CallException e) {
              seen.set(e);
            }
            Processes.spawn(() -> caller.get().reply("from somebody else"));
            return Next.noReply(heard);
          };
      Puppet.Ask<String> putOff =
          Puppet.ask(
              "put off",
              (ask, from, heard) -> {
                caller.set(ask.from(from));
                return Next.noReply(heard).thenContinue(callBack);
              });
      assertThat(a.call(calling(b, putOff), Held.FOREVER)).isEqualTo("from somebody else");
      assertThat(seen.get()).isInstanceOf(CallException.Timeout.class);
      assertThat(a.call(Puppet.heard())).containsExactly("from b");
    }

    @Test
    void is_a_queue_at_one_server() throws Exception {
      ServerRef<Puppet> a = kind.start();
      ServerRef<Puppet> b = kind.start();
      try (var held = Held.hold(b)) {
        var within = new CountDownLatch(1);
        Puppet.Ask<String> nested =
            Puppet.compute(
                "nested",
                () -> {
                  within.countDown();
                  return b.call(Puppet.question("from a"), Held.FOREVER);
                });
        var one = Self.spawnMonitor(() -> a.call(nested, Held.FOREVER));
        within.await();
        assertThatThrownBy(() -> a.call(Puppet.question("behind"), Duration.ZERO))
            .isInstanceOf(CallException.Timeout.class);
        held.letGo();
        assertThat(Downs.reason(one.ref())).isEqualTo(ExitReason.NORMAL);
      }
      assertThat(a.call(Puppet.heard())).containsExactly("behind");
    }
  }
}
