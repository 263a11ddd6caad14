package dev.ostler.kv;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What INFO tells, in sections, as it is now. Used by one thread.
 *
 * <p>The names are Redis's where there is the same thing, so that tools find them; what is not
 * known here is not there.
 */
final class Info {
  private final Session client;
  private final RespServer server;
  private final StringBuilder text = new StringBuilder();
  private final Map<String, Runnable> usual = new LinkedHashMap<>();
  private final Map<String, Runnable> unusual = new LinkedHashMap<>();

  Info(Session client) {
    this.client = client;
    this.server = client.server();
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
  }

  /** These sections, or the usual ones if none are named. */
  String sections(List<String> names) {
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
  // -----------------------------------------------------------------------------------

  private void server() {
    Duration up = server.uptime();
    title("Server");
    line("redis_version", ConnectionCommands.REDIS_VERSION);
    line("redis_mode", "standalone");
    line("server_name", "kv");
    line("kv_version", VersionCommand.version());
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
    line("maxclients", server.settings().maxClients());
    line("blocked_clients", 0);
    line("tracking_clients", 0);
    line(
        "pubsub_clients",
        server.clients().values().stream().filter(known -> known.info().isSubscriber()).count());
  }

  private void memory() {
    long used = server.memory().used();
    Runtime jvm = Runtime.getRuntime();
    title("Memory");
    line("used_memory", used);
    line("used_memory_human", human(used));
    line("used_memory_dataset", used);
    Resident.bytes().ifPresent(bytes -> line("used_memory_rss", bytes));
    line("used_memory_clients", waiting());
    line("heap_used", jvm.totalMemory() - jvm.freeMemory());
    line("heap_committed", jvm.totalMemory());
    line("heap_max", jvm.maxMemory());
    line("maxmemory", server.settings().maxMemory());
    line("maxmemory_human", human(server.settings().maxMemory()));
    line("maxmemory_policy", "noeviction");
  }

  /** Bytes of clients that wait to be parsed, done or written; a message counts once. */
  private long waiting() {
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
    Archive archive = server.keyspace().environment().archive();
    boolean failed =
        archive != null && (archive.journal().hasFailed() || archive.journal().hasNoRoom());
    line("durable", archive == null ? 0 : 1);
    line("rdb_bgsave_in_progress", 0);
    line("aof_enabled", 0);
    line("aof_rewrite_in_progress", 0);
    line("aof_last_write_status", failed ? "err" : "ok");
    line("damaged_reads", archive == null ? 0 : archive.damagedReads());
  }

  private void stats() {
    Stats stats = server.stats();
    title("Stats");
    line("total_connections_received", stats.connectionsAccepted());
    line("total_commands_processed", stats.calls());
    line("total_net_input_bytes", stats.bytesRead());
    line("total_net_output_bytes", stats.bytesWritten());
    line("rejected_connections", stats.connectionsRejected());
    line("expired_keys", stats.bucketsExpired());
    line("evicted_keys", 0);
    line("evicted_clients", 0);
    line("keyspace_hits", stats.hits());
    line("keyspace_misses", stats.misses());
    line("total_error_replies", stats.errors());
    line("slowlog_length", server.slowLog().size());
  }

  private void replication() {
    title("Replication");
    line("role", "master");
    line("connected_slaves", 0);
  }

  private void cpu() {
    title("CPU");
    ProcessHandle.current()
        .info()
        .totalCpuDuration()
        .ifPresent(
            time -> line("used_cpu_total", String.format(Locale.ROOT, "%.3f", seconds(time))));
  }

  private static double seconds(Duration time) {
    return time.toMillis() / 1000.0;
  }

  private void cluster() {
    title("Cluster");
    line("cluster_enabled", 0);
  }

  private void keyspace() {
    title("Keyspace");
    long keys = server.keyspace().size(client.mayWait() || client.held() != null);
    if (keys > 0) {
      line("db0", "keys=" + keys);
    }
  }

  // --- What commands did
  // --------------------------------------------------------------------------

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
}
