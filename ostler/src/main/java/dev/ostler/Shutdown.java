package dev.ostler;

import java.time.Duration;

/** How a supervisor stops a child. */
public sealed interface Shutdown {
  /** Five seconds to end after the signal. */
  Shutdown DEFAULT = after(Duration.ofSeconds(5));

  /** Killed at once. */
  Shutdown BRUTAL_KILL = new BrutalKill();

  /** As long as it takes: for supervisors. */
  Shutdown INFINITY = new Infinity();

  /** So long to end after the shutdown signal; then it is killed. */
  static Shutdown after(Duration time) {
    return new After(time);
  }

  /** See {@link Shutdown#BRUTAL_KILL}. */
  record BrutalKill() implements Shutdown {}

  /** See {@link Shutdown#INFINITY}. */
  record Infinity() implements Shutdown {}

  /**
   * See {@link Shutdown#after}.
   *
   * @param time not negative
   */
  record After(Duration time) implements Shutdown {
    /** Refuses a negative time. */
    public After {
      Durations.checked(time, "shutdown");
    }
  }
}
