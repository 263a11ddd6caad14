package dev.ostler;

/**
 * The kinds of {@link Event}: each a bit, so that one number says what a subscriber wants, and
 * another what all of them want.
 */
final class EventKind {
  static final int CRASH = 1;
  static final int SUPERVISOR = 1 << 1;
  static final int STARTED = 1 << 2;
  static final int ENDED = 1 << 3;
  static final int RESTARTED = 1 << 4;
  static final int CALL_TIMED_OUT = 1 << 5;
  static final int DEAD_LETTER = 1 << 6;
  static final int LONG_MAILBOX = 1 << 7;
  static final int UNEXPECTED = 1 << 8;
  static final int LONG_CALLBACK = 1 << 9;
  static final int ZOMBIE = 1 << 10;

  /** Those that are logged. The others may be many, and are for subscribers only. */
  static final int LOGGED = CRASH | SUPERVISOR | RESTARTED | UNEXPECTED | LONG_CALLBACK | ZOMBIE;

  /**
   * What at least one subscriber wants. Written under the lock of {@link Events}, read by every
   * process that starts or ends; in a class that leads to nothing else, as Lincheck takes a picture
   * of all that a step can reach.
   */
  private static volatile int wanted;

  private EventKind() {}

  /** Whether a subscriber wants this kind of event. One read. */
  static boolean isWanted(int kind) {
    return (wanted & kind) != 0;
  }

  static void want(int kinds) {
    wanted = kinds;
  }

  static int of(Event event) {
    return of(event.getClass());
  }

  /** The bits of all kinds that are of the type. */
  static int of(Class<? extends Event> type) {
    return bit(CRASH, CrashReport.class, type)
        | bit(SUPERVISOR, SupervisorReport.class, type)
        | bit(STARTED, Event.Started.class, type)
        | bit(ENDED, Event.Ended.class, type)
        | bit(RESTARTED, Event.Restarted.class, type)
        | bit(CALL_TIMED_OUT, Event.CallTimedOut.class, type)
        | bit(DEAD_LETTER, Event.DeadLetter.class, type)
        | bit(LONG_MAILBOX, Event.LongMailbox.class, type)
        | bit(UNEXPECTED, Event.Unexpected.class, type)
        | bit(LONG_CALLBACK, Event.LongCallback.class, type)
        | bit(ZOMBIE, Event.Zombie.class, type);
  }

  private static int bit(int bit, Class<?> kind, Class<?> type) {
    return type.isAssignableFrom(kind) ? bit : 0;
  }
}
