package dev.ostler.kv.server.resp;

import dev.ostler.kv.Cluster;
import dev.ostler.kv.bucket.Resident;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.journal.Archive;
import dev.ostler.kv.journal.Durability;
import dev.ostler.kv.journal.Journal;
import dev.ostler.kv.server.access.AccessLog;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The sections of INFO, with current values. Used by one thread.
 *
 * <p>Where a value means the same as in Redis, its name is Redis's, so that tools find it. Values
 * that do not exist here are left out.
 */
public final class Info {
  private final Client client;
  private final boolean mayWait;
  private final RespServer server;
  private final @Nullable NodeRole role;
  private final StringBuilder text = new StringBuilder();
  private final Map<String, Runnable> usual = new LinkedHashMap<>();
  private final Map<String, Runnable> unusual = new LinkedHashMap<>();

  /**
   * Makes one reply.
   *
   * @param mayWait whether this thread may block
   */
  public Info(Client client, boolean mayWait) {
    this.client = client;
    this.mayWait = mayWait;
    this.server = client.server();
    this.role = server.role();
    usual.put("server", this::server);
    usual.put("clients", this::clients);
    usual.put("memory", this::memory);
    usual.put("persistence", this::persistence);
    usual.put("stats", this::stats);
    usual.put("replication", this::replication);
    usual.put("cpu", this::cpu);
    usual.put("modules", () -> title("Modules"));
    usual.put("errorstats", this::errors);
    usual.put("cluster", this::cluster);
    usual.put("keyspace", this::keyspace);
    unusual.put("commandstats", this::commands);
    unusual.put("latencystats", this::latencies);
  }

  /** The text of these sections, or of the default ones if the list is empty. */
  public String sections(List<String> names) {
    Set<String> asked = new LinkedHashSet<>();
    for (String name : names.isEmpty() ? List.of("default") : names) {
      String word = Bytes.lower(name);
      switch (word) {
        case "default" -> asked.addAll(usual.keySet());
        case "all", "everything" -> {
          asked.addAll(usual.keySet());
          asked.addAll(unusual.keySet());
        }
        default -> asked.add(word);
      }
    }
    usual.forEach((name, section) -> add(asked, name, section));
    unusual.forEach((name, section) -> add(asked, name, section));
    return text.toString();
  }

  private void add(Set<String> asked, String name, Runnable section) {
    if (asked.contains(name)) {
      text.append(text.isEmpty() ? "" : "\r\n");
      section.run();
    }
  }

  private void title(String name) {
    text.append("# ").append(name).append("\r\n");
  }

  private void line(String name, Object value) {
    text.append(name).append(':').append(value).append("\r\n");
  }

  // --- Sections

