package dev.ostler.tests;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.Down;
import dev.ostler.Events;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import java.time.Duration;

/**
 * A program in which the first process that ever crashes does so while the heap is full: nothing of
 * what a death needs was loaded or linked by an earlier one. It says whether the process was dead
 * while the heap was still full, and what its monitor heard. To be run in a JVM of its own, with a
 * small heap.
 */
final class FirstCrash {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final OutOfMemoryError FULL = new OutOfMemoryError("of a test");

  private static volatile Filling filling;

  private FirstCrash() {}

  /** What fills the heap: each points to the one before it. */
  private static final class Filling {
    final Filling before;
    byte[] bytes;

    Filling(Filling before) {
      this.before = before;
    }
  }

  /** A server that any message kills. */
  private static final class Greedy
      implements GenServer<Integer, Call<Greedy, Integer>, Cast<Greedy>> {
    @Override
    public Init<Integer> init() {
      return Init.ok(0);
    }

    @Override
    public Next<Integer> handleInfo(Object message, Integer state) {
      throw fill();
    }
  }

  private static void receiveAndFill() {
    Self.receive();
    throw fill();
  }

  /**
   * Starts one process and lets it crash.
   *
   * @param arguments which kind of process: DIRECT, PLAIN or RAW
   */
  public static void main(String[] arguments) {
    Events.logging(false);
    Processes.attach();
    Pid victim =
        switch (arguments[0]) {
          case "DIRECT" -> GenServer.of(Greedy::new).direct().start().pid();
          case "PLAIN" -> GenServer.of(Greedy::new).start().pid();
          default -> Processes.spawn(FirstCrash::receiveAndFill);
        };
    Self.monitor(victim);
    long end = System.nanoTime() + PATIENCE.toNanos();
    try {
      victim.send("go");
    } catch (OutOfMemoryError e) {
      // A direct server runs on this thread: its death goes on elsewhere.
    }
    while (victim.isAlive() && System.nanoTime() - end < 0) {
      Thread.onSpinWait();
    }
    boolean alive = victim.isAlive();
    filling = null;
    boolean down = Self.receive(PATIENCE).orElse(alive) instanceof Down;
    System.out.println((alive ? "alive" : "dead") + (down ? ", DOWN" : ", silent"));
    System.exit(0);
  }

  /** With ever smaller pieces, until there is no room for the smallest. */
  private static OutOfMemoryError fill() {
    for (int size = 64 * 1024; size >= 8; size /= 8) {
      try {
        while (true) {
          var next = new Filling(filling);
          next.bytes = new byte[size];
          filling = next;
        }
      } catch (OutOfMemoryError e) {
        // On with smaller ones.
      }
    }
    return FULL;
  }
}
