package dev.ostler.tests;

import static dev.ostler.Next.noReply;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.MonitorRef;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Monitors: on the living and the dead, by name, many at a time, and ended.
 *
 * <p>Of P22, the node has no counterpart: there is one JVM.
 */
@ExtendWith(OstlerExtension.class)
class MonitorsTest {
  private static final ExitReason WHY = ExitReason.of("why not");

  // P19
  @Test
  void are_there_before_what_is_spawned_begins() {
    for (int round = 0; round < 500; round++) {
      var child = Self.spawnMonitor(() -> {});
      assertThat(Self.receive(Down.class, Deaths.PATIENCE))
          .contains(new Down(child.ref(), child.pid(), ExitReason.NORMAL));
    }
    assertThat(Self.flush()).isEmpty();
  }

  // P20
  @Test
  void of_one_process_are_independent() {
    var puppet = Puppet.start();
    var refs = new ArrayList<MonitorRef>();
    for (int i = 0; i < 5; i++) {
      refs.add(Self.monitor(puppet.pid()));
    }
    Self.demonitor(refs.remove(4)); // the newest, the oldest, one between
    Self.demonitor(refs.remove(0));
    Self.demonitor(refs.remove(1));
    puppet.pid().exit(WHY);

    assertThat(refs).doesNotHaveDuplicates();
    assertThat(Self.flush())
        .containsExactlyInAnyOrder(
            new Down(refs.get(0), puppet.pid(), WHY), new Down(refs.get(1), puppet.pid(), WHY));
  }

  // P20
  @Test
  void lead_from_the_message_to_the_tag_they_were_given() {
    var puppet = Puppet.start();
    var dead = Puppet.start();
    dead.pid().exit(ExitReason.KILL);
    var ref = Self.monitor(puppet.pid(), "the tag");
    var ofDead = Self.monitor(dead.pid(), 2);
    var without = Self.monitor(puppet.pid());
    puppet.pid().exit(WHY);

    assertThat(Self.flush())
        .extracting(down -> ((Down) down).ref())
        .containsExactlyInAnyOrder(ref, ofDead, without)
        .extracting(MonitorRef::tag)
        .containsExactlyInAnyOrder(Optional.of("the tag"), Optional.of(2), Optional.empty());
    assertThat(ref.name()).isEmpty();
  }

  // P20
  @Test
  void of_several_watchers_are_independent() {
    var puppet = Puppet.start();
    var one = Puppet.start();
    var other = Puppet.start();
    MonitorRef cut = one.ask(() -> Self.monitor(puppet.pid()));
    MonitorRef kept = other.ask(() -> Self.monitor(puppet.pid()));
    one.does(() -> Self.demonitor(cut));
    puppet.pid().exit(WHY);

    assertThat(one.<List<Object>>ask(Self::flush)).isEmpty();
    assertThat(other.<List<Object>>ask(Self::flush))
        .containsExactly(new Down(kept, puppet.pid(), WHY));
  }

  // P21
  @Test
  void of_the_dead_tell_at_once() {
    var puppet = Puppet.start();
    puppet.pid().exit(WHY);
    var ref = Self.monitor(puppet.pid());
    var again = Self.monitor(puppet.pid());

    assertThat(Self.flush())
        .containsExactly(
            new Down(ref, puppet.pid(), ExitReason.NO_PROCESS),
            new Down(again, puppet.pid(), ExitReason.NO_PROCESS));
    assertThat(Self.demonitor(ref)).isFalse();
  }

  // P21, P22
  @Test
  void of_a_name_that_nobody_has_tell_at_once() {
    Name<Object> name = Name.unique("nobody");
    var ref = Self.monitor(name);

    assertThat(Self.flush())
        .containsExactly(new Down(ref, Processes.NOBODY, ExitReason.NO_PROCESS));
    assertThat(ref.name()).contains(name);
    assertThat(ref.pid()).isEqualTo(Processes.NOBODY);
  }

  // P21, P22
  @Test
  void of_a_name_whose_process_died_tell_at_once() {
    Name<Object> name = Name.unique("late");
    var puppet = Puppet.start();
    Processes.register(name, puppet.pid());
    puppet.pid().exit(WHY);
    var ref = Self.monitor(name);

    assertThat(Self.flush())
        .containsExactly(new Down(ref, Processes.NOBODY, ExitReason.NO_PROCESS));
  }

  // P22
  @Test
  void by_name_know_the_name_and_watch_the_process_not_the_name() {
    Name<Object> name = Name.unique("moving");
    var first = Puppet.start();
    var second = Puppet.start();
    Processes.register(name, first.pid());
    var ref = Self.monitor(name);
    Processes.unregister(name);
    Processes.register(name, second.pid());
    second.pid().exit(WHY);
    assertThat(Self.flush()).isEmpty();
    first.pid().exit(WHY);

    assertThat(Self.flush()).containsExactly(new Down(ref, first.pid(), WHY));
    assertThat(ref.name()).contains(name);
    assertThat(ref.pid()).isEqualTo(first.pid());
    assertThat(ref.toString()).contains("moving");
  }

  // P22
  @Test
  void by_pid_know_the_pid_and_no_name() {
    var puppet = Puppet.start();
    Processes.register(Name.unique("named"), puppet.pid());
    var ref = Self.monitor(puppet.pid());

    assertThat(ref.pid()).isEqualTo(puppet.pid());
    assertThat(ref.name()).isEmpty();
  }

