package dev.ostler.kv.server.resp;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The clients that see all commands, by MONITOR. Any thread may use it; a command never waits for a
 * client that sees it. While there are none, it costs one read of a field.
 */
final class Monitors {
  /** Of the arguments of one command. */
  private static final int MOST_SHOWN = 64 * 1024;

  private final List<Subscription> all = new CopyOnWriteArrayList<>();

  void add(Subscription subscription) {
    all.add(subscription);
  }

  void remove(Subscription subscription) {
    all.remove(subscription);
  }

  /** Removes a client whose process was killed. */
  void forget(RespClient client) {
    all.removeIf(subscription -> subscription.isOf(client));
  }

  /**
   * A client's command was done. Administrative commands are not shown, because they may name
   * secrets.
   */
  void tell(ClientInfo client, CommandSpec spec, Args args) {
    if (!all.isEmpty() && !spec.has(Flag.ADMIN)) {
      var message = Message.line(Bytes.array(line(client, spec, args)));
      all.forEach(subscription -> subscription.push(message));
    }
  }

  private static String line(ClientInfo client, CommandSpec spec, Args args) {
    long micros = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    var line = new StringBuilder();
    line.append(
        String.format(
            Locale.ROOT, "+%d.%06d [0 %s]", micros / 1000000, micros % 1000000, client.address()));
    int left = MOST_SHOWN;
    for (int i = 0; i < args.count() && left > 0; i++) {
      String word = spec.isSecret(args, i) ? "(redacted)" : args.get(i);
      int shown = Math.min(left, word.length());
      line.append(" \"");
      quote(word, shown, line);
      line.append(shown < word.length() ? "...\"" : "\"");
      left -= shown + 3;
    }
    return line.append(left > 0 ? "\r\n" : " ...\r\n").toString();
  }

  private static void quote(String word, int end, StringBuilder to) {
    for (int i = 0; i < end; i++) {
      char c = word.charAt(i);
      switch (c) {
        case '\\', '"' -> to.append('\\').append(c);
        case '\n' -> to.append("\\n");
        case '\r' -> to.append("\\r");
        case '\t' -> to.append("\\t");
        case 7 -> to.append("\\a");
        case '\b' -> to.append("\\b");
        default -> {
          if (c >= ' ' && c <= '~') {
            to.append(c);
          } else {
            to.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
          }
        }
      }
    }
  }
}
