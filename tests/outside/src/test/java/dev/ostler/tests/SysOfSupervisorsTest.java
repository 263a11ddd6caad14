package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Agent;
import dev.ostler.DynamicSupervisor;
import dev.ostler.ExitReason;
import dev.ostler.Name;
import dev.ostler.Pid;
import dev.ostler.Registry;
import dev.ostler.Self;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.junit.Supervised;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sys looks into supervisors and registries as into any other server. */
@ExtendWith(OstlerExtension.class)
class SysOfSupervisorsTest {

  private static String shown(Pid pid) {
    return Sys.status(pid, Downs.LONG).state().orElseThrow().toString();
  }

  // S15
  @Test
  void shows_the_children_of_a_supervisor(Supervised supervised) {
    Name<Agent<Integer>> name = Name.unique("child");
    Supervisor supervisor =
        supervised.start(
            Supervisor.of(Strategy.ONE_FOR_ONE).child(Agent.of(() -> 1).named(name).id("one")));
    assertThat(shown(supervisor.pid())).isEqualTo("[one " + name.pid() + "]");
    assertThat(Sys.status(supervisor.pid()).parent()).isPresent();
  }

  // S15
  @Test
  void shows_the_children_of_a_dynamic_supervisor(Supervised supervised) {
    DynamicSupervisor supervisor = supervised.start(DynamicSupervisor.of());
    assertThat(shown(supervisor.pid())).isEqualTo("0 children");
    Agent<Integer> child = supervisor.startChild(Agent.of(() -> 1));
    assertThat(shown(supervisor.pid())).isEqualTo("1 children: [" + child.pid() + "]");
    for (int i = 0; i < 100; i++) {
      supervisor.startChild(Agent.of(() -> 1));
    }
    assertThat(shown(supervisor.pid())).startsWith("101 children: [").hasSizeLessThan(300);
  }

  // S15
  @Test
  void shows_how_many_entries_a_registry_has(Supervised supervised) {
    Registry<String, Integer> registry = supervised.start(Registry.<String, Integer>unique());
    registry.register("a", 1);
    registry.register("b", 2);
    assertThat(shown(registry.pid())).startsWith("2 entries");
    Sys.suspend(registry.pid(), Downs.LONG);
    assertThat(registry.lookup("a")).isNotEmpty(); // nobody asks the process
    Sys.resume(registry.pid(), Downs.LONG);
  }

  // S15
  @Test
  void lets_a_suspended_supervisor_restart_its_child_once_it_is_resumed(Supervised supervised) {
    Name<Agent<Integer>> name = Name.unique("child");
    Supervisor supervisor =
        supervised.start(Supervisor.of(Strategy.ONE_FOR_ONE).child(Agent.of(() -> 1).named(name)));
    Pid first = name.pid();
    Sys.suspend(supervisor.pid());
    var down = Self.monitor(first);
    first.exit(ExitReason.of("why not"));
    Downs.reason(down);
    assertThat(Sys.status(supervisor.pid(), Downs.LONG).suspended()).isTrue();
    assertThat(name.whereis()).isEmpty();
    Sys.resume(supervisor.pid());
    assertThat(supervisor.count().active()).isEqualTo(1);
    assertThat(name.pid()).isNotEqualTo(first);
  }

  // S15
  @Test
  void counts_and_traces_what_a_supervisor_gets(Supervised supervised) {
    Supervisor supervisor = supervised.start(Supervisor.of(Strategy.ONE_FOR_ONE));
    var lines = new ConcurrentLinkedQueue<String>();
    Sys.statistics(supervisor.pid(), true, Downs.LONG);
    Sys.trace(supervisor.pid(), lines::add, Downs.LONG);
    assertThat(supervisor.count().specs()).isZero();
    assertThat(Sys.statistics(supervisor.pid(), Downs.LONG).orElseThrow().messagesIn())
        .isEqualTo(1);
    assertThat(lines).anyMatch(line -> line.contains("CountChildren"));
    Sys.noDebug(supervisor.pid(), Downs.LONG);
    assertThat(Sys.statistics(supervisor.pid(), Downs.LONG)).isEmpty();
    assertThat(List.copyOf(lines)).isNotEmpty();
  }
}
