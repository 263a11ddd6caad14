package dev.ostler.kv;

import java.util.function.Function;

/**
 * What the line protocol answers to a command, but for SUBSCRIBE, which has no answer.
 *
 * <p>Any thread may use it. What it throws is an internal error, or a limit that was reached.
 */
final class LineReplies {
  static final String OK = "OK\r\n";
  static final String NOT_FOUND = "NOT FOUND\r\n";
  static final String UNKNOWN = "UNKNOWN COMMAND\r\n";
  static final String ERROR = "ERROR\r\n";

  /** The answer cannot be given in this protocol. */
  static final class NotALine extends RuntimeException {
    NotALine() {
      super("a value with a line break cannot be told on a line");
    }
  }

  private final Kv kv;

  LineReplies(Kv kv) {
    this.kv = kv;
  }

  /** Does what the command says, and gives the answer, with its line ends. */
  String reply(Command command) {
    return switch (command) {
      case Command.Create(String bucket) -> {
        kv.create(bucket);
        yield OK;
      }
      case Command.Put(String name, String key, String value) ->
          in(
              name,
              bucket -> {
                bucket.putNow(key, value);
                return OK;
              });
      case Command.Get(String name, String key) ->
          in(name, bucket -> line(bucket.getNow(key).orElse("")) + OK);
      case Command.Delete(String name, String key) ->
          in(
              name,
              bucket -> {
                bucket.deleteNow(key);
                return OK;
              });
      case Command.Subscribe _, Command.Unknown _ -> UNKNOWN;
    };
  }

  /** A bucket may end between the lookup and its use: then it is not found, either. */
  private String in(String name, Function<Bucket, String> use) {
    try {
      return kv.lookup(name).map(use).orElse(NOT_FOUND);
    } catch (KvException.BucketGone e) {
      return NOT_FOUND;
    }
  }

  /** A value as a line. One that was put from within the JVM may have line breaks. */
  private static String line(String value) {
    if (value.indexOf('\n') >= 0 || value.indexOf('\r') >= 0) {
      throw new NotALine();
    }
    return value + "\r\n";
  }
}
