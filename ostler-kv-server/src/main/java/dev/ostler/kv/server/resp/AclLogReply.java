package dev.ostler.kv.server.resp;

import dev.ostler.kv.server.access.AccessLog;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import java.math.BigDecimal;
import java.util.List;

/** The reply to ACL LOG: the latest refusals. Pure functions; any thread may use them. */
public final class AclLogReply {
  private AclLogReply() {}

  public static void write(Client client, Args args, RespWriter out) {
    AccessLog log = client.server().access().log();
    if (args.count() > 3) {
      throw CommandError.wrongWords(args, "ACL");
    }
    if (args.is(2, "reset")) {
      log.clear();
      out.ok();
      return;
    }
    long most = args.count() == 3 ? args.integer(2) : 10;
    List<AccessLog.Entry> entries = log.latest(Math.max(0, most));
    out.array(entries.size());
    long now = System.currentTimeMillis();
    entries.forEach(entry -> write(entry, now, out));
  }

  private static void write(AccessLog.Entry entry, long now, RespWriter out) {
    out.map(10);
    out.bulk("count");
    out.number(entry.count());
    out.bulk("reason");
    out.bulk(entry.reason().word());
    out.bulk("context");
    out.bulk(entry.where());
    out.bulk("object");
    out.bulk(entry.what());
    out.bulk("username");
    out.bulk(entry.user());
    out.bulk("age-seconds");
    out.real(seconds(now - entry.millis()));
    out.bulk("client-info");
    out.bulk(entry.client());
    out.bulk("entry-id");
    out.number(entry.id());
    out.bulk("timestamp-created");
    out.number(entry.since());
    out.bulk("timestamp-last-updated");
    out.number(entry.millis());
  }

  /** Seconds as Redis writes them: without zeros at the end. */
  private static String seconds(long millis) {
    return BigDecimal.valueOf(millis, 3).stripTrailingZeros().toPlainString();
  }
}
