package dev.ostler.kv.server.resp.command;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;

/**
 * Where KV may reply differently from Redis 8.0: the table of docs/kv.md, row by row. Any thread
 * may use it.
 */
final class Redis8Differences {
  /** Any value of the same type; arrays have the same length. */
  private static final BiPredicate<Reply, Reply> SHAPE =
      (kv, redis) -> shape(kv).equals(shape(redis));

  /** Nothing, of a bucket whose time is over. */
  private static final BiPredicate<Reply, Reply> GONE =
      (kv, _) -> kv.isNothing() || kv.type() == '_';

  /** The same elements in any order. */
  private static final BiPredicate<Reply, Reply> ORDER =
      (kv, redis) -> sorted(kv).equals(sorted(redis));

  /** The same times, except for the time between the two requests. */
  private static final BiPredicate<Reply, Reply> MOMENT = Redis8Differences::close;

  /** ORDER of the pairs of a map. */
  private static final BiPredicate<Reply, Reply> PAIRS =
      (kv, redis) -> sorted(kv.pairs()).equals(sorted(redis.pairs()));

  /** ORDER, for replies with all elements at once; otherwise each step has other elements. */
  private static final BiPredicate<Reply, Reply> CURSOR =
      (kv, redis) -> !kv.isWholeScan() || !redis.isWholeScan() || ORDER.test(kv, redis);

  /**
   * A row of the table.
   *
   * @param commands the commands whose replies are compared in this way; empty if random sequences
   *     do not contain them
   * @param same how they are compared
   */
  record Difference(
      String what, String why, Set<String> commands, BiPredicate<Reply, Reply> same) {}

  static final List<Difference> TABLE =
      List.of(
          notAsked("a password in a wrong rule of `ACL SETUSER`", "errors stand in logs"),
          notAsked("`CONFIG GET requirepass`", "only its hash is kept"),
          notAsked("selectors of users", "there are none"),
          notAsked("databases", "a store is one"),
          new Difference(
              "`OBJECT ENCODING`, `OBJECT REFCOUNT`, `MEMORY USAGE`, `MEMORY STATS`, `HELP` texts",
              "they tell of what is here",
              Set.of("memory", "object"),
              GONE.or(SHAPE)),
          notAsked("`OBJECT IDLETIME`, `OBJECT FREQ`", "the use of buckets is not noted"),
          notAsked("modules in `HELLO` and `MODULE LIST`", "Debian's Redis has vector sets"),
          new Difference(
              "order of names in `KEYS` and `SCAN`, of fields that go by themselves, of `COMMAND LIST` and"
                  + " of `CONFIG GET` with several",
              "tables are others",
              Set.of("scan"),
              CURSOR),
          notAsked("`WAIT n`", "no replica can come"),
          notAsked("`CLIENT PAUSE`, `BGSAVE` and the like", "see above"),
          notAsked(
              "`MONITOR`: arguments beyond 64 KiB of a command",
              "a large command would be sent to each monitor as a whole"),
          notAsked(
              "`CLIENT LIST`: flag `d`, sizes of buffers",
              "what is watched is looked at by `EXEC` only"),
          notAsked("`CLIENT LIST`: `fd`", "the JVM does not tell it"),
          notAsked(
              "`client-output-buffer-limit`",
              "there are no replicas, and soft limits are not kept"),
          notAsked(
              "`INFO`: fields about the allocator, fragmentation, the build, forks, the event loop, I/O"
                  + " threads, lazy deletion, scripts, blocked and watched keys, and replicas",
              "there is no such thing, or it is not counted"),
          notAsked(
              "`INFO`: `rdb_changes_since_last_save`, `rdb_saves`, `rdb_last_load_*`,"
                  + " `aof_current_size`, `aof_base_size`, `aof_pending_*`, `aof_delayed_fsync`,"
                  + " `total_system_memory`, shares and overheads of `used_memory`,"
                  + " `total_eviction_exceeded_time`, `client_recent_max_*`, `pubsub_clients`,"
                  + " `unexpected_error_replies`",
              "it is not counted, or there are no such files"),
          notAsked("`proto-max-bulk-len` above 512 MiB", "no word is longer"),
          notAsked(
              "`CONFIG SET port`, `bind`, `maxmemory-policy`, `appendonly`",
              "they are chosen at the start, or there is one"),
          notAsked(
              "`CLIENT REPLY` within a transaction", "clients hang at an array that is too short"),
          notAsked(
              "a script that fails after it has changed something",
              "its changes count when it returns"),
          notAsked("`SCRIPT KILL` of a script that has written", "the same"),
          notAsked("a script that runs for long", "it holds only its buckets"),
          notAsked("names of functions in `bad argument #1 to 'rep'`", "the call is not looked at"),
          notAsked("`redis.breakpoint()`, `redis.debug()`, `SCRIPT DEBUG`", "there is no debugger"),
          notAsked("functions after a restart, and on other nodes", "they are not stored"),
          notAsked("`LATENCY HISTOGRAM`", "to look at a clock takes as long as they do"),
          notAsked("a field or bucket whose time is over", "no reader sees it"),
          notAsked("`keymiss` with `--sync always`", "those wait until they are kept"));

