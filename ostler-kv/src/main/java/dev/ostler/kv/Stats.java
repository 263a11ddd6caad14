package dev.ostler.kv;

import java.util.concurrent.atomic.LongAdder;

/** What INFO counts. Any thread. */
final class Stats {
  private final LongAdder accepted = new LongAdder();
  private final LongAdder rejected = new LongAdder();

  void accepted() {
    accepted.increment();
  }

  void rejected() {
    rejected.increment();
  }

  long connectionsAccepted() {
    return accepted.sum();
  }

  long connectionsRejected() {
    return rejected.sum();
  }
}
