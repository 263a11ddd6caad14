package dev.ostler;

import java.time.Duration;
import java.util.Objects;

/** What a supervisor goes by: strategy, intensity, automatic shutdown. An immutable value. */
record SupervisorFlags(
    Strategy strategy, int restarts, Duration within, AutoShutdown autoShutdown) {

  SupervisorFlags(Strategy strategy) {
    this(
        Objects.requireNonNull(strategy, "strategy"), 3, Duration.ofSeconds(5), AutoShutdown.NEVER);
  }

  SupervisorFlags intensity(int newRestarts, Duration newWithin) {
    if (newRestarts < 0) {
      throw new IllegalArgumentException(
          "a supervisor tolerates at least 0 restarts, not " + newRestarts);
    }
    if (newWithin.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          "a supervisor counts restarts within at least a second, not " + newWithin);
    }
    return new SupervisorFlags(strategy, newRestarts, newWithin, autoShutdown);
  }

  SupervisorFlags autoShutdown(AutoShutdown when) {
    return new SupervisorFlags(strategy, restarts, within, Objects.requireNonNull(when, "when"));
  }

  /** Refuses a significant child of a supervisor that never shuts down by itself. */
  void check(ChildSpec<?> child) {
    if (child.significant() && autoShutdown == AutoShutdown.NEVER) {
      throw new IllegalArgumentException(
          "the child "
              + child.id()
              + " is significant, but its supervisor never shuts down by"
              + " itself: say autoShutdown first");
    }
  }

  RestartIntensity counter() {
    return new RestartIntensity(restarts, within.toSeconds());
  }
}
