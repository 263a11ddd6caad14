package dev.ostler;

import java.time.Duration;

/** How a supervisor stops a child. */
public sealed interface Shutdown {
  /** Kills the child five seconds after the shutdown signal. */
  Shutdown DEFAULT = after(Duration.ofSeconds(5));

  /** Kills the child at once. */
  Shutdown BRUTAL_KILL = new BrutalKill();

  /** Waits as long as it takes: for supervisors. */
  Shutdown INFINITY = new Infinity();

  /** Sends a shutdown signal, and kills the child if it has not ended after this time. */
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
