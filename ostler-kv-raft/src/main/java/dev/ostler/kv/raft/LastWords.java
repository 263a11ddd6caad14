package dev.ostler.kv.raft;

import java.util.Optional;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what Ratis logs away from users, for it is for those who know its code, and remembers the
 * last failure among it: if Ratis ends by itself, that is the reason. Any thread may use it.
 */
final class LastWords extends Handler {
  /** Held here, so that its settings are not collected as garbage. */
  private static final Logger RATIS = Logger.getLogger("org.apache.ratis");

  private static volatile @Nullable String heard;

  private LastWords() {}

  /** Does so from now on, unless somebody has set another level, and so wants to see it. */
  static synchronized void listen() {
    if (RATIS.getLevel() == null) {
      RATIS.setLevel(Level.SEVERE);
      RATIS.setUseParentHandlers(false);
      RATIS.addHandler(new LastWords());
    }
  }

  /** The last failure that was logged; empty if there was none. */
  static Optional<String> heard() {
    return Optional.ofNullable(heard);
  }

  @Override
  public void publish(LogRecord logged) {
    if (logged.getLevel().intValue() >= Level.SEVERE.intValue()) {
      Throwable thrown = logged.getThrown();
      heard = logged.getMessage() + (thrown == null ? "" : ": " + thrown);
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