  /** Replies in which two Redis servers would differ, too. */
  private static final Map<String, BiPredicate<Reply, Reply>> VARYING = new HashMap<>();

  static {
    Set.of("randomkey", "hrandfield", "role").forEach(name -> VARYING.put(name, SHAPE));
    Set.of("keys", "hkeys", "hvals", "command", "acl").forEach(name -> VARYING.put(name, ORDER));
    Set.of(
            "ttl",
            "pttl",
            "httl",
            "hpttl",
            "expiretime",
            "pexpiretime",
            "hexpiretime",
            "hpexpiretime")
        .forEach(name -> VARYING.put(name, MOMENT));
    VARYING.put("hgetall", PAIRS);
    VARYING.put("hscan", CURSOR);
    TABLE.forEach(row -> row.commands().forEach(name -> VARYING.put(name, row.same())));
  }

  private Redis8Differences() {}

  private static Difference notAsked(String what, String why) {
    return new Difference(what, why, Set.of(), Reply::equals);
  }

  /** Whether these replies to this command are the same, except for permitted differences. */
  static boolean same(String command, Reply kv, Reply redis) {
    return kv.equals(redis)
        || !kv.isError()
            && !redis.isError()
            && VARYING.getOrDefault(command, Reply::equals).test(kv, redis);
  }

  /**
   * Whether these replies to DBSIZE are the same, if Redis may count up to this number of buckets
   * whose time is over.
   */
  static boolean sameCount(Reply kv, Reply redis, long over) {
    if (kv.type() != ':' || redis.type() != ':') {
      return kv.equals(redis);
    }
    long count = Long.parseLong(kv.text());
    long most = Long.parseLong(redis.text());
    return count >= 0 && count <= most && count >= most - over;
  }

  private static Reply shape(Reply reply) {
    if (reply.parts().isEmpty() && !reply.isNothing()) {
      return Reply.of(reply.type(), "some");
    }
    return reply.with(reply.parts().stream().map(Redis8Differences::shape).toList());
  }

  private static Reply sorted(Reply reply) {
    return reply.with(
        reply.parts().stream()
            .map(Redis8Differences::sorted)
            .sorted(Comparator.comparing(Reply::toString))
            .toList());
  }

  private static boolean close(Reply kv, Reply redis) {
    if (kv.type() == ':' && redis.type() == ':') {
      long a = Long.parseLong(kv.text());
      long b = Long.parseLong(redis.text());
      return a == b || a > 0 && b > 0 && Math.abs(a - b) < 20_000;
    }
    if (kv.parts().size() != redis.parts().size()
        || !kv.with(List.of()).equals(redis.with(List.of()))) {
      return false;
    }
    for (int i = 0; i < kv.parts().size(); i++) {
      if (!close(kv.parts().get(i), redis.parts().get(i))) {
        return false;
      }
    }
    return true;
  }
}