  // P23
  @ParameterizedTest
  @MethodSource("dev.ostler.tests.Deaths#reasons")
  void tell_once_why_and_do_no_harm(ExitReason reason) {
    var watcher = Puppet.start(); // which does not trap exits
    var puppet = Puppet.start();
    MonitorRef ref = watcher.ask(() -> Self.monitor(puppet.pid()));
    var own = Self.monitor(puppet.pid());
    puppet.order(() -> Self.exit(reason));
    assertThat(Deaths.await(own)).isEqualTo(reason);
    assertThat(puppet.pid().isAlive()).isFalse();

    assertThat(watcher.<List<Object>>ask(Self::flush))
        .containsExactly(new Down(ref, puppet.pid(), reason));
  }

  // P23
  @Test
  void work_in_one_direction() {
    var watcher = Puppet.start();
    var puppet = Puppet.start();
    puppet.does(() -> Self.trapExits(true));
    watcher.does(() -> Self.monitor(puppet.pid()));
    watcher.pid().exit(WHY);

    assertThat(puppet.<List<Object>>ask(Self::flush)).isEmpty();
    puppet.pid().exit(ExitReason.KILL); // and finds no watcher left
    assertThat(puppet.pid().isAlive()).isFalse();
  }

  @Test
  void of_oneself_never_tell() {
    Pid test = Self.pid();
    var puppet = Puppet.start();
    var watcher = Self.monitor(puppet.pid());
    puppet.does(() -> assertThat(Self.demonitor(Self.monitor(Self.pid()))).isTrue());
    puppet.order(
        () -> {
          Self.monitor(Self.pid());
          test.send(Self.flush());
          Self.exit(WHY);
        });

    assertThat(Self.receive(Deaths.PATIENCE)).contains(List.of());
    assertThat(Deaths.await(watcher)).isEqualTo(WHY);
  }

  // P24
  @Test
  void ended_in_time_tell_nothing() {
    var puppet = Puppet.start();
    var ref = Self.monitor(puppet.pid());
    var flushed = Self.monitor(puppet.pid());

    assertThat(Self.demonitor(ref)).isTrue();
    assertThat(Self.demonitor(flushed, true)).isTrue();
    puppet.pid().exit(WHY);
    assertThat(Self.flush()).isEmpty();
    assertThat(Self.demonitor(ref)).isFalse();
    assertThat(Self.demonitor(flushed, true)).isFalse();
  }

  // P24
  @Test
  void ended_late_leave_what_they_told() {
    var puppet = Puppet.start();
    var ref = Self.monitor(puppet.pid());
    puppet.pid().exit(WHY);

    assertThat(Self.demonitor(ref)).isFalse();
    assertThat(Self.flush()).containsExactly(new Down(ref, puppet.pid(), WHY));
    assertThat(Self.demonitor(ref)).isFalse();
    assertThat(Self.demonitor(ref, true)).isFalse();
    assertThat(Self.flush()).isEmpty();
  }

  // P24
  @Test
  void ended_late_with_a_flush_take_back_what_they_told_and_nothing_else() {
    var puppet = Puppet.start();
    var ref = Self.monitor(puppet.pid());
    var other = Self.monitor(puppet.pid());
    Self.pid().send("before");
    puppet.pid().exit(WHY);
    Self.pid().send("after");

    assertThat(Self.demonitor(ref, true)).isFalse();
    assertThat(Self.flush()).containsExactly("before", new Down(other, puppet.pid(), WHY), "after");
  }

  // P24
  @Test
  void ended_late_with_a_flush_take_back_what_was_skipped() {
    var puppet = Puppet.start();
    var ref = Self.monitor(puppet.pid());
    puppet.pid().exit(WHY);
    Self.pid().send("wanted");
    assertThat(Self.receive(String.class, Duration.ZERO)).contains("wanted");

    Self.demonitor(ref, true);
    assertThat(Self.flush()).isEmpty();
  }

  // P24
  @Test
  void are_ended_by_their_watcher_only() {
    var puppet = Puppet.start();
    MonitorRef foreign = puppet.ask(() -> Self.monitor(Self.pid()));

    assertThatThrownBy(() -> Self.demonitor(foreign)).isInstanceOf(IllegalArgumentException.class);
  }

  /** Watches, while it handles a call, a process that dies meanwhile. */
  record Watcher() implements GenServer<List<Object>, Watcher.Request<?>, Cast<Watcher>> {
    sealed interface Request<R> extends Call<Watcher, R> {}

    record Watch(Pid target, boolean flush) implements Request<Boolean> {}

    record Heard() implements Request<List<Object>> {}

    @Override
    public Init<List<Object>> init() {
      return Init.ok(List.of());
    }

    @Override
    public Next<List<Object>> handleCall(Request<?> request, From<?> from, List<Object> heard) {
      return switch (request) {
        case Watch w -> {
          var ref = Self.monitor(w.target());
          w.target().exit(WHY);
          yield w.reply(Self.demonitor(ref, w.flush()), heard);
        }
        case Heard h -> h.reply(heard, heard);
      };
    }

    @Override
    public Next<List<Object>> handleInfo(Object message, List<Object> heard) {
      var more = new ArrayList<>(heard);
      more.add(message);
      return noReply(more);
    }
  }

  // P24
  @Test
  void of_a_server_ended_late_with_a_flush_take_back_what_they_told() {
    var watcher = GenServer.of(Watcher::new).start();
    assertThat(watcher.call(new Watcher.Watch(Puppet.start().pid(), true))).isFalse();
    assertThat(watcher.call(new Watcher.Heard())).isEmpty();

    assertThat(watcher.call(new Watcher.Watch(Puppet.start().pid(), false))).isFalse();
    assertThat(watcher.call(new Watcher.Heard())).hasSize(1);
  }
}
