package dev.ostler;

import java.util.Objects;

/**
 * Why a process ended.
 *
 * <p>Immutable values, compared by content, except that the cause of a {@link Crash} is compared by
 * identity. The terms are those of Erlang/OTP.
 */
@SuppressWarnings(
    "ClassInitializationDeadlock") // no default methods: its records do not initialize it
public sealed interface ExitReason {
  /** The process has finished. Of linked processes, only those that trap exits notice it. */
  ExitReason NORMAL = new Normal();

  /** The process was told to stop, as a supervisor tells its children. */
  ExitReason SHUTDOWN = new Shutdown();

  /** As a signal: ends the receiver unconditionally, with {@link #KILLED}. */
  ExitReason KILL = new Kill();

  /** The process was killed. */
  ExitReason KILLED = new Killed();

  /** There was no such process. */
  ExitReason NO_PROCESS = new NoProcess();

  /** Something took too long. */
  ExitReason TIMEOUT = new TimedOut();

  /** A reason of the user's own, such as a string or a record. */
  static ExitReason of(Object reason) {
    return new Custom(reason);
  }

  /** A clean end that says why: {@code {:shutdown, detail}} in Elixir. */
  static ExitReason shutdown(Object detail) {
    return new ShutdownWith(detail);
  }

  /** Whether this is an orderly end: normal, shutdown, or shutdown with a detail. */
  boolean isClean();

  /** See {@link ExitReason#NORMAL}. */
  record Normal() implements ExitReason {
    @Override
    public boolean isClean() {
      return true;
    }

    @Override
    public String toString() {
      return "normal";
    }
  }

  /** See {@link ExitReason#SHUTDOWN}. */
  record Shutdown() implements ExitReason {
    @Override
    public boolean isClean() {
      return true;
    }

    @Override
    public String toString() {
      return "shutdown";
    }
  }

  /**
   * See {@link ExitReason#shutdown(Object)}.
   *
   * @param detail why, not null
   */
  record ShutdownWith(Object detail) implements ExitReason {
    @Override
    public boolean isClean() {
      return true;
    }

    /** Refuses null. */
    public ShutdownWith {
      Objects.requireNonNull(detail, "detail");
    }

    @Override
    public String toString() {
      return "shutdown: " + Text.bounded(detail);
    }
  }

  /** See {@link ExitReason#KILL}. */
  record Kill() implements ExitReason {
    @Override
    public boolean isClean() {
      return false;
    }

    @Override
    public String toString() {
      return "kill";
    }
  }

  /** See {@link ExitReason#KILLED}. */
  record Killed() implements ExitReason {
    @Override
    public boolean isClean() {
      return false;
    }

    @Override
    public String toString() {
      return "killed";
    }
  }

  /** See {@link ExitReason#NO_PROCESS}. */
  record NoProcess() implements ExitReason {
    @Override
    public boolean isClean() {
      return false;
    }

    @Override
    public String toString() {
      return "no process";
    }
  }

  /** See {@link ExitReason#TIMEOUT}. */
  record TimedOut() implements ExitReason {
    @Override
    public boolean isClean() {
      return false;
    }

    @Override
    public String toString() {
      return "timeout";
    }
  }

  /**
   * The process threw.
   *
   * @param cause what it threw, with its stack
   */
  record Crash(Throwable cause) implements ExitReason {
    @Override
    public boolean isClean() {
      return false;
    }

    /** Refuses null. */
    public Crash {
      Objects.requireNonNull(cause, "cause");
    }

    @Override
    public String toString() {
      return "crash: " + Text.bounded(cause);
    }
  }

  /**
   * See {@link ExitReason#of(Object)}.
   *
   * @param value the user's own reason, not null
   */
  record Custom(Object value) implements ExitReason {
    @Override
    public boolean isClean() {
      return false;
    }

    /** Refuses null. */
    public Custom {
      Objects.requireNonNull(value, "value");
    }

    @Override
    public String toString() {
      return Text.bounded(value);
    }
  }
}
