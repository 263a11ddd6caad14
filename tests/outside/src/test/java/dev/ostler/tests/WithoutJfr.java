package dev.ostler.tests;

import dev.ostler.Event;
import dev.ostler.Events;
import dev.ostler.ExitReason;
import dev.ostler.Processes;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A program that says whether the JVM has JFR, and which events it heard of a process. */
final class WithoutJfr {
  private WithoutJfr() {}

  public static void main(String[] arguments) {
    var heard = new ConcurrentLinkedQueue<Event>();
    try (var _ = Events.subscribe(heard::add)) {
      Processes.spawn(() -> {}).exit(ExitReason.KILL);
      boolean told = Events.flush(Duration.ofSeconds(60));
      System.out.println(
          ModuleLayer.boot().findModule("jdk.jfr").isPresent() + " " + heard.size() + " " + told);
    }
    System.exit(Processes.shutdown(Duration.ofSeconds(60)) ? 0 : 1);
  }
}
