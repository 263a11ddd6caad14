package dev.ostler.tests;

import dev.ostler.Agent;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** Calls a server; prints what the library logs, and on which thread the server ran. */
final class OnWhichScheduler {
  private static final Logger LOG = Logger.getLogger("dev.ostler");

  private OnWhichScheduler() {}

  public static void main(String[] arguments) {
    LOG.setUseParentHandlers(false);
    LOG.setLevel(Level.ALL);
    LOG.addHandler(new Printer());
    for (int i = 0; i < 2; i++) {
      System.out.println(
          "thread: " + Agent.start(() -> 0).<String>get(_ -> Thread.currentThread().toString()));
    }
  }

  private static final class Printer extends Handler {
    private final SimpleFormatter formatter = new SimpleFormatter();

    @Override
    public void publish(LogRecord record) {
      System.out.println(record.getLevel() + ": " + formatter.formatMessage(record));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
