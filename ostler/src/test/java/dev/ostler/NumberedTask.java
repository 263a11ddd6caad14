package dev.ostler;

import org.jspecify.annotations.Nullable;

/** A task that only passes through a queue: nobody runs it. */
record NumberedTask(int number) implements Runnable {
  @Override
  public void run() {
    throw new AssertionError("nobody runs it");
  }

  /** The number of such a task; null for none. */
  static @Nullable Integer number(@Nullable Runnable task) {
    return task instanceof NumberedTask(int number) ? number : null;
  }
}
