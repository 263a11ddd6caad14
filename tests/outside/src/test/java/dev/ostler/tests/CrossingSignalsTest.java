package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Down;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.MonitorRef;
import dev.ostler.NoProcessException;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.Timer;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Deaths that meet what their peers do at the same moment: whichever comes first, what is promised
 * holds.
 */
@ExtendWith(OstlerExtension.class)
class CrossingSignalsTest {
  private static final int ROUNDS = 300;
  private static final ExitReason WHY = ExitReason.of("why not");

  private Crossing crossing;

  /** What happens in one round. */
  private interface Round {
    void run(int round) throws Exception;
  }

  private void rounds(long seed, Round action) throws Exception {
    crossing = new Crossing(seed);
    for (int round = 0; round < ROUNDS; round++) {
      action.run(round);
    }
  }

  @AfterEach
  void close() {
    crossing.close();
  }

  /** A process whose death takes others along, and so takes a while. */
  private static Pid dyingSlowly() {
    var first = Puppet.start();
    for (int i = 0; i < 20; i++) {
      Puppet.start().does(() -> Self.link(first.pid()));
    }
    return first.pid();
  }

  // P17
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void an_unlink_has_the_exit_behind_it_or_never(long seed) throws Exception {
    Self.trapExits(true);
    rounds(
        seed,
        round -> {
          var peer = dyingSlowly();
          Self.link(peer);
          var heard = new ArrayList<Object>();
          crossing.of(
              () -> {
                Self.unlink(peer);
                heard.addAll(Self.flush());
              },
              () -> peer.exit(WHY));

          assertThat(heard).isSubsetOf(new Exit(peer, WHY)).hasSizeLessThanOrEqualTo(1);
          assertThat(Self.flush()).as("after unlink, in round %s", round).isEmpty();
        });
  }

  // P17: who does not trap is dead when unlink returns, or lives on.
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void an_unlink_saves_who_lives_after_it(long seed) throws Exception {
    rounds(
        seed,
        round -> {
          var peer = Puppet.start().pid();
          var lives = new AtomicReference<Boolean>();
          var livesOn = new AtomicReference<Boolean>();
          Outside.Action life =
              () -> {
                Pid self = Processes.attach().pid();
                Self.link(peer);
                crossing.of(
                    () -> {
                      Self.unlink(peer);
                      lives.set(self.isAlive());
                    },
                    () -> peer.exit(WHY));
                livesOn.set(self.isAlive());
              };
          Outside.does(() -> runUntilKilled(life));

          if (Boolean.TRUE.equals(lives.get())) {
            assertThat(livesOn.get()).as("alive after unlink, in round %s", round).isTrue();
          }
        });
  }

  /** An attached thread that is killed is interrupted, or thrown out of what it does. */
  private static void runUntilKilled(Outside.Action life) throws Exception {
    try {
      life.run();
    } catch (InterruptedException killed) {
      assertThat(Self.isProcess()).isFalse();
    } catch (AssertionError failed) {
      throw failed;
    } catch (Error ended) {
      assertThat(ended).hasMessageContaining("has ended");
    } finally {
      Processes.detach();
    }
  }

  // P16, P09
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void a_link_brings_one_exit_if_the_peer_ends(long seed) throws Exception {
    Self.trapExits(true);
    rounds(
        seed,
        round -> {
          var peer = Puppet.start().pid();
          crossing.of(() -> Self.link(peer), () -> peer.exit(WHY));

          assertThat(Self.flush())
              .as("round %s", round)
              .singleElement()
              .isIn(new Exit(peer, WHY), new Exit(peer, ExitReason.NO_PROCESS));
        });
  }

  // P16, P08
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void a_link_is_refused_or_takes_along_who_does_not_trap(long seed) throws Exception {
    rounds(
        seed,
        round -> {
          var peer = Puppet.start().pid();
          var other = Puppet.start();
          var ref = Self.monitor(other.pid());
          other.order(
              () -> {
                try {
                  Self.link(peer);
                } catch (NoProcessException e) {
                  Self.exit(ExitReason.of("refused"));
                }
              });
          crossing.of(() -> {}, () -> peer.exit(WHY));

          assertThat(Deaths.await(ref)).as("round %s", round).isIn(WHY, ExitReason.of("refused"));
        });
  }

  // P15
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void links_made_from_both_sides_are_one(long seed) throws Exception {
    Self.trapExits(true);
    Pid test = Self.pid();
    rounds(
        seed,
        round -> {
          var peer = Puppet.start();
          crossing.of(() -> Self.link(peer.pid()), () -> peer.does(() -> Self.link(test)));
          peer.pid().exit(WHY);

          assertThat(Self.flush()).as("round %s", round).containsExactly(new Exit(peer.pid(), WHY));
        });
  }

