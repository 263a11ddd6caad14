package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Child;
import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.MonitorRef;
import dev.ostler.Name;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.StartException;
import dev.ostler.junit.OstlerExtension;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names that are given, taken and looked up at the moment their process ends. */
@ExtendWith(OstlerExtension.class)
class CrossingNamesTest {
  private static final int ROUNDS = 300;

  private Crossing crossing;

  /** What happens in one round, with a name of its own. */
  private interface Round {
    void run(int round, Name<Scripted> name) throws Exception;
  }

  private void rounds(long seed, Round action) throws Exception {
    crossing = new Crossing(seed);
    for (int round = 0; round < ROUNDS; round++) {
      action.run(round, Name.unique("round " + round));
    }
  }

  @AfterEach
  void close() {
    crossing.close();
  }

  /** Whether the name could be given. */
  private static boolean register(Name<?> name, Pid pid) {
    try {
      Processes.register(name, pid);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static void assertFree(Name<?> name, int round) {
    assertThat(name.whereis()).as("round %s", round).isEmpty();
    Processes.register(name, Self.pid());
    Processes.unregister(name);
  }

  // P27, P28
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void a_name_claimed_for_who_ends_meanwhile_is_free(long seed) throws Exception {
    rounds(
        seed,
        (round, name) -> {
          var process = Puppet.start().pid();
          crossing.of(() -> register(name, process), () -> process.exit(ExitReason.KILL));

          assertFree(name, round);
        });
  }

  // P27, P28
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void a_name_whose_holder_ends_is_refused_or_given_for_good(long seed) throws Exception {
    var heir = Puppet.start().pid();
    rounds(
        seed,
        (round, name) -> {
          var holder = Puppet.start().pid();
          Processes.register(name, holder);
          var given = new AtomicReference<Boolean>();
          crossing.of(() -> given.set(register(name, heir)), () -> holder.exit(ExitReason.KILL));

          Optional<Pid> expected = given.get() ? Optional.of(heir) : Optional.empty();
          assertThat(name.whereis()).as("round %s", round).isEqualTo(expected);
          if (given.get()) {
            Processes.unregister(name);
          }
          assertFree(name, round);
        });
  }

  // P27
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void a_name_claimed_for_two_is_given_to_one(long seed) throws Exception {
    rounds(
        seed,
        (round, name) -> {
          var one = Puppet.start().pid();
          var two = Puppet.start().pid();
          var first = new AtomicReference<Boolean>();
          var second = new AtomicReference<Boolean>();
          crossing.of(() -> first.set(register(name, one)), () -> second.set(register(name, two)));

          assertThat(first.get()).as("round %s", round).isNotEqualTo(second.get());
          assertThat(name.whereis()).contains(first.get() ? one : two);
        });
  }

  // P27
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void two_names_claimed_for_one_process_are_one(long seed) throws Exception {
    rounds(
        seed,
        (round, name) -> {
          Name<Object> other = Name.unique("other");
          var process = Puppet.start().pid();
          crossing.of(() -> register(name, process), () -> register(other, process));

          assertThat(name.whereis().isPresent())
              .as("round %s", round)
              .isNotEqualTo(other.whereis().isPresent());
        });
  }

  // P29
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void a_name_given_up_by_two_is_given_up_by_one(long seed) throws Exception {
    rounds(
        seed,
        (round, name) -> {
          Processes.register(name, Puppet.start().pid());
          var first = new AtomicReference<Boolean>();
          var second = new AtomicReference<Boolean>();
          crossing.of(() -> first.set(unregister(name)), () -> second.set(unregister(name)));

          assertThat(first.get()).as("round %s", round).isNotEqualTo(second.get());
          assertFree(name, round);
        });
  }

  private static boolean unregister(Name<?> name) {
    try {
      Processes.unregister(name);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  // P25, P28: who finds the dead by name finds nobody, and who found the living found them alive.
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void a_name_never_leads_to_the_dead(long seed) throws Exception {
    rounds(
        seed,
        (round, name) -> {
          var holder = Puppet.start().pid();
          Processes.register(name, holder);
          crossing.of(
              () -> {
                boolean wasDead = !holder.isAlive();
                Optional<Pid> found = name.whereis();
                if (wasDead) {
                  assertThat(found).as("round %s", round).isEmpty();
                }
                if (found.isEmpty()) {
                  assertThat(holder.isAlive()).as("round %s", round).isFalse();
                }
              },
              () -> holder.exit(ExitReason.KILL));

          assertThat(name.whereis()).isEmpty();
        });
  }

  // P21, P22
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void a_monitor_by_name_tells_once_of_the_holder_or_of_nobody(long seed) throws Exception {
    rounds(
        seed,
        (round, name) -> {
          var holder = Puppet.start().pid();
          Processes.register(name, holder);
          var ref = new AtomicReference<MonitorRef>();
          crossing.of(() -> ref.set(Self.monitor(name)), () -> holder.exit(ExitReason.KILL));

          assertThat(Self.flush())
              .as("round %s", round)
              .singleElement()
              .isIn(
                  new Down(ref.get(), holder, ExitReason.KILLED),
                  new Down(ref.get(), holder, ExitReason.NO_PROCESS),
                  new Down(ref.get(), Processes.NOBODY, ExitReason.NO_PROCESS));
        });
  }

  // L03, P28: a start that finds the name taken tells by whom, else it has the name.
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void a_start_whose_name_becomes_free_has_it_or_says_who_had_it(long seed) throws Exception {
    rounds(
        seed,
        (round, name) -> {
          var child = GenServer.of(Scripted::new).named(name);
          Pid holder = child.start().pid();
          var next = new AtomicReference<Pid>();
          crossing.of(
              () -> {
                try {
                  next.set(child.start().pid());
                } catch (StartException.AlreadyStarted e) {
                  assertThat(e.pid()).isEqualTo(holder);
                }
              },
              () -> holder.exit(ExitReason.KILL));

          assertThat(name.whereis())
              .as("round %s", round)
              .isEqualTo(Optional.ofNullable(next.get()));
          Optional.ofNullable(next.get()).ifPresent(pid -> pid.exit(ExitReason.KILL));
        });
  }

  // L01, L03: of two starts with one name, one wins and the other learns who did.
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void two_starts_with_one_name_make_one_server(long seed) throws Exception {
    rounds(
        seed,
        (round, name) -> {
          var child = GenServer.of(() -> new Scripted(() -> Init.ok("state"))).named(name);
          var here = new AtomicReference<Pid>();
          var there = new AtomicReference<Pid>();
          crossing.of(() -> here.set(startOrFind(child)), () -> there.set(startOrFind(child)));

          assertThat(here.get()).as("round %s", round).isEqualTo(there.get());
          assertThat(name.whereis()).contains(here.get());
          here.get().exit(ExitReason.KILL);
        });
  }

  private static Pid startOrFind(Child<ServerRef<Scripted>> child) {
    try {
      return child.start().pid();
    } catch (StartException.AlreadyStarted e) {
      return e.pid();
    }
  }
}
