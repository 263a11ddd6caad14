package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.resp.Client;
import dev.ostler.kv.server.resp.Info;
import dev.ostler.kv.server.resp.RespServer;
import dev.ostler.kv.server.resp.RespWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The reply to MEMORY STATS, with Redis's names where a value means the same. Used by the client's
 * process.
 */
final class MemoryStatsReply {
  private MemoryStatsReply() {}

  static void write(Client client, Args args, RespWriter out) {
    RespServer server = client.server();
    long used = server.memory().used();
    long peak = server.memory().peak();
    long keys = client.keyspace().size(out.mayWait(), client.locked());
    Map<String, Long> numbers = new LinkedHashMap<>();
    numbers.put("peak.allocated", peak);
    numbers.put("total.allocated", used);
    numbers.put("startup.allocated", 0L);
    numbers.put("replication.backlog", 0L);
    numbers.put("clients.slaves", 0L);
    numbers.put("clients.normal", Info.waiting(server));
    numbers.put("cluster.links", 0L);
    numbers.put("aof.buffer", 0L);
    numbers.put("lua.caches", 0L);
    numbers.put("functions.caches", 0L);
    numbers.put("script.VMs", 0L);
    numbers.put("keys.count", keys);
    numbers.put("keys.bytes-per-key", keys == 0 ? 0 : used / keys);
    numbers.put("dataset.bytes", used);
    out.map(numbers.size() + 2);
    numbers.forEach(
        (name, number) -> {
          out.bulk(name);
          out.number(number);
        });
    out.bulk("dataset.percentage");
    out.real(used == 0 ? "0" : "100");
    out.bulk("peak.percentage");
    out.real(peak == 0 ? "0" : String.format(Locale.ROOT, "%.2f", 100.0 * used / peak));
  }
}
