package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import org.jspecify.annotations.Nullable;

/**
 * The options EX, PX, EXAT and PXAT of SET, HSETEX and others: the unit of the number after them,
 * and what it counts from. Immutable; any thread may use it.
 */
enum Expiry {
  EX(1000, true),
  PX(1, true),
  EXAT(1000, false),
  PXAT(1, false);

  /** The latest deadline of a field: Redis has this many bits for it. */
  private static final long LATEST_OF_FIELD = ((1L << 48) - 1) >> 2;

  private final long unit; // in milliseconds
  private final boolean fromNow; // otherwise from 1970

  Expiry(long unit, boolean fromNow) {
    this.unit = unit;
    this.fromNow = fromNow;
  }

  /** The option that this argument is; null if it is none of them. */
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
   * The deadline of a bucket, from the number in this argument.
   *
   * @param command the command's name, for the error
   * @throws CommandError if it is not a number, not positive, or too large
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
   * The deadline of a field, from the number in this argument. It may be in the past.
   *
   * @param command the command's name, for the error
   * @throws CommandError if it is not a number, negative, or later than a field's deadline can be
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
