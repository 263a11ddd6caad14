package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.resp.CommandSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The hints in COMMAND for clients that route commands to several servers, as in Redis. Pure
 * functions; any thread may use them.
 */
final class CommandHints {
  private static final String VARIES = "nondeterministic_output";
  private static final String ORDER_VARIES = "nondeterministic_output_order";
  private static final String SHARDS = "request_policy:all_shards";
  private static final String NODES = "request_policy:all_nodes";
  private static final String EACH_SHARD = "request_policy:multi_shard";
  private static final String SPECIAL = "response_policy:special";
  private static final String ALL_DO = "response_policy:all_succeeded";
  private static final String ONE_DOES = "response_policy:one_succeeded";
  private static final String SUM = "response_policy:agg_sum";

  private static final Map<String, List<String>> HINTS = new HashMap<>();

  static {
    add("command command|list command|info command|docs hvals hkeys hgetall", ORDER_VARIES);
    add("module|list function|list", ORDER_VARIES);
    add("mget", EACH_SHARD);
    add("ping flushdb flushall memory|purge", SHARDS, ALL_DO);
    add("function|restore function|delete function|load function|flush", SHARDS, ALL_DO);
    add("info memory|stats memory|doctor memory|malloc-stats", VARIES, SHARDS, SPECIAL);
    add("function|stats", VARIES, SHARDS, SPECIAL);
    add("time ttl pttl httl hpttl dump hscan hrandfield lastsave client|list client|info", VARIES);
    add("object|refcount object|idletime object|encoding object|freq", VARIES);
    add("cluster|slaves cluster|getkeysinslot cluster|slots cluster|nodes cluster|links", VARIES);
    add("cluster|replicas cluster|myshardid cluster|shards cluster|bumpepoch", VARIES);
    add("cluster|count-failure-reports cluster|info", VARIES);
    add("scan", VARIES, "request_policy:special", SPECIAL);
    add("wait waitaof", SHARDS, "response_policy:agg_min");
    add("config|set config|rewrite config|resetstat slowlog|reset script|flush", NODES, ALL_DO);
    add("client|setinfo client|setname script|load acl|deluser acl|save", NODES, ALL_DO);
    add("acl|setuser", NODES, ALL_DO);
    add("touch exists unlink del", EACH_SHARD, SUM);
    add("randomkey", SHARDS, SPECIAL, VARIES);
    add("slowlog|get", NODES, VARIES);
    add("slowlog|len", NODES, SUM, VARIES);
    add("keys", SHARDS, ORDER_VARIES);
    add("mset", EACH_SHARD, ALL_DO);
    add("function|kill script|kill", SHARDS, ONE_DOES);
    add("dbsize", SHARDS, SUM);
    add("script|exists", SHARDS, "response_policy:agg_logical_and");
    add("latency|reset", NODES, SUM);
    add("latency|doctor latency|history latency|histogram latency|graph", VARIES, NODES, SPECIAL);
    add("latency|latest", VARIES, NODES, SPECIAL);
  }

  private CommandHints() {}

  private static void add(String commands, String... hints) {
    for (String command : List.of(commands.split(" ", -1))) {
      HINTS.put(command, List.of(hints));
    }
  }

  /** The hints of a command. */
  static List<String> of(CommandSpec spec) {
    return HINTS.getOrDefault(spec.fullName(), List.of());
  }
}
