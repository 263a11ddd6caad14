package dev.ostler;

import java.time.Duration;

/** Reports processes that are dead while their code runs on: interrupted, it did not end. */
final class Zombies {
  static final Duration PATIENCE = Duration.ofSeconds(5);

  private Zombies() {}

  /** Looks again later whether the thread that ran the dead process still does. */
  static void watch(Proc dead) {
    var _ = Timers.after(PATIENCE.toNanos(), () -> look(dead));
  }

  private static void look(Proc dead) {
    Runner runner = dead.runner();
    if (runner != null && runner.current() == dead && runner.thread.isAlive()) {
      Events.publish(
          new Event.Zombie(
              dead, dead.label(), PATIENCE, Text.stack(runner.thread.getStackTrace(), 30)));
    }
  }
}
