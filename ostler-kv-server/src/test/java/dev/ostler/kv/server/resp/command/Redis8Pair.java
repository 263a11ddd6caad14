package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.RawPeer;
import dev.ostler.kv.server.resp.command.Redis8Steps.Step;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** KV and Redis, with two clients each that send the same commands. Used by one thread. */
final class Redis8Pair implements AutoCloseable {
  private static final List<String> CLEAN =
      List.of(
          "CONFIG SET maxmemory 0 slowlog-max-len 128 slowlog-log-slower-than -1"
              + " hash-max-listpack-entries 128",
          "SLOWLOG RESET",
          "ACL DELUSER u1",
          "FLUSHALL");

  /** Commands before which Redis deletes the buckets whose time is over, as KV always does. */
  private static final Set<String> COUNTING = Set.of("dbsize", "exec");

  private final int[] ports;
  private final RawPeer[] cleaners = new RawPeer[2];
  private final int protocol;

  Redis8Pair(int kv, int redis, int protocol) throws IOException {
    this.ports = new int[] {kv, redis};
    this.protocol = protocol;
    for (int server = 0; server < 2; server++) {
      cleaners[server] = new RawPeer(ports[server]);
    }
  }

  /** The first step with different replies, and the difference; null if there is none. */
  @Nullable String difference(List<Step> steps) throws IOException {
    var clients = new RawPeer[2][2];
    try {
      for (int server = 0; server < 2; server++) {
        for (String line : CLEAN) {
          cleaners[server].ask(line.split(" "));
        }
        for (int i = 0; i < 2; i++) {
          clients[server][i] = new RawPeer(ports[server]);
          clients[server][i].ask("HELLO", String.valueOf(protocol));
        }
      }
      return difference(steps, clients);
    } finally {
      close(clients[0]);
      close(clients[1]);
    }
  }

  private @Nullable String difference(List<Step> steps, RawPeer[][] clients) throws IOException {
    Map<Integer, List<Step>> queued = new HashMap<>(); // of clients after MULTI
    for (Step step : steps) {
      List<String> words = step.words();
      if (words.getFirst().equals(Redis8Steps.RESTORE_OF)) {
        words = List.of("RESTORE", words.get(1), "0", dump(words.get(2)), "REPLACE");
      }
      if (COUNTING.contains(step.name())) {
        cleaners[1].ask("SCAN", "0", "COUNT", "1000"); // deletes what Redis would count otherwise
      }
      var replies = new Reply[2];
      for (int server = 0; server < 2; server++) {
        RawPeer client = clients[server][step.client()];
        client.send(words);
        replies[server] = client.next();
      }
      List<Step> inside = queued.getOrDefault(step.client(), List.of());
      if (!same(step.name(), inside, replies[0], replies[1])) {
        return "%s%n  KV:    %s%n  Redis: %s".formatted(step, replies[0], replies[1]);
      }
      note(step, replies[1], queued);
    }
    return null;
  }

  /** Redis's dump of the key; the text {@code nothing} if it does not exist. */
  private String dump(String key) throws IOException {
    String dump = cleaners[1].ask("DUMP", key);
    return dump.startsWith("\"") ? Redis8AnswersTest.words(dump).getFirst() : "nothing";
  }

  private static void note(Step step, Reply reply, Map<Integer, List<Step>> queued) {
    List<Step> inside = queued.get(step.client());
    if (reply.toString().equals("+QUEUED") && inside != null) {
      inside.add(step);
    } else if (step.name().equals("multi") && reply.toString().equals("+OK")) {
      queued.put(step.client(), new ArrayList<>());
    } else if (List.of("exec", "discard").contains(step.name())) {
      queued.remove(step.client());
    }
  }

  private static boolean same(String name, List<Step> queued, Reply kv, Reply redis) {
    int size = kv.parts().size();
    if (!name.equals("exec") || size != queued.size() || size != redis.parts().size()) {
      return Redis8Differences.same(name, kv, redis);
    }
    int over = 0;
    for (int i = 0; i < size; i++) {
      Step step = queued.get(i);
      over += step.mayBeOver() ? 1 : 0;
      Reply ours = kv.parts().get(i);
      Reply theirs = redis.parts().get(i);
      if (step.name().equals("dbsize")
          ? !Redis8Differences.sameCount(ours, theirs, over)
          : !Redis8Differences.same(step.name(), ours, theirs)) {
        return false;
      }
    }
    return kv.with(List.of()).equals(redis.with(List.of()));
  }

  private static void close(RawPeer[] clients) throws IOException {
    for (RawPeer client : clients) {
      if (client != null) {
        client.close();
      }
    }
  }

  @Override
  public void close() throws IOException {
    close(cleaners);
  }
}
