package dev.ostler.kv.server.resp;

import dev.ostler.kv.bucket.BucketTable;
import dev.ostler.kv.bytes.Bytes;

/**
 * Touches the buckets of commands that have arrived and are not run yet, so that they are in the
 * processor's cache when their turn comes.
 *
 * <p>Over very many names, most of the time of a short command is waiting for memory: from the slot
 * of the name to the bucket's process, each step needs the result of the one before. Here the steps
 * of different commands do not depend on each other, and the processor waits for many of them at
 * once. Redis 8 and Valkey 8 do the same for their keys.
 *
 * <p>It changes nothing, and decides nothing: what it takes for a name may be something else, and
 * the bucket may change before the command runs. Used by one thread at a time.
 */
final class LookAhead {
  /** So many buckets are touched together. */
  static final int MOST = 64;

  /** Fewer commands are not worth it. */
  private static final int LEAST_BYTES = 200;

  /** It does not look further than this. */
  private static final int MOST_BYTES = RespBuffers.READ;

  /** The buckets of a smaller store are in the cache anyway. */
  static final int LEAST_PROCESSES = 4096;

  /** Where it is of no use, the next look comes after so many commands. */
  static final int FAR = 1024;

  private static final byte[] NOTHING = new byte[0];

  private byte[] bytes = NOTHING;
  private int at;
  private int end;

  // Of the names that were found.
  private final int[] hashes = new int[MOST];
  private final int[] lengths = new int[MOST];
  private int names;

  /**
   * Touches the buckets of the next commands.
   *
   * @return after how many commands to look again
   */
  int touch(RespParser parser, BucketTable table) {
    if (parser.waiting() < LEAST_BYTES || table.processes() < LEAST_PROCESSES) {
      return FAR;
    }
    bytes = parser.buffer();
    at = parser.end() - parser.waiting();
    end = Math.min(parser.end(), at + MOST_BYTES);
    names = 0;
    int commands = 0;
    while (names < MOST && skipCommand()) {
      commands++;
    }
    bytes = NOTHING; // the buffer was lent
    return table.touch(hashes, lengths, names) > names / 8 ? Math.max(1, commands) : FAR;
  }

  /**
   * Moves past a command, and takes its second argument for a name. Returns false if there is no
   * whole command, or one that is no array of bulk strings.
   */
  private boolean skipCommand() {
    int count = number('*');
    for (int i = 0; i < count; i++) {
      int length = number('$');
      if (length < 0 || length > end - at - 2) {
        return false;
      }
      if (i == 1) {
        hashes[names] = Bytes.hash(bytes, at, length);
        lengths[names] = length;
        names++;
      }
      at += length + 2;
    }
    return count > 0;
  }

  /** Moves past a line of this mark and a number of up to six digits; -1 if it is not one. */
  private int number(char mark) {
    if (end - at < 4 || bytes[at] != mark) {
      return -1;
    }
    int number = 0;
    int most = Math.min(end - 1, at + 8);
    for (int i = at + 1; i < most; i++) {
      if (bytes[i] == '\r') {
        at = i + 2;
        return number;
      }
      int digit = bytes[i] - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      number = number * 10 + digit;
    }
    return -1;
  }
}
