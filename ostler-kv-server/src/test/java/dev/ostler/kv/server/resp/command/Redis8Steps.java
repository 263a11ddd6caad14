package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Random commands that both KV and Redis have. Most are correct; some have an argument too many,
 * too few, or a wrong one. Used by one thread.
 */
final class Redis8Steps {
  /** A cursor that no scan has given. */
  private static final String MIDDLE = "9223372036854775807";

  /** RESTORE with Redis's dump of another key. */
  static final String RESTORE_OF = "RESTORE-OF";

  /**
   * Commands whose arguments are not varied: they would name another database, or have no reply.
   */
  private static final Set<String> AS_THEY_ARE = Set.of(RESTORE_OF, "SELECT", "SWAPDB", "MOVE");

  private static final Set<String> MOMENTS = Set.of("exat", "pxat");

  /** A command of one of the clients, 0 or 1. */
  record Step(int client, List<String> words) {
    String name() {
      return Bytes.lower(words.getFirst());
    }

    /** Whether it may store a bucket whose time is over, which Redis does not delete at once. */
    boolean mayBeOver() {
      return name().equals("set") && words.stream().map(Bytes::lower).anyMatch(MOMENTS::contains);
    }

    @Override
    public String toString() {
      var text = new StringBuilder("(" + client + ")");
      words.forEach(word -> text.append(' ').append(Reply.quoted(word)));
      return text.toString();
    }
  }

