package dev.ostler.kv.server.resp;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Feeds bytes to a parser in pieces, as a connection does. Used by one thread.
 *
 * <p>Checks after each piece that the parser takes no more than a small multiple of the memory it
 * needs.
 */
final class Feed {
  private final RespParser parser = new RespParser();
  private final byte[] lent = new byte[RespBuffers.READ];
  private final List<List<String>> commands = new ArrayList<>();
  private @Nullable String error;
  private final @Nullable Random waits;
  private long received;

  private Feed(@Nullable Random waits) {
    this.waits = waits;
  }

  /** The result: the commands with arguments, and the error that ended it, if any. */
  record Result(List<List<String>> commands, @Nullable String error) {}

  /** In one piece. */
  static Result whole(byte[] bytes) {
    return cut(bytes, new int[0]);
  }

  /** In two pieces. */
  static Result cutAt(byte[] bytes, int place) {
    return cut(bytes, new int[] {place});
  }

  /** In pieces that end at these places. */
  static Result cut(byte[] bytes, int... places) {
    return new Feed(null).take(bytes, places);
  }

  /** In random pieces. Some commands are found, left for a while, and found again. */
  static Result cutAtRandom(byte[] bytes, Random random) {
    int pieces = random.nextInt(1, 50);
    int[] places = random.ints(pieces, 0, bytes.length + 1).sorted().toArray();
    return new Feed(random).take(bytes, places);
  }

  private Result take(byte[] bytes, int... places) {
    int from = 0;
    for (int place : places) {
      take(bytes, from, place);
      from = place;
    }
    take(bytes, from, bytes.length);
    return new Result(commands, error);
  }

  private void take(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && error == null) {
      parser.lend(lent);
      parser.makeRoom();
      byte[] buffer = parser.buffer();
      int count = Math.min(to - at, buffer.length - parser.end());
      System.arraycopy(bytes, at, buffer, parser.end(), count);
      parser.filled(count);
      received += count;
      at += count;
      check(count > 0, "no room, with %d bytes waiting", parser.waiting());
      check(
          buffer.length <= Math.max(lent.length, 2 * received + 1024),
          "a buffer of %d bytes",
          buffer.length);
      parse();
      parser.giveBack(lent);
      Arrays.fill(lent, (byte) '!'); // others use it meanwhile
      check(parser.retained() <= 4L * parser.waiting() + 1024, "%d bytes kept", parser.retained());
    }
  }

  private void parse() {
    try {
      while (parser.next()) {
        if (waits != null && waits.nextInt(4) == 0) {
          parser.giveBack(lent);
          Arrays.fill(lent, (byte) '!');
          parser.lend(lent);
          check(parser.next(), "a command that is not found again");
        }
        List<String> words = parser.args().from(0);
        if (!words.isEmpty()) {
          commands.add(words);
        }
        parser.done();
      }
    } catch (RespParser.Malformed e) {
      error = e.getMessage();
    }
  }

  private static void check(boolean holds, String otherwise, Object... numbers) {
    if (!holds) {
      throw new AssertionError(otherwise.formatted(numbers));
    }
  }
}
