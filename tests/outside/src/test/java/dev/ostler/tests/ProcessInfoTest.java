package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.DynamicSupervisor;
import dev.ostler.Event;
import dev.ostler.Events;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Name;
import dev.ostler.Pid;
import dev.ostler.ProcessInfo;
import dev.ostler.Processes;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.Sys;
import dev.ostler.Task;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.junit.Supervised;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What can be seen of a process from outside. */
@ExtendWith(OstlerExtension.class)
class ProcessInfoTest {
  private static final ExitReason WHY = ExitReason.of("why not");

  private static ProcessInfo info(Pid pid) {
    return Processes.info(pid).orElseThrow();
  }

  // M25
  @Test
  void has_who_monitors_whom() {
    ServerRef<PuppetServer> server = Kind.PLAIN.start();
    ServerRef<PuppetServer> one = Kind.PLAIN.start();
    ServerRef<PuppetServer> two = Kind.PLAIN.start();
    server.call(PuppetServer.watch(one.pid()));
    server.call(PuppetServer.watch(two.pid()));
    var ref = Self.monitor(two.pid());
    assertThat(info(server.pid()).monitors()).containsExactly(one.pid(), two.pid());
    assertThat(info(one.pid()).monitoredBy()).containsExactly(server.pid());
    assertThat(info(two.pid()).monitoredBy()).containsExactly(server.pid(), Self.pid());
    Self.demonitor(ref);
    assertThat(info(two.pid()).monitoredBy()).containsExactly(server.pid());
    assertThat(info(one.pid()).monitors()).isEmpty();
  }

  // M25
  @Test
  void has_for_whom_a_task_works() {
    var shown = Task.async(() -> info(Self.pid()).callers()).await();
    assertThat(shown).containsExactly(Self.pid());
    assertThat(info(Self.pid()).callers()).isEmpty();
  }

  // M25
  @Test
  void has_the_supervisor_the_restarts_and_the_last_end(Supervised supervised) {
    Name<PuppetServer> name = Name.unique("child");
    Name<PuppetServer> sibling = Name.unique("sibling");
    Supervisor supervisor =
        supervised.start(
            Supervisor.of(Strategy.ONE_FOR_ALL)
                .child(GenServer.of(PuppetServer::new).named(name).id("child"))
                .child(GenServer.of(PuppetServer::new).named(sibling).id("sibling")));
    assertThat(info(name.pid()).supervisor()).contains(supervisor.pid());
    assertThat(info(name.pid()).restarts()).isZero();
    assertThat(info(name.pid()).lastEnd()).isEmpty();
    for (int i = 1; i <= 2; i++) {
      name.pid().exit(WHY);
      assertThat(supervisor.count().active()).isEqualTo(2);
      assertThat(info(name.pid()).restarts()).isEqualTo(i);
      assertThat(info(name.pid()).lastEnd()).contains(WHY);
      assertThat(info(sibling.pid()).restarts()).isEqualTo(i);
      assertThat(info(sibling.pid()).lastEnd()).isEmpty();
    }
    assertThat(info(Kind.PLAIN.start().pid()).supervisor()).isEmpty();
  }

  // M25
  @Test
  void has_the_restarts_of_a_child_of_a_dynamic_supervisor(Supervised supervised) {
    DynamicSupervisor supervisor = supervised.start(DynamicSupervisor.of());
    Name<PuppetServer> name = Name.unique("child");
    supervisor.startChild(GenServer.of(PuppetServer::new).named(name).restart(Restart.PERMANENT));
    name.pid().exit(WHY);
    assertThat(supervisor.count().active()).isEqualTo(1);
    assertThat(info(name.pid()).supervisor()).contains(supervisor.pid());
    assertThat(info(name.pid()).restarts()).isEqualTo(1);
    assertThat(info(name.pid()).lastEnd()).contains(WHY);
  }

