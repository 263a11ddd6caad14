package dev.ostler.kv.server.access;

import java.util.List;

/**
 * The categories of commands in access rules, in the order of Redis. Immutable; any thread may use
 * it.
 */
public final class Categories {
  /** All categories of Redis. Some of them have no command here. */
  public static final List<String> ALL =
      List.of(
          "keyspace",
          "read",
          "write",
          "set",
          "sortedset",
          "list",
          "hash",
          "string",
          "bitmap",
          "hyperloglog",
          "geo",
          "stream",
          "pubsub",
          "admin",
          "fast",
          "slow",
          "blocking",
          "dangerous",
          "connection",
          "transaction",
          "scripting");

  private Categories() {}
}
