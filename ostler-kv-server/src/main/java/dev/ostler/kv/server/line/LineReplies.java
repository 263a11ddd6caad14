package dev.ostler.kv.server.line;

import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.journal.Gate;
import java.util.Optional;
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

  /** The answer is ERROR, and the last one. */
  static final class Refused extends RuntimeException {
    Refused(String why) {
      super(why);
    }
  }

  private final Store store;
  private final Gate seen;

  /**
   * Answers from this store.
   *
   * @param seen is told what the answers depend on
   */
  LineReplies(Store store, Gate seen) {
    this.store = store;
    this.seen = seen;
  }

  /** Does what the command says, and gives the answer, a byte string with its line ends. */
  String reply(Command command) {
    return switch (command) {
      case Command.Create(String bucket) -> {
        expectMemory();
        store.create(bucket, seen);
        yield OK;
      }
      case Command.Put(String name, String key, String value) ->
          in(
              name,
              bucket -> {
                expectMemory();
                store.put(bucket, key, value, seen);
                return OK;
              });
      case Command.Get(String name, String key) ->
          in(name, bucket -> line(store.get(bucket, key, seen).orElse("")) + OK);
      case Command.Delete(String name, String key) ->
          in(
              name,
              bucket -> {
                store.delete(bucket, key, seen);
                return OK;
              });
      case Command.Subscribe _, Command.Unknown _ -> UNKNOWN;
    };
  }

  private void expectMemory() {
    Environment environment = store.environment();
    if (environment.memory().sum() > Environment.mostHeap()) {
      throw new Refused("buckets take as much of the heap as they may");
    }
  }

  /**
   * A bucket may end between the lookup and its use: then it is not found, either, or found again
   * if it is kept. All that can be asked here can be done twice.
   */
  private String in(String name, Function<BucketRef, String> use) {
    try {
      return useOf(name, use);
    } catch (KvException.BucketGone e) {
      return store.keyspace().isKept() ? again(name, use) : NOT_FOUND;
    }
  }

  private String useOf(String name, Function<BucketRef, String> use) {
    Optional<BucketRef> bucket = store.lookup(name);
    if (bucket.isEmpty()) {
      seen.need(store.keyspace().position()); // of its end, perhaps
    }
    return bucket.map(use).orElse(NOT_FOUND);
  }

  private String again(String name, Function<BucketRef, String> use) {
    try {
      return useOf(name, use);
    } catch (KvException.BucketGone e) {
      return NOT_FOUND;
    }
  }

  /** A value as a line. One that was put from within the JVM may have line breaks. */
  private static String line(String value) {
    if (value.indexOf('\n') >= 0 || value.indexOf('\r') >= 0) {
      throw new Refused("a value with a line break cannot be told on a line");
    }
    return value + "\r\n";
  }
}
