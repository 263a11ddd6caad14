package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.Scripts;
import java.util.List;
import java.util.Locale;

/**
 * The commands of Redis that KV does not support. They are known, so that access rules can name
 * them, and so that the refusal says why: clients take "unknown command" for an older server, and
 * some of them retry for ever.
 *
 * <p>Their bodies are pure functions; any thread may use them.
 */
final class AbsentCommands {
  private static final String ONLY_MAPS = "a bucket is a hash or a string";
  private static final String NO_SCRIPTS = "KV does not run scripts";
  private static final String ALONE = "a KV server has no replicas";

  private AbsentCommands() {}

  static void addTo(CommandTable table) {
    addData(table);
    String scripts = "scripting slow";
    if (!Scripts.areSupported()) {
      add(table, NO_SCRIPTS, scripts, "eval/-3 evalsha/-3 eval_ro/-3 evalsha_ro/-3");
      add(table, NO_SCRIPTS, scripts, "fcall/-3 fcall_ro/-3");
    }
    add(table, ALONE, "admin dangerous slow", "sync/1 psync/-3 replconf/-1");
    add(table, "KV has no debugging commands", "admin dangerous slow", "debug/-2");
    add(
        table,
        "use DUMP, and RESTORE on the other server",
        "keyspace write slow dangerous",
        "migrate/-6 restore-asking/-4");
    add(table, "there is nothing to draw", "read fast", "lolwut/-1");
    String durable = "a durable store writes every change without being told";
    add(table, durable, "admin dangerous slow", "bgsave/-1 bgrewriteaof/1");
  }

  /** Commands on data types that do not exist here. */
  private static void addData(CommandTable table) {
    addData(table, "list fast read", "llen/2");
    addData(table, "list fast write", "lpop/-2 lpush/-3 lpushx/-3 rpop/-2 rpush/-3 rpushx/-3");
    addData(table, "list read slow", "lindex/3 lpos/-3 lrange/4");
    addData(table, "list slow write", "linsert/5 lmove/5 lmpop/-4 lrem/4 lset/4 ltrim/4");
    addData(table, "list slow write", "rpoplpush/3");
    addData(table, "blocking list slow write", "blmove/6 blmpop/-5 blpop/-3 brpop/-3 brpoplpush/4");
    addData(table, "dangerous list read set slow sortedset", "sort_ro/-2");
    addData(table, "dangerous list set slow sortedset write", "sort/-2");
    addData(table, "set fast read", "scard/2 sismember/3 smismember/-3");
    addData(table, "set fast write", "sadd/-3 smove/4 spop/-2 srem/-3");
    addData(table, "set read slow", "sdiff/-2 sinter/-2 sintercard/-3 smembers/2 srandmember/-2");
    addData(table, "set read slow", "sscan/-3 sunion/-2");
    addData(table, "set slow write", "sdiffstore/-3 sinterstore/-3 sunionstore/-3");
    addData(table, "blocking fast sortedset write", "bzpopmax/-3 bzpopmin/-3");
    addData(table, "blocking slow sortedset write", "bzmpop/-5");
    addData(table, "fast read sortedset", "zcard/2 zcount/4 zlexcount/4 zmscore/-3 zrank/-3");
    addData(table, "fast read sortedset", "zrevrank/-3 zscore/3");
    addData(table, "fast sortedset write", "zadd/-4 zincrby/4 zpopmax/-2 zpopmin/-2 zrem/-3");
    addData(table, "read slow sortedset", "zdiff/-3 zinter/-3 zintercard/-3 zrandmember/-2");
    addData(table, "read slow sortedset", "zrange/-4 zrangebylex/-4 zrangebyscore/-4 zrevrange/-4");
    addData(table, "read slow sortedset", "zrevrangebylex/-4 zrevrangebyscore/-4 zscan/-3");
    addData(table, "read slow sortedset", "zunion/-3");
    addData(table, "slow sortedset write", "zdiffstore/-4 zinterstore/-4 zmpop/-4 zrangestore/-5");
    addData(table, "slow sortedset write", "zremrangebylex/4 zremrangebyrank/4 zunionstore/-4");
    addData(table, "slow sortedset write", "zremrangebyscore/4");
    addData(table, "blocking read slow stream", "xread/-4");
    addData(table, "blocking slow stream write", "xreadgroup/-7");
    addData(table, "fast read stream", "xlen/2");
    addData(table, "fast stream write", "xack/-4 xadd/-5 xautoclaim/-6 xclaim/-6 xdel/-3");
    addData(table, "fast stream write", "xsetid/-3");
    addData(table, "read slow stream", "xpending/-3 xrange/-4 xrevrange/-4");
    addData(table, "slow stream", "xgroup/-2 xinfo/-2");
    addData(table, "slow stream write", "xtrim/-4");
    addData(table, "geo read slow", "geodist/-4 geohash/-2 geopos/-2 georadius_ro/-6");
    addData(table, "geo read slow", "georadiusbymember_ro/-5 geosearch/-7");
    addData(table, "geo slow write", "geoadd/-5 georadius/-6 georadiusbymember/-5");
    addData(table, "geo slow write", "geosearchstore/-8");
    addData(table, "hyperloglog fast write", "pfadd/-2");
    addData(table, "hyperloglog read slow", "pfcount/-2");
    addData(table, "hyperloglog slow write", "pfmerge/-2");
    addData(table, "hyperloglog admin dangerous slow", "pfdebug/3 pfselftest/1");
  }

  private static void addData(CommandTable table, String categories, String names) {
    add(table, ONLY_MAPS, categories, names);
  }

  /** Adds commands, each given as its name and arity. */
  private static void add(CommandTable table, String why, String categories, String commands) {
    for (String command : List.of(commands.split(" ", -1))) {
      int slash = command.indexOf('/');
      String name = command.substring(0, slash);
      int arity = Integer.parseInt(command.substring(slash + 1));
      boolean fast = categories.contains("fast");
      CommandSpec.OfClient body = refusal(name, why);
      var spec =
          fast
              ? new CommandSpec(name, arity, body, Flag.ABSENT, Flag.FAST)
              : new CommandSpec(name, arity, body, Flag.ABSENT);
      table.add(spec).in(categories.split(" ", -1));
    }
  }

  /** The body of an unsupported command. */
  static CommandSpec.OfClient refusal(String name, String why) {
    String words = "ERR " + name.toUpperCase(Locale.ROOT) + " is not supported: " + why;
    return (client, args, out) -> {
      throw new CommandError(words);
    };
  }
}
