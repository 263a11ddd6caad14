package dev.ostler;

import java.util.HashSet;
import java.util.Set;

/**
 * Looks for long mailboxes, while somebody wants to know.
 *
 * <p>The timer has the events' thread look at all processes about once a second, at a part of them
 * each time. So no timer waits for that.
 */
final class LongMailboxes {
  /** From how many messages on a mailbox is long. */
  static final int LONG = Integer.getInteger("dev.ostler.longMailbox", 10_000);

  private static final long PAUSE_NANOS = 1_000_000_000L / ProcessTable.PARTS;

  /** Those that were reported, until they are short again. Under the lock of the class. */
  private static final Set<Proc> REPORTED = new HashSet<>();

  private static int part; // under the lock of the class
  private static boolean looking; // whether the timer comes; under the lock of the class

  private LongMailboxes() {}

  /** Somebody may want to know now. */
  static synchronized void watch() {
    if (!looking && EventKind.isWanted(EventKind.LONG_MAILBOX)) {
      looking = true; // before the timer comes
      looking = Timers.whileAlive(PAUSE_NANOS, LongMailboxes::ask) != null;
    }
  }

  /** The timers were ended: the next subscriber sets a new one. */
  static synchronized void timersEnded() {
    looking = false;
    REPORTED.clear();
  }

  /** On the timer's thread. The next look comes once this one is over. */
  private static void ask() {
    if (!Events.later(LongMailboxes::look)) {
      lookedInVain();
    }
  }

  /** Too many events wait: as if it had looked. */
  private static synchronized void lookedInVain() {
    looking = false;
    watch();
  }

  /** On the events' thread. Ends once nobody wants to know. */
  private static synchronized void look() {
    looking = false;
    try {
      if (EventKind.isWanted(EventKind.LONG_MAILBOX)) {
        part = (part + 1) % ProcessTable.PARTS;
        look(part);
      } else {
        REPORTED.clear();
      }
    } catch (Throwable failed) {
      Events.drop(); // no memory: the next look sees the same
    }
    watch();
  }

  /** Looks at one part of all processes. */
  static synchronized void look(int at) {
    REPORTED.removeIf(each -> each.isClosed() || each.backlog() < LONG / 2);
    for (Proc each : ProcessTable.part(at)) {
      int queued = each.backlog();
      if (queued >= LONG && REPORTED.add(each)) {
        Happening.longMailbox(each, queued);
      }
    }
  }
}
