package dev.ostler.kv.server.line;

import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.journal.Gate;
import java.util.Optional;
import java.util.function.Function;

/**
 * The replies of the line protocol to all commands except SUBSCRIBE, which has none.
 *
 * <p>Any thread may use it. It throws exceptions for internal errors, and when a limit is reached.
 */
final class LineReplies {
  static final String OK = "OK\r\n";
  static final String NOT_FOUND = "NOT FOUND\r\n";
  static final String UNKNOWN = "UNKNOWN COMMAND\r\n";
  static final String ERROR = "ERROR\r\n";

  /** The reply is ERROR, and the connection ends. */
  static final class Refused extends RuntimeException {
    Refused(String why) {
      super(why);
    }
  }

  private final Store store;
  private final Gate seen;

  /**
   * Replies from this store.
   *
   * @param seen records what the replies depend on
   */
  LineReplies(Store store, Gate seen) {
    this.store = store;
    this.seen = seen;
  }

  /** Runs a command, and returns its reply, a byte string with line ends. */
  String reply(LineCommand command) {
    return switch (command) {
      case LineCommand.Create(String bucket) -> {
        expectMemory();
        store.create(bucket, seen);
        yield OK;
      }
      case LineCommand.Put(String name, String key, String value) ->
          in(
              name,
              bucket -> {
                expectMemory();
                store.put(bucket, key, value, seen);
                return OK;
              });
      case LineCommand.Get(String name, String key) ->
          in(name, bucket -> line(store.get(bucket, key, seen).orElse("")) + OK);
      case LineCommand.Delete(String name, String key) ->
          in(
              name,
              bucket -> {
                store.delete(bucket, key, seen);
                return OK;
              });
      case LineCommand.Subscribe _, LineCommand.Unknown _ -> UNKNOWN;
    };
  }

  private void expectMemory() {
    Environment environment = store.environment();
    if (environment.memory().sum() > Environment.mostHeap()) {
      throw new Refused("buckets use as much of the heap as they may");
    }
  }

  /** Runs an operation on a bucket. Each operation here is safe to repeat. */
  private String in(String name, Function<BucketRef, String> use) {
    Optional<String> reply = Optional.empty();
    try {
      reply = store.use(name, use);
    } catch (KvException.BucketGone e) {
      // Each of its processes has ended.
    }
    if (reply.isEmpty()) {
      seen.need(store.keyspace().position()); // the reply may depend on the bucket's end
    }
    return reply.orElse(NOT_FOUND);
  }

  /** A value as a line. A value that Java code has set may contain line breaks. */
  private static String line(String value) {
    if (value.indexOf('\n') >= 0 || value.indexOf('\r') >= 0) {
      throw new Refused("a value with a line break does not fit on one line");
    }
    return value + "\r\n";
  }
}
