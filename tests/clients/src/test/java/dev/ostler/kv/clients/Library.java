package dev.ostler.kv.clients;

import java.util.List;

/** What the tests have a client library do. Used by one thread. */
interface Library extends AutoCloseable {
  void write(String bucket, String key, String value) throws Exception;

  String read(String bucket, String key) throws Exception;

  void set(String bucket, String value) throws Exception;

  String get(String bucket) throws Exception;

  /** The names of buckets, by SCAN from its beginning to its end. */
  List<String> scan(String pattern) throws Exception;

  /** Has a bucket expire, and asks for the milliseconds that it has left. */
  long expire(String bucket, long millis) throws Exception;

  boolean exists(String bucket) throws Exception;

  /** Sets key a to 1, adds 41, and reads it, in one transaction; the replies. */
  List<String> transaction(String bucket) throws Exception;

  /** Adds 1 to key n so many times, without waiting for replies; then the replies. */
  List<Long> pipeline(String bucket, int count) throws Exception;

  /** Subscribes on a connection of its own, publishes, and gives what is heard. */
  String publish(String channel, String text) throws Exception;

  @Override
  void close() throws Exception;
}
