package dev.ostler;

import org.jspecify.annotations.Nullable;

/**
 * What one thread remembers while somebody measures, so that measuring costs little: the figures to
 * which it added last, and how many casts and messages its server has handled since. Touched by
 * that thread only.
 *
 * <p>These callbacks are added to the figures before a request is handled, before the server
 * becomes idle, and every so often in between. So who has a reply finds all callbacks counted that
 * came before it. A thread that measures no more keeps the last figures until it ends.
 */
final class Tally {
  /** One in sixteen is timed: those whose number times this, the golden ratio, is below 2^28. */
  private static final int SPREAD = 0x9E3779B9;

  private static final int ONE_IN_SIXTEEN = 28;

  /**
   * How many times this has chosen. It begins anywhere, so that threads that make a single call
   * have one in sixteen of them timed, too.
   */
  private int chosen;

  private @Nullable Meters meters;
  private String label = "";
  private @Nullable Meter meter; // of that label
  private int uncounted; // callbacks of that meter

  Tally(long threadId) {
    this.chosen = (int) threadId;
  }

  /** The figures to which a process adds. */
  Meter meter(Meters all, Proc process) {
    String wanted = process.defaultLabel();
    Meter known = meter;
    if (known != null && meters == all && label.equals(wanted)) {
      return known;
    }
    flush();
    Meter found = all.of(wanted);
    meters = all;
    label = wanted;
    meter = found;
    return found;
  }

  /**
   * Whether something that begins now is timed. The choice depends on nothing but how often it was
   * made, and has no period that a user's program could share.
   */
  boolean times() {
    return (++chosen * SPREAD) >>> ONE_IN_SIXTEEN == 0;
  }

  /** A server handles a cast or a message; {@link #meter} has just found its figures. */
  void callback() {
    uncounted++;
  }

  /** Adds the callbacks that are not counted yet. */
  void flush() {
    Meter mine = meter;
    if (uncounted > 0 && mine != null) {
      mine.add(Meter.CALLBACKS, uncounted);
      uncounted = 0;
    }
  }
}
