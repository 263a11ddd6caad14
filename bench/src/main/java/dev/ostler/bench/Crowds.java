package dev.ostler.bench;

import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;

/** Programs of very many raw processes; the caller is a process itself. */
final class Crowds {
  private static final int RING = 1_000;

  private record Grown(int processes) {}

  private Crowds() {}

  /** Spawns processes, each of which sends one message and ends; waits for all of the messages. */
  static int spawnAndEnd(int count) {
    Pid self = Self.pid();
    for (int i = 0; i < count; i++) {
      Processes.spawn(() -> self.send(1));
    }
    int sum = 0;
    for (int i = 0; i < count; i++) {
      sum += (Integer) Self.receive();
    }
    return sum;
  }

  /** A tree of so many processes, in which each starts its two children and waits for both. */
  static int tree(int processes, boolean linked) {
    startBranch(Self.pid(), processes, linked);
    return Self.receive(Grown.class).processes();
  }

  private static int startBranch(Pid parent, int processes, boolean linked) {
    if (processes == 0) {
      return 0;
    }
    if (linked) {
      Self.spawnLink(() -> grow(parent, processes, true));
    } else {
      Processes.spawn(() -> grow(parent, processes, false));
    }
    return 1;
  }

  private static void grow(Pid parent, int processes, boolean linked) {
    Pid self = Self.pid();
    int left = (processes - 1) / 2;
    int children = startBranch(self, left, linked);
    children += startBranch(self, processes - 1 - left, linked);
    int grown = 1;
    for (int i = 0; i < children; i++) {
      grown += Self.receive(Grown.class).processes();
    }
    parent.send(new Grown(grown));
  }

  /** A ring of 1,000 processes, the caller one of them, passes a token on so many times. */
  static int ring(int messages) {
    int rounds = messages / RING;
    Pid next = Self.pid();
    for (int i = 1; i < RING; i++) {
      Pid after = next;
      next = Processes.spawn(() -> passOn(after));
    }
    int sum = 0;
    for (int round = rounds; round > 0; round--) {
      next.send(round);
      sum += (Integer) Self.receive();
    }
    return sum;
  }

  /** Passes the number of rounds that are left on, and ends with the last. */
  private static void passOn(Pid next) {
    int round;
    do {
      round = (Integer) Self.receive();
      next.send(round);
    } while (round > 1);
  }
}