  /**
   * Each word is a placeholder: k a key, f a field, v a value, n a number, t a time far off in s or
   * ms, T such a moment, s a small number, b a bit, i a type of BITFIELD, w one of its words or of
   * BITCOUNT's, o an option, a a rule of ACL.
   */
  private static final List<String> TEMPLATES =
      List.of(
          "SET k v",
          "SET k v EX t",
          "SET k v PXAT T GET",
          "SET k v KEEPTTL",
          "SET k v NX",
          "SET k v XX GET",
          "GET k",
          "GETDEL k",
          "GETEX k",
          "GETEX k EX t",
          "GETEX k PERSIST",
          "GETSET k v",
          "SETNX k v",
          "SETEX k t v",
          "PSETEX k t v",
          "APPEND k v",
          "STRLEN k",
          "SETRANGE k s v",
          "GETRANGE k n n",
          "SUBSTR k n n",
          "SETBIT k s b",
          "GETBIT k s",
          "BITCOUNT k",
          "BITCOUNT k n n",
          "BITCOUNT k n n w",
          "BITPOS k b",
          "BITPOS k b n",
          "BITPOS k b n n w",
          "BITOP AND k k k",
          "BITOP OR k k k",
          "BITOP XOR k k",
          "BITOP NOT k k",
          "BITFIELD k GET i s",
          "BITFIELD k SET i s n",
          "BITFIELD k INCRBY i s n GET i s",
          "BITFIELD k OVERFLOW w INCRBY i s n SET i s n",
          "BITFIELD_RO k GET i s",
          "MGET k k k",
          "MSET k v k v",
          "MSETNX k v k v",
          "LCS k k",
          "LCS k k LEN",
          "INCR k",
          "DECR k",
          "INCRBY k n",
          "DECRBY k n",
          "INCRBYFLOAT k n",
          "HSET k f v",
          "HSET k f v f v",
          "HMSET k f v f v",
          "HSETNX k f v",
          "HGET k f",
          "HMGET k f f",
          "HDEL k f",
          "HDEL k f f",
          "HEXISTS k f",
          "HLEN k",
          "HSTRLEN k f",
          "HKEYS k",
          "HVALS k",
          "HGETALL k",
          "HINCRBY k f n",
          "HINCRBYFLOAT k f n",
          "HRANDFIELD k",
          "HRANDFIELD k 2",
          "HRANDFIELD k -3 WITHVALUES",
          "HSCAN k 0",
          "HSCAN k 0 MATCH * COUNT 100 NOVALUES",
          "HGETDEL k FIELDS 2 f f",
          "HGETDEL k FIELDS 1 f",
          "HGETEX k FIELDS 1 f",
          "HGETEX k EX t FIELDS 2 f f",
          "HGETEX k PERSIST FIELDS 1 f",
          "HGETEX k EXAT 1 FIELDS 1 f",
          "HSETEX k FIELDS 1 f v",
          "HSETEX k EX t FIELDS 2 f v f v",
          "HSETEX k FNX FIELDS 1 f v",
          "HSETEX k FXX PXAT 1 FIELDS 1 f v",
          "HSETEX k KEEPTTL FIELDS 1 f v",
          "HEXPIRE k t FIELDS 1 f",
          "HEXPIRE k t o FIELDS 2 f f",
          "HPEXPIRE k t FIELDS 1 f",
          "HEXPIREAT k 1 FIELDS 1 f",
          "HPEXPIREAT k T o FIELDS 1 f",
          "HTTL k FIELDS 2 f f",
          "HPTTL k FIELDS 1 f",
          "HEXPIRETIME k FIELDS 1 f",
          "HPEXPIRETIME k FIELDS 1 f",
          "HPERSIST k FIELDS 2 f f",
          "DEL k",
          "DEL k k",
          "UNLINK k k",
          "EXISTS k k",
          "TOUCH k k",
          "TYPE k",
          "RENAME k k",
          "RENAMENX k k",
          "COPY k k",
          "COPY k k REPLACE",
          "EXPIRE k t",
          "EXPIRE k t o",
          "PEXPIRE k t o",
          "EXPIREAT k 1",
          "PEXPIREAT k T o",
          "TTL k",
          "PTTL k",
          "EXPIRETIME k",
          "PEXPIRETIME k",
          "PERSIST k",
          "KEYS *",
          "KEYS k*",
          "SCAN 0 COUNT 1000",
          "SCAN 0 COUNT 1000 TYPE hash",
          "DBSIZE",
          "RANDOMKEY",
          "FLUSHALL",
          "FLUSHDB ASYNC",
          "OBJECT REFCOUNT k",
          "MEMORY USAGE k SAMPLES 1",
          "PING",
          "PING v",
          "ECHO v",
          "SELECT 0",
          "PUBLISH c v",
          "PUBSUB CHANNELS nosuch*",
          "PUBSUB NUMSUB c d",
          "SPUBLISH c v",
          "PUBSUB SHARDNUMSUB c",
          "ROLE",
          "RESTORE-OF k k",
          "COMMAND GETKEYS SET k v",
          "COMMAND GETKEYSANDFLAGS HGETDEL k FIELDS 1 f",
          "COMMAND INFO hget hset",
          "COMMAND LIST FILTERBY PATTERN hget*",
          "ACL WHOAMI",
          "ACL DRYRUN u1 GET k",
          "ACL SETUSER u1 a",
          "ACL SETUSER u1 a a",
          "ACL GETUSER u1",
          "CLIENT GETNAME",
          "CLIENT SETNAME k",
          "CLIENT NO-TOUCH on",
          "CLIENT UNBLOCK 0 n",
          "CLIENT SETINFO lib-name v",
          "CLIENT TRACKINGINFO",
          "CLIENT CACHING",
          "CLIENT CACHING yes",
          "CLIENT TRACKING off",
          "CLIENT TRACKING v",
          "CLIENT GETREDIR",
          "CONFIG GET maxmemory",
          "CONFIG SET maxmemory 0",
          "CONFIG SET slowlog-max-len n",
          "CONFIG SET hash-max-listpack-entries n",
          "SLOWLOG GET n n",
          "LATENCY GRAPH v",
          "FUNCTION LIST",
          "FUNCTION FLUSH o",
          "SCRIPT EXISTS v v",
          "CLUSTER INFO",
          "READONLY",
          "SWAPDB 0 0",
          "MOVE k 0",
          "NOSUCH k v");

  private static final List<String> TRANSACTIONS =
      List.of("MULTI", "MULTI", "EXEC", "EXEC", "EXEC", "DISCARD", "WATCH k", "UNWATCH");