  // P24
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void a_demonitor_has_the_down_behind_it_or_never(long seed) throws Exception {
    rounds(
        seed,
        round -> {
          var target = Puppet.start().pid();
          var refs = Stream.generate(() -> Self.monitor(target)).limit(20).toList();
          var tooLate = new HashSet<Object>();
          var heard = new HashSet<Object>();
          crossing.of(
              () -> {
                for (MonitorRef ref : refs.reversed()) { // as death goes through them
                  boolean inTime = Self.demonitor(ref);
                  heard.addAll(Self.flush());
                  var down = new Down(ref, target, WHY);
                  assertThat(heard.contains(down)).as("round %s", round).isNotEqualTo(inTime);
                  if (!inTime) {
                    tooLate.add(down);
                  }
                }
              },
              () -> target.exit(WHY));

          heard.addAll(Self.flush());
          assertThat(heard).as("round %s", round).isEqualTo(tooLate);
        });
  }

  // P24
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void a_demonitor_that_flushes_leaves_nothing(long seed) throws Exception {
    rounds(
        seed,
        round -> {
          var target = Puppet.start().pid();
          MonitorRef ref = Self.monitor(target);
          MonitorRef other = Self.monitor(target);
          crossing.of(() -> Self.demonitor(ref, true), () -> target.exit(WHY));

          assertThat(Self.flush())
              .as("round %s", round)
              .containsExactly(new Down(other, target, WHY));
        });
  }

  // P21, P23
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void a_monitor_tells_once_whether_it_came_in_time_or_not(long seed) throws Exception {
    rounds(
        seed,
        round -> {
          var target = Puppet.start().pid();
          var ref = new AtomicReference<MonitorRef>();
          crossing.of(() -> ref.set(Self.monitor(target)), () -> target.exit(WHY));

          assertThat(Self.flush())
              .as("round %s", round)
              .singleElement()
              .isIn(
                  new Down(ref.get(), target, WHY),
                  new Down(ref.get(), target, ExitReason.NO_PROCESS));
        });
  }

  // P23
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void a_watcher_and_its_target_may_end_together(long seed) throws Exception {
    rounds(
        seed,
        round -> {
          var target = Puppet.start();
          var watcher = Puppet.start();
          watcher.does(() -> Self.monitor(target.pid()));
          target.does(() -> Self.monitor(watcher.pid()));
          Self.monitor(target.pid());
          Self.monitor(watcher.pid());
          crossing.of(() -> watcher.pid().exit(WHY), () -> target.pid().exit(WHY));

          assertThat(Self.flush())
              .as("round %s", round)
              .extracting(message -> ((Down) message).pid())
              .containsExactlyInAnyOrder(target.pid(), watcher.pid());
        });
  }

  // P08, P10: a ring that is killed at two ends dies once, each of one of the two reasons.
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void a_ring_that_is_hit_twice_dies_once(long seed) throws Exception {
    rounds(
        seed,
        round -> {
          var ring = new ArrayList<Puppet>();
          for (int i = 0; i < 6; i++) {
            ring.add(Puppet.start());
          }
          for (int i = 0; i < 6; i++) {
            Pid next = ring.get((i + 1) % 6).pid();
            ring.get(i).does(() -> Self.link(next));
          }
          ring.forEach(puppet -> Self.monitor(puppet.pid()));
          crossing.of(
              () -> ring.get(0).pid().exit(WHY), () -> ring.get(3).pid().exit(ExitReason.KILL));

          assertThat(ring).noneMatch(puppet -> puppet.pid().isAlive());
          assertThat(Self.flush())
              .as("round %s", round)
              .hasSize(6)
              .allSatisfy(
                  message -> assertThat(((Down) message).reason()).isIn(WHY, ExitReason.KILLED));
        });
  }

  // P19
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void a_parent_that_is_killed_leaves_no_linked_child_behind(long seed) throws Exception {
    Pid test = Self.pid();
    rounds(
        seed,
        round -> {
          var parent = Puppet.start();
          parent.order(
              () ->
                  Self.spawnLink(
                      () -> {
                        test.send(Self.pid());
                        Self.receive();
                      }));
          crossing.of(() -> {}, () -> parent.pid().exit(ExitReason.KILL));

          for (Object child : Self.flush()) {
            assertThat(((Pid) child).isAlive()).as("round %s", round).isFalse();
          }
        });
  }

  // P33
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void a_timer_set_for_who_ends_has_ended_too(long seed) throws Exception {
    rounds(
        seed,
        round -> {
          var target = Puppet.start().pid();
          var timer = new AtomicReference<Timer>();
          crossing.of(
              () -> timer.set(target.sendAfter("too late", Duration.ofHours(1))),
              () -> target.exit(ExitReason.KILL));

          assertThat(timer.get().remaining()).as("round %s", round).isEmpty();
        });
  }

  // P02
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void what_was_sent_before_a_death_is_there_when_it_is_heard(long seed) throws Exception {
    Pid test = Self.pid();
    rounds(
        seed,
        round -> {
          var sender =
              Self.spawnMonitor(
                  () -> {
                    for (int i = 0; ; i++) {
                      test.send(i);
                    }
                  });
          crossing.of(() -> {}, () -> sender.pid().exit(ExitReason.KILL));

          List<Object> heard = Self.flush();
          assertThat(heard.getLast())
              .as("round %s", round)
              .isEqualTo(new Down(sender.ref(), sender.pid(), ExitReason.KILLED));
        });
  }
}
