package dev.ostler.kv.server.resp;

import dev.ostler.kv.server.args.Args;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The latest slow commands, for SLOWLOG. Any thread may use it. */
public final class SlowLog {
  private static final int WORDS = 32;
  private static final int LETTERS = 128;

  /** A slow command. */
  public record Entry(
      long id, long second, long micros, List<String> words, String address, String client) {}

  // the latest first; guarded by its own lock
  private final Deque<Entry> entries = new ArrayDeque<>();
  private long next; // guarded by the lock of entries

  /** Adds a command, and drops the oldest entries beyond {@code most}. */
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

  /** The arguments that may be shown: no secrets, and not too many. */
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

  /** The latest entries, at most this many. */
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