  // M25
  @ParameterizedTest
  @EnumSource
  void has_the_callback_that_runs_and_its_age(Kind kind) throws Exception {
    ServerRef<PuppetServer> server = kind.start();
    assertThat(info(server.pid()).callback()).isEmpty();
    var late = new CompletableFuture<Event>();
    try (var held = Held.hold(server);
        var _ =
            Events.subscribe(
                Event.LongCallback.class,
                event -> {
                  if (event.pid().equals(server.pid())) {
                    late.complete(event);
                  }
                })) {
      assertThat(info(server.pid()).callback().orElseThrow().message())
          .endsWith("PuppetServer$Ask");
      late.get(Downs.LONG.toSeconds(), TimeUnit.SECONDS); // the watchdog has looked twice
      assertThat(info(server.pid()).callback().orElseThrow().atLeast())
          .isGreaterThanOrEqualTo(Duration.ofSeconds(1));
      assertThat(held).isNotNull();
    }
  }

  // M25
  @Test
  void has_how_many_messages_were_handled_where_they_are_counted() {
    ServerRef<PuppetServer> server = Kind.PLAIN.start();
    server.call(PuppetServer.question("uncounted"));
    assertThat(info(server.pid()).handled()).isEmpty();
    Sys.statistics(server.pid(), true);
    server.call(PuppetServer.question("one"));
    server.call(PuppetServer.question("two"));
    assertThat(info(server.pid()).handled()).contains(2L);

    Puppet puppet = Puppet.start();
    long before = info(puppet.pid()).handled().orElseThrow();
    puppet.does(() -> {});
    assertThat(info(puppet.pid()).handled().orElseThrow()).isEqualTo(before + 1);
  }

  // M25
  @ParameterizedTest
  @EnumSource
  void changes_nothing(Kind kind) {
    ServerRef<PuppetServer> server =
        kind.of(() -> new PuppetServer().onInit(() -> Init.ok(List.of()))).start();
    Sys.log(server.pid(), 10);
    Sys.statistics(server.pid(), true);
    while (info(server.pid()).busy()) {
      Thread.onSpinWait(); // it has answered, and is about to be idle
    }
    ProcessInfo before = info(server.pid());
    for (int i = 0; i < 100; i++) {
      assertThat(info(server.pid())).isEqualTo(before);
    }
    assertThat(Sys.log(server.pid())).isEmpty();
  }

  // L11
  @ParameterizedTest
  @EnumSource
  void has_the_label_that_a_process_gives_itself(Kind kind) {
    ServerRef<PuppetServer> server = kind.start();
    server.call(
        PuppetServer.compute(
            "label",
            () -> {
              Self.label("cart 17");
              return "";
            }));
    assertThat(info(server.pid()).label()).isEqualTo("cart 17");
    assertThat(server.pid().label()).isEqualTo("cart 17");
  }

  // M26
  @Test
  void of_memory_is_an_estimate_on_request() {
    assertThat(memory("")).satisfies(small -> assertThat(small.complete()).isTrue());
    long text = memory("x".repeat(10_000)).bytes();
    assertThat(text).isBetween(10_000L, 11_000L);
    assertThat(memory("\u20ac".repeat(10_000)).bytes()).isBetween(20_000L, 21_000L);
    assertThat(memory(new byte[5_000]).bytes()).isBetween(5_000L, 5_500L);
    assertThat(memory(Map.of("key", new long[1_000], "other", List.of(1, 2, 3))).bytes())
        .isBetween(8_000L, 9_000L);
    String shared = "x".repeat(1_000);
    assertThat(memory(List.of(shared, shared, shared)).bytes()).isBetween(1_000L, 1_500L);
    assertThat(memory(new StringBuilder("unknown")).complete()).isFalse();
    assertThat(memory(Collections.nCopies(1_000_000, "x")).bytes()).isPositive();
    assertThat(memory(new Object[][] {new Object[200_000]}).complete()).isTrue();
    assertThat(memory(IntStream.range(0, 200_000).boxed().toList()).complete()).isFalse();
  }

  private static Sys.Memory memory(Object held) {
    ServerRef<PuppetServer> server =
        GenServer.of(() -> new PuppetServer().onInit(() -> Init.ok(List.of(held)))).start();
    return Sys.memory(server.pid());
  }
}
