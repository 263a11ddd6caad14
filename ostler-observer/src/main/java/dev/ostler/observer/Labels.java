package dev.ostler.observer;

import dev.ostler.Inspection;
import dev.ostler.Pid;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * The labels of processes, for one answer. Used by one thread.
 *
 * <p>A label may be a text that a user's code makes. All of them together get a second; then a
 * process is called by its number.
 */
final class Labels {
  private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(1);

  private long spent;

  String of(Pid pid) {
    if (spent > MOST_NANOS) {
      return pid.toString();
    }
    long begun = System.nanoTime();
    String label = Inspection.label(pid);
    spent += System.nanoTime() - begun;
    return label;
  }

  /**
   * Whether the process is meant by this text: its number, or a part of its label.
   *
   * @param text in lower case; empty for all processes
   */
  boolean match(Pid pid, String text) {
    return text.isEmpty()
        || text.equals(Long.toString(pid.id()))
        || text.equals(pid.toString())
        || of(pid).toLowerCase(Locale.ROOT).contains(text);
  }
}