  private void server() {
    Duration up = server.uptime();
    title("Server");
    line("redis_version", Version.REDIS);
    line("redis_mode", role == null ? "standalone" : "cluster");
    line("server_name", "kv");
    line("kv_version", Version.text());
    line("java_version", Runtime.version());
    line("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    line("arch_bits", System.getProperty("os.arch", "").contains("64") ? 64 : 32);
    line("process_id", ProcessHandle.current().pid());
    line("run_id", server.runId());
    String local = client.info().localAddress();
    line("tcp_port", local.substring(local.lastIndexOf(':') + 1));
    line("server_time_usec", System.currentTimeMillis() * 1000);
    line("uptime_in_seconds", up.toSeconds());
    line("uptime_in_days", up.toDays());
  }

  private void clients() {
    title("Clients");
    line("connected_clients", server.clients().size());
    line("cluster_connections", 0);
    line("maxclients", server.settings().maxClients());
    line("blocked_clients", 0);
    line("tracking_clients", server.tracking().clients());
    line(
        "pubsub_clients",
        server.clients().values().stream().filter(known -> known.info().isSubscriber()).count());
    line("clients_in_timeout_table", 0);
  }

  private void memory() {
    long used = server.memory().used();
    long peak = server.memory().peak();
    Runtime jvm = Runtime.getRuntime();
    title("Memory");
    line("used_memory", used);
    line("used_memory_human", human(used));
    line("used_memory_dataset", used);
    Resident.bytes()
        .ifPresent(
            bytes -> {
              line("used_memory_rss", bytes);
              line("used_memory_rss_human", human(bytes));
            });
    line("used_memory_peak", peak);
    line("used_memory_peak_human", human(peak));
    line(
        "used_memory_peak_perc",
        String.format(Locale.ROOT, "%.2f%%", peak == 0 ? 100.0 : 100.0 * used / peak));
    line("used_memory_clients", waiting(server));
    line("mem_clients_normal", waiting(server));
    line("heap_used", jvm.totalMemory() - jvm.freeMemory());
    line("heap_committed", jvm.totalMemory());
    line("heap_max", jvm.maxMemory());
    if (Scripts.areSupported()) {
      line("number_of_cached_scripts", server.scripts().known());
      line("number_of_functions", server.scripts().functions().count());
      line("number_of_libraries", server.scripts().functions().libraries().size());
    }
    line("maxmemory", server.settings().maxMemory());
    line("maxmemory_human", human(server.settings().maxMemory()));
    line("maxmemory_policy", "noeviction");
    line("mem_allocator", "jvm");
  }

  /**
   * The bytes of clients that wait to be parsed, executed or written. A pushed message counts once.
   */
  public static long waiting(RespServer server) {
    return server.clientMemory().messages()
        + server.clients().values().stream().mapToLong(known -> known.info().bytes()).sum();
  }

  private static String human(long bytes) {
    double left = bytes;
    for (String unit : List.of("B", "K", "M", "G")) {
      if (left < 1024) {
        return unit.equals("B") ? bytes + unit : String.format(Locale.ROOT, "%.2f%s", left, unit);
      }
      left /= 1024;
    }
    return String.format(Locale.ROOT, "%.2fT", left);
  }

  private void persistence() {
    title("Persistence");
    line("loading", 0);
    line("async_loading", 0);
    Optional<Archive> archive = server.keyspace().archive();
    Optional<Journal> journal = archive.map(Archive::journal);
    boolean failed = journal.filter(known -> known.hasFailed() || known.hasNoRoom()).isPresent();
    boolean durable = archive.isPresent() || role != null; // a node's standby is not its store
    line("durable", durable ? 1 : 0);
    line("rdb_bgsave_in_progress", 0);
    line("rdb_last_save_time", lastSave(client));
    line("rdb_last_bgsave_status", failed ? "err" : "ok");
    line("rdb_last_bgsave_time_sec", -1);
    line("rdb_current_bgsave_time_sec", -1);
    // a durable store writes every change when it is made
    line("aof_enabled", durable ? 1 : 0);
    line("aof_rewrite_in_progress", 0);
    line("aof_rewrite_scheduled", 0);
    line("aof_last_rewrite_time_sec", -1);
    line("aof_current_rewrite_time_sec", -1);
    line("aof_last_bgrewrite_status", "ok");
    line("aof_last_write_status", failed ? "err" : "ok");
    line("damaged_reads", archive.map(Archive::damagedReads).orElse(0L));
    journal.ifPresent(known -> line("aof_buffer_length", known.waiting()));
  }

  /**
   * When the last change was stored, in seconds since 1970. A durable store writes every change at
   * once, so that is now. For an in-memory store, or after a failed write, it is when the server
   * started.
   */
  public static long lastSave(Client client) {
    Durability durability = client.keyspace().environment().durability();
    long now = System.currentTimeMillis();
    boolean saves = durability.isDurable() && !durability.hasFailed();
    return (saves ? now : now - client.server().uptime().toMillis()) / 1000;
  }

  private void stats() {
    Stats stats = server.stats();
    Rates.PerSecond rates = stats.rates();
    title("Stats");
    line("total_connections_received", stats.connectionsAccepted());
    line("total_commands_processed", stats.calls());
    line("instantaneous_ops_per_sec", Math.round(rates.commands()));
    line("total_net_input_bytes", stats.bytesRead());
    line("total_net_output_bytes", stats.bytesWritten());
    line("instantaneous_input_kbps", kibibytes(rates.bytesIn()));
    line("instantaneous_output_kbps", kibibytes(rates.bytesOut()));
    line("rejected_connections", stats.connectionsRejected());
    line("expired_subkeys", stats.fieldsExpired());
    line("expired_keys", stats.bucketsExpired());
    line("evicted_keys", 0);
    line("evicted_clients", 0);
    line("keyspace_hits", stats.hits());
    line("keyspace_misses", stats.misses());
    line("pubsub_channels", server.pubSub().size(PubSub.Kind.CHANNEL));
    line("pubsub_patterns", server.pubSub().size(PubSub.Kind.PATTERN));
    line("tracking_total_keys", server.tracking().keys());
    line("tracking_total_items", server.tracking().items());
    line("tracking_total_prefixes", server.tracking().prefixes());
    line("pubsubshard_channels", server.pubSub().size(PubSub.Kind.SHARDED));
    line("total_error_replies", stats.errors());
    line("total_reads_processed", stats.reads());
    line("total_writes_processed", stats.writes());
    line("acl_access_denied_auth", stats.denials(AccessLog.Reason.AUTH));
    line("acl_access_denied_cmd", stats.denials(AccessLog.Reason.COMMAND));
    line("acl_access_denied_key", stats.denials(AccessLog.Reason.KEY));
    line("acl_access_denied_channel", stats.denials(AccessLog.Reason.CHANNEL));
    line("slowlog_length", server.slowLog().size());
  }

  private static String kibibytes(double bytes) {
    return String.format(Locale.ROOT, "%.2f", bytes / 1024);
  }

  private void replication() {
    title("Replication");
    if (role == null) {
      line("role", "master");
      line("connected_slaves", 0);
      line("master_failover_state", "no-failover");
      line("master_replid", server.runId());
      line("master_repl_offset", 0);
    } else if (role.leads()) {
      leader(role);
    } else {
      follower(role);
    }
  }

  /** The offset is the index of an entry in the log. */
  private void leader(NodeRole known) {
    Cluster node = known.node();
    List<Cluster.Follower> followers =
        node.followers().stream().filter(each -> !each.isSilent()).toList();
    line("role", "master");
    line("connected_slaves", followers.size());
    for (int i = 0; i < followers.size(); i++) {
      Cluster.Follower each = followers.get(i);
      line(
          "slave" + i,
          "ip=%s,port=%d,state=online,offset=%d,lag=%d"
              .formatted(
                  each.member().host(),
                  each.member().port(),
                  Math.max(0, each.index()),
                  each.silentMillis() / 1000));
    }
    line("slaves_not_reached", node.followers().size() - followers.size());
    line(
        "slaves_behind_bytes",
        node.followers().stream().mapToLong(Cluster.Follower::behindBytes).max().orElse(0));
    line("master_failover_state", "no-failover");
    line("master_replid", known.shardId());
    line("master_repl_offset", node.applied());
  }

  private void follower(NodeRole known) {
    Cluster node = known.node();
    Optional<Cluster.Member> leader = node.leader();
    line("role", "slave");
    line("master_host", leader.map(Cluster.Member::host).orElse(""));
    line("master_port", leader.map(Cluster.Member::port).orElse(0));
    line("master_link_status", leader.isPresent() ? "up" : "down");
    line("master_sync_in_progress", 0);
    line("slave_read_repl_offset", node.applied());
    line("slave_repl_offset", node.applied());
    line("slave_read_only", 1);
    line("connected_slaves", 0);
    line("master_failover_state", "no-failover");
    line("master_replid", known.shardId());
    line("master_repl_offset", node.applied());
  }

  private void cpu() {
    title("CPU");
    CpuTime.now()
        .ifPresent(
            time -> {
              line("used_cpu_sys", seconds(time.system()));
              line("used_cpu_user", seconds(time.user()));
              line("used_cpu_sys_children", seconds(0));
              line("used_cpu_user_children", seconds(0));
            });
  }

  private static String seconds(double time) {
    return String.format(Locale.ROOT, "%.6f", time);
  }

  private void cluster() {
    title("Cluster");
    line("cluster_enabled", role == null ? 0 : 1);
    if (role != null) {
      line("node", role.node().self().name());
      line("leader", role.node().leader().map(Cluster.Member::name).orElse(""));
      line("term", role.node().term());
      line("members", role.node().members().size());
      line("elections", role.node().elections());
      line("applied_index", role.node().applied());
      line("committed_index", role.node().committed());
    }
  }

  /**
   * The number of buckets. While the disk is full, it is the number of stored ones: a monitoring
   * program must not wait for room on the disk.
   */
  private long keys() {
    if (role != null && !role.leads()) {
      return role.node().size();
    }
    Optional<Archive> full =
        server.keyspace().archive().filter(archive -> archive.journal().hasNoRoom());
    if (full.isPresent() && client.locked() == null) {
      return full.get().approximateSize();
    }
    long keys = server.keyspace().size(mayWait, client.locked());
    client.gate().need(server.keyspace().position());
    return keys;
  }

  private void keyspace() {
    title("Keyspace");
    long keys = keys();
    if (keys > 0) {
      line("db0", "keys=%d,expires=%d,avg_ttl=0".formatted(keys, server.keyspace().expiring()));
    }
  }

  // --- What commands did

  private void errors() {
    title("Errorstats");
    server.stats().byCode().forEach((code, count) -> line("errorstat_" + code, "count=" + count));
  }

  private void commands() {
    title("Commandstats");
    for (CommandSpec spec : server.commands().all()) {
      Stats.Count count = server.stats().of(spec);
      long calls = count.calls.sum();
      long rejected = count.rejected.sum();
      if (calls + rejected > 0) {
        long micros = count.nanos.sum() / 1000;
        line(
            "cmdstat_" + spec.fullName(),
            String.format(
                Locale.ROOT,
                "calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
                calls,
                micros,
                calls == 0 ? 0.0 : (double) micros / calls,
                rejected,
                count.failed.sum()));
      }
    }
  }

  private void latencies() {
    title("Latencystats");
    for (CommandSpec spec : server.commands().all()) {
      Latencies latencies = server.stats().of(spec).latencies;
      if (!latencies.isEmpty()) {
        line(
            "latency_percentiles_usec_" + spec.fullName(),
            String.format(
                Locale.ROOT,
                "p50=%.3f,p99=%.3f,p99.9=%.3f",
                latencies.percentile(50),
                latencies.percentile(99),
                latencies.percentile(99.9)));
      }
    }
  }
}
