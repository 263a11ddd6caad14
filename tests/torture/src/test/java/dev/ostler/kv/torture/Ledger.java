package dev.ostler.kv.torture;

import dev.ostler.kv.server.RespPeer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Names of their own that clients write, each once: those whose writes were acknowledged must be
 * there, and those whose writes were refused must not. Any thread may write, one checks.
 */
final class Ledger {
  private static final int AT_ONCE = 200;

  private final String prefix;
  private final AtomicLong next = new AtomicLong();
  private final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
  private final Queue<String> refused = new ConcurrentLinkedQueue<>();

  /** A ledger whose names begin like this. */
  Ledger(String prefix) {
    this.prefix = prefix;
  }

  /** Writes a name; the answer is what became of it. */
  Client.Answer write(Client client) {
    String name = prefix + next.getAndIncrement();
    Client.Answer answer = client.ask(RespPeer.encoded("SET", name, "written"));
    switch (answer) {
      case Client.Answer.Done _ -> acknowledged.add(name);
      case Client.Answer.Refused _ -> refused.add(name);
      case Client.Answer.Unknown _ -> {}
    }
    return answer;
  }

  int acknowledged() {
    return acknowledged.size();
  }

  /** Acknowledged names that are not there. */
  List<String> lost(Patient client) throws InterruptedException {
    List<String> names = List.copyOf(acknowledged);
    List<Boolean> there = areThere(names, client);
    return pick(names, there, false);
  }

  /** Refused names that are there nevertheless. */
  List<String> doneThoughRefused(Patient client) throws InterruptedException {
    List<String> names = List.copyOf(refused);
    return pick(names, areThere(names, client), true);
  }

  private static List<String> pick(List<String> names, List<Boolean> there, boolean wanted) {
    var picked = new ArrayList<String>();
    for (int i = 0; i < names.size(); i++) {
      if (there.get(i) == wanted) {
        picked.add(names.get(i));
      }
    }
    return picked;
  }

  private static List<Boolean> areThere(List<String> names, Patient client)
      throws InterruptedException {
    var there = new ArrayList<Boolean>();
    for (int from = 0; from < names.size(); from += AT_ONCE) {
      var words = new ArrayList<String>();
      words.add("MGET");
      words.addAll(names.subList(from, Math.min(from + AT_ONCE, names.size())));
      for (Object value : (List<?>) client.ask(words.toArray(String[]::new))) {
        there.add("written".equals(value));
      }
    }
    return there;
  }
}
