package dev.ostler.tests;

import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.Task;

/**
 * A raw process that awaits 400,000 tasks, or as many as it is told, and never receives; prints how
 * many messages it is left with. To be run in a JVM of its own, with a small heap.
 */
final class AwaitedTasks {
  private AwaitedTasks() {}

  public static void main(String[] arguments) {
    int count = arguments.length == 0 ? 400_000 : Integer.parseInt(arguments[0]);
    Processes.attach();
    for (int i = 0; i < count; i++) {
      Task.async(() -> 1).await();
    }
    System.out.println(Processes.info(Self.pid()).orElseThrow().queued());
  }
}
