package dev.ostler.kv.server.resp;

import org.jspecify.annotations.Nullable;

/** Formats a client as a line of CLIENT LIST. Pure functions; any thread may use them. */
public final class ClientLine {
  private ClientLine() {}

  /**
   * The client's current data. Redis's fields for which there is no value here, such as the number
   * of a socket, show -1 or 0.
   */
  public static String of(RespClient client) {
    ClientInfo info = client.info();
    long now = System.currentTimeMillis();
    var line = new StringBuilder("id=").append(info.id());
    add(line, "addr", info.address());
    add(line, "laddr", info.localAddress());
    add(line, "fd", -1);
    add(line, "name", info.name());
    add(line, "age", (now - info.since()) / 1000);
    add(line, "idle", Math.max(0, now - info.lastActive()) / 1000);
    add(line, "flags", flags(info));
    add(line, "db", 0);
    add(line, "sub", info.channels());
    add(line, "psub", info.patterns());
    add(line, "ssub", info.sharded());
    add(line, "multi", info.queued());
    add(line, "watch", info.watching());
    add(line, "qbuf", info.unread());
    add(line, "qbuf-free", 0);
    add(line, "argv-mem", 0);
    add(line, "multi-mem", info.queuedBytes());
    add(line, "rbs", 0);
    add(line, "rbp", 0);
    add(line, "obl", 0);
    add(line, "oll", 0);
    add(line, "omem", info.unwritten() + client.pushed());
    add(line, "tot-mem", info.bytes() + client.pushed());
    add(line, "events", "r");
    add(line, "cmd", info.lastCommand());
    add(line, "user", info.user());
    Tracker tracker = info.tracker();
    add(line, "redir", tracker == null ? -1 : tracker.options().redirect());
    add(line, "resp", info.protocol());
    add(line, "lib-name", info.libraryName());
    add(line, "lib-ver", info.libraryVersion());
    add(line, "io-thread", 0);
    return line.toString();
  }

  private static void add(StringBuilder line, String name, Object value) {
    line.append(' ').append(name).append('=').append(value);
  }

  private static String flags(ClientInfo info) {
    String flags =
        (info.isMonitoring() ? "O" : "")
            + (info.isSubscriber() ? "P" : "")
            + (info.queued() >= 0 ? "x" : "")
            + flags(info.tracker())
            + (info.isUnevicted() ? "e" : "")
            + (info.isUntouching() ? "T" : "");
    return flags.isEmpty() ? "N" : flags;
  }

  private static String flags(@Nullable Tracker tracker) {
    return tracker == null
        ? ""
        : "t" + (tracker.isBroken() ? "R" : "") + (tracker.options().broadcasts() ? "B" : "");
  }
}
