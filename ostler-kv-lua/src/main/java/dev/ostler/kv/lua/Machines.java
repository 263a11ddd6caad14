package dev.ostler.kv.lua;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Machines that run no script now. Any thread may use it. */
final class Machines {
  private static final int MOST = 64;

  private final ConcurrentLinkedQueue<Machine> idle = new ConcurrentLinkedQueue<>();
  private final AtomicInteger count = new AtomicInteger();

  Machine take() {
    Machine known = idle.poll();
    if (known == null) {
      return new Machine();
    }
    count.decrementAndGet();
    return known;
  }

  /** Takes back a machine whose script has returned. */
  void giveBack(Machine machine) {
    if (count.incrementAndGet() <= MOST) {
      idle.add(machine);
    } else {
      count.decrementAndGet();
    }
  }
}
