package dev.ostler;

/**
 * What has happened to the processes with one label, or to all, while it was measured. Immutable.
 *
 * <p>Everything is counted. Of calls and callbacks about one in sixteen is timed, unless {@link
 * Metrics#openTimingAll} is used.
 */
public final class ProcessMetrics {
  private final long[] values; // of a Meter

  ProcessMetrics(long[] values) {
    this.values = values;
  }

  /** How a process ended. */
  public enum Ending {
    /** {@link ExitReason#NORMAL}. */
    NORMAL(Meter.ENDED),
    /** {@link ExitReason#SHUTDOWN}, or a shutdown with a detail. */
    SHUTDOWN(Meter.ENDED + 1),
    /** It threw. */
    CRASH(Meter.ENDED + 2),
    /** {@link ExitReason#KILLED}. */
    KILLED(Meter.ENDED + 3),
    /** Any other reason. */
    OTHER(Meter.ENDED + 4);

    /** What a {@link Meter} counts. */
    final int counter;

    Ending(int counter) {
      this.counter = counter;
    }

    static Ending of(ExitReason reason) {
      return switch (reason) {
        case ExitReason.Normal _ -> NORMAL;
        case ExitReason.Shutdown _, ExitReason.ShutdownWith _ -> SHUTDOWN;
        case ExitReason.Crash _ -> CRASH;
        case ExitReason.Killed _ -> KILLED;
        case ExitReason.Kill _,
            ExitReason.NoProcess _,
            ExitReason.TimedOut _,
            ExitReason.Custom _ ->
            OTHER;
      };
    }
  }

  // --- Lives ---

  /** How many processes began. */
  public long started() {
    return values[Meter.STARTED];
  }

  /** How many processes ended. */
  public long ended() {
    long all = 0;
    for (Ending each : Ending.values()) {
      all += ended(each);
    }
    return all;
  }

  /** How many ended in this way. */
  public long ended(Ending how) {
    return values[how.counter];
  }

  /** How many were started in place of one that had ended, by their supervisor. */
  public long restarts() {
    return values[Meter.RESTARTS];
  }

  /** How often a supervisor ended because there were too many restarts. */
  public long gaveUp() {
    return values[Meter.GAVE_UP];
  }

  // --- Calls of these servers ---

  /** How many calls began. */
  public long calls() {
    return values[Meter.CALLS];
  }

  /** How many calls got {@link CallException.Timeout}. */
  public long timeouts() {
    return values[Meter.TIMEOUTS];
  }

  /** How many calls got {@link CallException.Cycle}: a deadlock, found before it happened. */
  public long cycles() {
    return values[Meter.CYCLES];
  }

  /** How many calls got no reply for another reason: the server ended, or there was none. */
  public long unanswered() {
    return values[Meter.UNANSWERED];
  }

  /** How long calls took, as their callers saw it, also those that got no reply. */
  public Distribution callTimes() {
    return new Distribution(values, Meter.CALL_TIMES);
  }

  /** How long requests waited before their callback began. */
  public Distribution waits() {
    return new Distribution(values, Meter.WAITS);
  }

  // --- Messages ---

  /**
   * How many messages were handled by a callback: calls, casts and others. A call is counted at
   * once; others are counted in groups of up to 64, at the latest when the server handles a call or
   * becomes idle.
   */
  public long callbacks() {
    return values[Meter.CALLBACKS];
  }

  /** How long a server took for a message. It includes the calls that it made itself. */
  public Distribution callbackTimes() {
    return new Distribution(values, Meter.CALLBACK_TIMES);
  }

  /** How many messages were dropped: see {@link Event.DeadLetter}. */
  public long deadLetters() {
    return values[Meter.DEAD_LETTERS];
  }
}
