package dev.ostler;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** What a supervisor goes by: strategy, intensity and so on. An immutable value. */
record SupervisorFlags(
    Strategy strategy,
    int restarts,
    Duration within,
    AutoShutdown autoShutdown,
    List<Pid> callers) {

  SupervisorFlags(Strategy strategy) {
    this(
        Objects.requireNonNull(strategy, "strategy"),
        3,
        Duration.ofSeconds(5),
        AutoShutdown.NEVER,
        List.of());
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
    return new SupervisorFlags(strategy, newRestarts, newWithin, autoShutdown, callers);
  }

  SupervisorFlags autoShutdown(AutoShutdown when) {
    Objects.requireNonNull(when, "when");
    return new SupervisorFlags(strategy, restarts, within, when, callers);
  }

  SupervisorFlags callers(List<Pid> newCallers) {
    return new SupervisorFlags(strategy, restarts, within, autoShutdown, List.copyOf(newCallers));
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
