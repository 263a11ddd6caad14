package dev.ostler.kv.server;

import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** The log of a store, without memory for messages with this beginning, until it is closed. */
public final class FullHeapLog implements AutoCloseable {
  private final Logger logger = Logger.getLogger("dev.ostler.kv");
  private final Handler handler;
  private volatile int messages;

  public FullHeapLog(String beginning) {
    handler =
        new Handler() {
          @Override
          public synchronized void publish(LogRecord entry) {
            if (entry.getMessage().startsWith(beginning)) {
              messages++;
              throw new OutOfMemoryError("of a test");
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.addHandler(handler);
  }

  /** How many messages there were. */
  public int messages() {
    return messages;
  }

  @Override
  public void close() {
    logger.removeHandler(handler);
  }
}
