package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.bytes.Stored;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.RespWriter;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * IFEQ, IFNE, IFDEQ and IFDNE of SET and DELEX: what the value must be, or its digest. Immutable
 * while its command runs.
 *
 * @param word what is compared
 * @param negated whether it must be another one
 * @param isDigest whether the digest is compared
 */
record Condition(String word, boolean negated, boolean isDigest) {
  private static final int DIGITS = 16;

  /** The condition that this argument begins, with the next one; null if it begins none. */
  static @Nullable Condition of(Args args, int index) {
    if (index + 1 >= args.count()) {
      return null;
    }
    String word = args.get(index + 1);
    return switch (Bytes.lower(args.get(index))) {
      case "ifeq" -> new Condition(word, false, false);
      case "ifne" -> new Condition(word, true, false);
      case "ifdeq" -> new Condition(digest(word), false, true);
      case "ifdne" -> new Condition(digest(word), true, true);
      default -> null;
    };
  }

  /** Whether this argument begins one. */
  static boolean begins(Args args, int index) {
    return args.is(index, "ifeq")
        || args.is(index, "ifne")
        || args.is(index, "ifdeq")
        || args.is(index, "ifdne");
  }

  private static String digest(String word) {
    String lower = Bytes.lower(word);
    if (lower.length() != DIGITS || !lower.chars().allMatch(HexFormat::isHexDigit)) {
      throw new CommandError("ERR digest must be exactly 16 hexadecimal characters");
    }
    return lower;
  }

  /** Whether a value fulfils it; null is the value of a bucket that does not exist. */
  boolean isMet(@Nullable Object value, RespWriter out) {
    if (value == null) {
      return negated;
    }
    StringPartCommands.expectLong(Stored.length(value), out);
    boolean same = isDigest ? digest(value).equals(word) : Stored.text(value).equals(word);
    return same != negated;
  }

  /** The digest of a value, as DIGEST tells it. */
  static String digest(Object value) {
    return HexFormat.of().toHexDigits(Xxh3.of(value));
  }
}
