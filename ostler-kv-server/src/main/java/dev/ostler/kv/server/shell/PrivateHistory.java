package dev.ostler.kv.server.shell;

import dev.ostler.kv.bytes.Bytes;
import java.time.Instant;
import org.jline.reader.impl.history.DefaultHistory;

/** What was typed, without what has a password in it. Used by the thread that reads lines. */
final class PrivateHistory extends DefaultHistory {
  @Override
  public void add(Instant time, String line) {
    if (!isSecret(line)) {
      super.add(time, line);
    }
  }

  /** A line that cannot be split may be a password whose quote was forgotten. */
  static boolean isSecret(String line) {
    try {
      return Words.areSecret(Words.split(Bytes.of(line)));
    } catch (Words.Malformed e) {
      return true;
    }
  }
}
