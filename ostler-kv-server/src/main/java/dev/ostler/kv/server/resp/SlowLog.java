package dev.ostler.kv.server.resp;

import dev.ostler.kv.server.args.Args;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The commands that took longest of late, as SLOWLOG shows them. Any thread. */
public final class SlowLog {
  private static final int WORDS = 32;
  private static final int LETTERS = 128;

  /** One that took long. */
  public record Entry(
      long id, long second, long micros, List<String> words, String address, String client) {}

  private final Deque<Entry> entries = new ArrayDeque<>(); // the latest first; under its lock
  private long next; // under the lock of entries

  /** Remembers a command, and forgets the oldest if there are more than so many. */
  void add(CommandSpec spec, Args args, long micros, ClientInfo client, int most) {
    List<String> words = shown(spec, args);
    long second = System.currentTimeMillis() / 1000;
    synchronized (entries) {
      entries.addFirst(new Entry(next++, second, micros, words, client.address(), client.name()));
      trim(most);
    }
  }

  private void trim(int most) {
    while (entries.size() > most) {
      entries.removeLast();
    }
  }

  /** What may be shown of a command: no secrets, and not too much. */
  private static List<String> shown(CommandSpec spec, Args args) {
    int count = args.count();
    boolean cut = count > WORDS;
    var words = new ArrayList<String>();
    for (int i = 0; i < (cut ? WORDS - 1 : count); i++) {
      String word = args.get(i);
      if (spec.isSecret(args, i)) {
        words.add("(redacted)");
      } else if (word.length() > LETTERS) {
        words.add(
            word.substring(0, LETTERS) + "... (" + (word.length() - LETTERS) + " more bytes)");
      } else {
        words.add(word);
      }
    }
    if (cut) {
      words.add("... (" + (count - WORDS + 1) + " more arguments)");
    }
    return List.copyOf(words);
  }

  /** The latest, at most so many. */
  public List<Entry> latest(long most) {
    synchronized (entries) {
      return entries.stream().limit(most).toList();
    }
  }

  public int size() {
    synchronized (entries) {
      return entries.size();
    }
  }

  public void clear() {
    synchronized (entries) {
      entries.clear();
    }
  }
}
