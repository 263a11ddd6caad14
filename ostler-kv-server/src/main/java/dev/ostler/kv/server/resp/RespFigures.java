package dev.ostler.kv.server.resp;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.figures.Figures;
import dev.ostler.kv.server.access.AccessLog;
import java.util.Locale;

/** The figures of RESP, those of INFO. Any thread may use it. */
final class RespFigures implements Figures.Source {
  private final RespServer server;

  RespFigures(RespServer server) {
    this.server = server;
  }

  @Override
  public void tell(Figures to) {
    clients(to);
    commands(to);
    keyspace(to);
  }

  private void clients(Figures to) {
    Stats stats = server.stats();
    to.gauge("kv_resp_connections", "Clients that are connected.", server.clients().size());
    to.gauge(
        "kv_resp_max_connections",
        "How many clients may be connected.",
        server.settings().maxClients());
    to.counter(
        "kv_resp_accepted_connections_total",
        "Clients that were served, now or before.",
        stats.connectionsAccepted());
    to.counter(
        "kv_resp_rejected_connections_total",
        "Clients that were turned away, because there were too many.",
        stats.connectionsRejected());
    to.counter("kv_resp_received_bytes_total", "Bytes from clients.", stats.bytesRead());
    to.counter("kv_resp_sent_bytes_total", "Bytes to clients.", stats.bytesWritten());
    to.gauge(
        "kv_resp_client_memory_bytes",
        "Requests and replies that wait in memory.",
        Info.waiting(server));
    Figures.Family denials =
        to.counters(
            "kv_resp_denials_total",
            "Refusals for lack of rights: a wrong password, a command, a key, a channel.",
            "reason");
    for (AccessLog.Reason reason : AccessLog.Reason.values()) {
      denials.add(stats.denials(reason), reason.name().toLowerCase(Locale.ROOT));
    }
    to.gauge(
        "kv_resp_channels",
        "Channels with subscribers.",
        server.pubSub().size(PubSub.Kind.CHANNEL));
    to.gauge("kv_resp_slow_log_entries", "Commands in the slow log.", server.slowLog().size());
  }

  /** Commands that were never called are left out. */
  private void commands(Figures to) {
    Figures.Family calls =
        to.counters("kv_commands_total", "Commands of RESP that have run.", "command");
    Figures.Family seconds =
        to.counters("kv_command_seconds_total", "Time that commands took.", "command");
    Figures.Family durations =
        to.histograms("kv_command_duration_seconds", "How long commands took.", "command");
    Figures.Family failed =
        to.counters(
            "kv_command_failures_total", "Commands that have run into an error.", "command");
    Figures.Family rejected =
        to.counters(
            "kv_command_rejections_total",
            "Commands that were refused before they ran.",
            "command");
    for (CommandSpec spec : server.commands().all()) {
      Stats.Count count = server.stats().of(spec);
      long called = count.calls.sum();
      long refused = count.rejected.sum();
      if (called + refused > 0) {
        String name = spec.fullName();
        calls.add(called, name);
        seconds.add(count.nanos.sum() / 1e9, name);
        durations.add(Latencies.bounds(), count.latencies.counts(), count.nanos.sum() / 1e9, name);
        failed.add(count.failed.sum(), name);
        rejected.add(refused, name);
      }
    }
    Figures.Family errors =
        to.counters("kv_error_replies_total", "Errors by their first word.", "code");
    server.stats().byCode().forEach((code, count) -> errors.add(count, Bytes.text(code)));
  }

  private void keyspace(Figures to) {
    Stats stats = server.stats();
    to.counter("kv_hits_total", "Reads of buckets that existed.", stats.hits());
    to.counter("kv_misses_total", "Reads of buckets that did not exist.", stats.misses());
    to.counter("kv_expired_buckets_total", "Buckets that have expired.", stats.bucketsExpired());
    to.counter(
        "kv_expired_fields_total", "Fields of buckets that have expired.", stats.fieldsExpired());
    to.gauge(
        "kv_max_memory_bytes",
        "The limit for the memory of buckets; 0 for none but that of the heap.",
        server.settings().maxMemory());
  }
}