  private static final List<String> RULES =
      List.of(
          "on",
          "off",
          "+get",
          "-get",
          "+@read",
          "-@all",
          "+@all",
          "allkeys",
          "~k1",
          "%R~k2",
          "%W~k3",
          "%R",
          "resetkeys",
          "&c",
          "&*",
          "resetchannels",
          "nopass",
          "resetpass",
          "reset",
          "+hget|x",
          "+config|get",
          "-config",
          "()",
          "skip-sanitize-payload",
          "sanitize-payload",
          "clearselectors",
          "",
          "x",
          "~a b");

  /** Arguments for wrong places. No time among them is over before both servers have replied. */
  private static final List<String> WORDS =
      List.of(
          "",
          "x",
          "0",
          "-1",
          "1.5",
          MIDDLE,
          "99999999999999999999",
          "NX",
          "XX",
          "GT",
          "LT",
          "EX",
          "PX",
          "EXAT",
          "PXAT",
          "KEEPTTL",
          "PERSIST",
          "FIELDS",
          "GET",
          "COUNT",
          "MATCH",
          "TYPE",
          "REPLACE",
          "WITHVALUES",
          "NOVALUES",
          "k1",
          "a b",
          "\n");

  private final Random random;
  private int times; // that were named

  Redis8Steps(Random random) {
    this.random = random;
  }

  List<Step> next(int count) {
    var steps = new ArrayList<Step>();
    for (int i = 0; i < count; i++) {
      steps.add(
          new Step(
              random.nextInt(4) == 0 ? 1 : 0,
              words(some(random.nextInt(6) == 0 ? TRANSACTIONS : TEMPLATES))));
    }
    return steps;
  }

  private <T> T some(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private List<String> words(String template) {
    var words = new ArrayList<String>();
    for (String word : List.of(template.split(" "))) {
      words.add(words.isEmpty() ? word : filled(word));
    }
    if (random.nextInt(8) == 0 && !AS_THEY_ARE.contains(words.getFirst())) {
      spoil(words);
    }
    if (template.startsWith("SCAN 0") && words.size() > 1 && words.get(1).equals(MIDDLE)) {
      words.set(1, "0"); // what comes after it depends on the order of names
    }
    return words;
  }

  private String filled(String word) {
    return switch (word) {
      case "k" -> "k" + (1 + random.nextInt(3));
      case "f" -> some(List.of("f", "g", "h", ""));
      case "v" -> some(List.of("v", "", "1", "10", "-3", "1.5", "a b", "\u00ff\n"));
      case "n" -> some(List.of("0", "1", "-1", "7", "-100", "1.5", "9223372036854775807"));
      case "s" -> some(List.of("0", "1", "7", "20", "#1"));
      case "b" -> some(List.of("0", "1"));
      case "i" -> some(List.of("u8", "i8", "u1", "i3", "u63", "i64", "u64", "#1"));
      case "w" -> some(List.of("BIT", "BYTE", "WRAP", "SAT", "FAIL"));
      case "t" -> some(List.of(later(), later(), "-1", "0"));
      case "T" -> some(List.of("99999999999999", "88888888888888", "1"));
      case "o" -> some(List.of("NX", "XX", "GT", "LT", "FOO"));
      case "a" -> some(RULES);
      default -> word;
    };
  }

  /**
   * How long until a time that no other command names. If two commands named the same, GT and LT
   * would depend on whether a millisecond has passed in between.
   */
  private String later() {
    times++;
    return Long.toString(1_000_000 + 10_000L * times);
  }

  private void spoil(List<String> words) {
    int at = 1 + random.nextInt(words.size());
    switch (random.nextInt(3)) {
      case 0 -> words.add(at, some(WORDS));
      case 1 -> {
        if (at < words.size()) {
          words.remove(at);
        }
      }
      default -> {
        if (at < words.size()) {
          words.set(at, some(WORDS));
        }
      }
    }
  }
}
