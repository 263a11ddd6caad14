package dev.ostler.kv.server.access;

import java.util.List;

/** The classes of commands that access rules know, in the order of Redis. Any thread. */
public final class Categories {
  /** Those of Redis; of some there is no command. */
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
