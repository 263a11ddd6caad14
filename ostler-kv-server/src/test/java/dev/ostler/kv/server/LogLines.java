package dev.ostler.kv.server;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Collects the store's log messages while it is open. Used by one thread; other threads may log.
 */
public final class LogLines implements AutoCloseable {
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final Logger logger = Logger.getLogger("dev.ostler.kv");
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord entry) {
          lines.add(entry.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  public LogLines() {
    logger.addHandler(handler);
  }

  /**
   * Waits for the next message with this beginning, and returns it. Earlier messages are dropped.
   */
  public String next(String beginning) throws InterruptedException {
    while (true) {
      String line = lines.poll(60, TimeUnit.SECONDS);
      if (line == null) {
        throw new AssertionError("nothing is logged that begins with " + beginning);
      }
      if (line.startsWith(beginning)) {
        return line;
      }
    }
  }

  /** How many of the messages that were not taken yet contain this. */
  public long count(String part) {
    return lines.stream().filter(each -> each.contains(part)).count();
  }

  @Override
  public void close() {
    logger.removeHandler(handler);
  }
}
