package dev.ostler.tests;

import static dev.ostler.tests.EndOfStackTest.atTheEndOfTheStack;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A process that sends to a raw process, links to it or ends it, with hardly any stack left. */
@ExtendWith(OstlerExtension.class)
class EndOfStackOfRawProcessesTest {
  private static final int ROUNDS = 10;

  /** Receives all there is, and answers those who ask whether it is well. */
  private static void listen() {
    while (true) {
      if (Self.receive() instanceof CompletableFuture<?> question) {
        question.complete(null);
      }
    }
  }

  private static Pid listener() {
    return Self.spawnLink("listener", EndOfStackOfRawProcessesTest::listen);
  }

  private static void assertWell(Pid pid) throws Exception {
    var question = new CompletableFuture<Void>();
    pid.send(question);
    question.get(Downs.LONG.toSeconds(), TimeUnit.SECONDS);
    assertThat(pid.isAlive()).isTrue();
  }

  @Test
  void leaves_the_receiver_well() throws Exception {
    Pid receiver = listener();
    for (int round = 0; round < ROUNDS; round++) {
      assertThat(Downs.of(() -> atTheEndOfTheStack(() -> receiver.send("go"))))
          .isEqualTo(ExitReason.NORMAL);
      assertWell(receiver);
    }
  }

  @Test
  void leaves_whoever_it_monitors_and_links_to_well() throws Exception {
    Pid peer = listener();
    for (int round = 0; round < ROUNDS; round++) {
      assertThat(
              Downs.of(
                  () ->
                      atTheEndOfTheStack(
                          () -> {
                            Self.link(peer);
                            Self.demonitor(Self.monitor(peer), true);
                            Self.unlink(peer);
                          })))
          .isEqualTo(ExitReason.NORMAL);
      assertWell(peer);
    }
  }

  @Test
  void lets_whoever_it_ends_be_dead() {
    Self.trapExits(true);
    for (int round = 0; round < ROUNDS; round++) {
      Pid victim = listener();
      var monitor = Self.monitor(victim);
      Downs.of(() -> catchThrowable(() -> atTheEndOfTheStack(() -> victim.exit(ExitReason.KILL))));
      assertThat(Downs.reason(monitor)).isEqualTo(ExitReason.KILLED);
      assertThat(victim.isAlive()).isFalse();
    }
  }
}
