package dev.ostler.kv.server.resp;

import java.util.Map;

/**
 * Settings of Redis that clients and tools read or set, and that have no effect here. Their values
 * are checked and stored, so that CONFIG GET returns what CONFIG SET has set.
 *
 * <p>Used while the server is created.
 */
final class InertSettings {
  private static final long INT = Integer.MAX_VALUE;

  private InertSettings() {}

  static void addTo(Settings settings) {
    addEncodings(settings);
    addNumbers(settings);
    addSwitches(settings);
    addWords(settings);
    addAliases(settings);
  }

  /** Redis's encodings of small values. Here there is only one encoding. */
  private static void addEncodings(Settings settings) {
    Map.of(
            "hash-max-listpack-entries", 128,
            "hash-max-listpack-value", 64,
            "set-max-intset-entries", 512,
            "set-max-listpack-entries", 128,
            "set-max-listpack-value", 64,
            "zset-max-listpack-entries", 128,
            "zset-max-listpack-value", 64,
            "stream-node-max-entries", 100)
        .forEach((name, first) -> number(settings, name, first, 0, Long.MAX_VALUE));
    size(settings, "stream-node-max-bytes", 4096);
    size(settings, "hll-sparse-max-bytes", 3000);
    number(settings, "list-max-listpack-size", -2, Integer.MIN_VALUE, INT);
    number(settings, "list-compress-depth", 0, 0, INT);
  }

  private static void size(Settings settings, String name, long first) {
    settings.add(Setting.inert(name, Long.toString(first), Setting.size(0, Long.MAX_VALUE)));
  }

  private static void number(Settings settings, String name, long first, long least, long most) {
    settings.add(Setting.inert(name, Long.toString(first), Setting.number(least, most)));
  }

  private static void addNumbers(Settings settings) {
    number(settings, "hz", 10, 1, 500);
    number(settings, "databases", 1, 1, 1);
    number(settings, "maxmemory-samples", 5, 1, 64);
    number(settings, "maxmemory-eviction-tenacity", 10, 0, 100);
    number(settings, "lfu-log-factor", 10, 0, INT);
    number(settings, "lfu-decay-time", 1, 0, INT);
    number(settings, "tcp-keepalive", 0, 0, INT);
    number(settings, "busy-reply-threshold", 5000, 0, Long.MAX_VALUE);
    number(settings, "latency-monitor-threshold", 0, 0, Long.MAX_VALUE);
    number(settings, "active-expire-effort", 1, 1, 10);
    number(settings, "min-replicas-to-write", 0, 0, INT);
    number(settings, "min-replicas-max-lag", 10, 0, INT);
    number(settings, "repl-timeout", 60, 1, INT);
    number(settings, "repl-ping-replica-period", 10, 1, INT);
    number(settings, "repl-diskless-sync-delay", 5, 0, INT);
    number(settings, "auto-aof-rewrite-percentage", 100, 0, INT);
    settings.add(
        Setting.inert("key-load-delay", "0", Setting.number(Integer.MIN_VALUE, INT)).hidden());
    settings.add(
        Setting.inert("rdb-key-save-delay", "0", Setting.number(Integer.MIN_VALUE, INT)).hidden());
    settings.add(
        Setting.inert(
            "client-query-buffer-limit",
            Long.toString(1L << 30),
            Setting.size(1 << 20, Long.MAX_VALUE)));
    size(settings, "repl-backlog-size", 1 << 20);
    size(settings, "auto-aof-rewrite-min-size", 64 << 20);
  }

  private static void addSwitches(Settings settings) {
    Map.ofEntries(
            Map.entry("dynamic-hz", "yes"),
            Map.entry("rdbcompression", "yes"),
            Map.entry("rdbchecksum", "yes"),
            Map.entry("stop-writes-on-bgsave-error", "no"),
            Map.entry("replica-serve-stale-data", "yes"),
            Map.entry("replica-read-only", "yes"),
            Map.entry("repl-diskless-sync", "yes"),
            Map.entry("repl-disable-tcp-nodelay", "no"),
            Map.entry("aof-use-rdb-preamble", "yes"),
            Map.entry("no-appendfsync-on-rewrite", "no"),
            Map.entry("activerehashing", "yes"),
            Map.entry("lazyfree-lazy-eviction", "no"),
            Map.entry("lazyfree-lazy-expire", "no"),
            Map.entry("lazyfree-lazy-server-del", "no"),
            Map.entry("lazyfree-lazy-user-del", "no"),
            Map.entry("lazyfree-lazy-user-flush", "no"),
            Map.entry("protected-mode", "yes"))
        .forEach((name, first) -> settings.add(Setting.inert(name, first, Setting::yesOrNo)));
  }

  private static void addWords(Settings settings) {
    // nothing is evicted, so no other policy is accepted
    choice(settings, "maxmemory-policy", "noeviction");
    choice(settings, "appendonly", "no");
    choice(settings, "activedefrag", "no");
    settings.add(
        Setting.inert("appendfsync", "everysec", Setting.oneOf("everysec", "always", "no")));
    settings.add(
        Setting.inert(
            "loglevel",
            "notice",
            Setting.oneOf("debug", "verbose", "notice", "warning", "nothing")));
    settings.add(Setting.inert("save", "", Setting::text));
    settings.add(Setting.inert("masterauth", "", given -> "")); // a secret that nothing uses
    settings.add(Setting.inert("shutdown-on-sigterm", "default", Setting::text));
    settings.add(Setting.inert("shutdown-on-sigint", "default", Setting::text));
    settings.add(Setting.fixed("daemonize", "no"));
    settings.add(Setting.fixed("cluster-enabled", "no"));
    settings.add(Setting.fixed("replicaof", ""));
    settings.add(Setting.fixed("dir", ""));
    settings.add(Setting.fixed("dbfilename", ""));
    settings.add(Setting.fixed("logfile", ""));
    settings.add(Setting.fixed("aclfile", ""));
  }

  private static void choice(Settings settings, String name, String only) {
    settings.add(Setting.inert(name, only, Setting.oneOf(only)));
  }

  private static void addAliases(Settings settings) {
    settings.alias("hash-max-ziplist-entries", "hash-max-listpack-entries");
    settings.alias("hash-max-ziplist-value", "hash-max-listpack-value");
    settings.alias("zset-max-ziplist-entries", "zset-max-listpack-entries");
    settings.alias("zset-max-ziplist-value", "zset-max-listpack-value");
    settings.alias("list-max-ziplist-size", "list-max-listpack-size");
    settings.alias("lua-time-limit", "busy-reply-threshold");
    settings.alias("slaveof", "replicaof");
    settings.alias("slave-serve-stale-data", "replica-serve-stale-data");
    settings.alias("slave-read-only", "replica-read-only");
    settings.alias("min-slaves-to-write", "min-replicas-to-write");
    settings.alias("min-slaves-max-lag", "min-replicas-max-lag");
  }
}
