package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import org.jspecify.annotations.Nullable;

/**
 * The words that say when something is to go, as in SET and HSETEX, and what a number after them
 * means. Immutable; any thread.
 */
enum Expiry {
  EX(1000, true),
  PX(1, true),
  EXAT(1000, false),
  PXAT(1, false);

  /** No field goes later: Redis has so many bits for the moment. */
  private static final long LATEST_OF_FIELD = ((1L << 48) - 1) >> 2;

  private final long unit; // in milliseconds
  private final boolean fromNow; // and not from 1970

  Expiry(long unit, boolean fromNow) {
    this.unit = unit;
    this.fromNow = fromNow;
  }

  /** The one this word is; null if it is none of them. */
  static @Nullable Expiry of(Args args, int index) {
    int length = args.length(index);
    if (length == 2) {
      return args.is(index, "ex") ? EX : args.is(index, "px") ? PX : null;
    }
    if (length == 4) {
      return args.is(index, "exat") ? EXAT : args.is(index, "pxat") ? PXAT : null;
    }
    return null;
  }

  boolean isFromNow() {
    return fromNow;
  }

  /**
   * The moment that this word of a command on a string says.
   *
   * @param command its name, for the refusal
   * @throws CommandError if it is none, or not after 1970
   */
  long ofKey(Args args, int index, long now, String command) {
    long number = args.integer(index);
    long at;
    try {
      long millis = Math.multiplyExact(number, unit);
      at = fromNow ? Math.addExact(millis, now) : millis;
    } catch (ArithmeticException e) {
      throw invalid(command);
    }
    if (number <= 0) {
      throw invalid(command);
    }
    return at;
  }

  /**
   * The moment that this word of a command on fields says. It may have passed.
   *
   * @param command its name, for the refusal
   * @throws CommandError if it is none, or before 1970, or later than a field can be told
   */
  long ofField(Args args, int index, long now, String command) {
    long number = args.integer(index);
    if (number < 0) {
      throw new CommandError("ERR invalid expire time, must be >= 0");
    }
    long from = fromNow ? now : 0;
    if (number > LATEST_OF_FIELD / unit || number * unit > LATEST_OF_FIELD - from) {
      throw invalid(command);
    }
    return number * unit + from;
  }

  private static CommandError invalid(String command) {
    return new CommandError("ERR invalid expire time in '" + command + "' command");
  }
}
