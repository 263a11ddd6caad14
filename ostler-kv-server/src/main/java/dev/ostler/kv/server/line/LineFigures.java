package dev.ostler.kv.server.line;

import dev.ostler.kv.figures.Figures;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** The clients of the line protocol, and how many there were. Any thread may use it. */
final class LineFigures implements Figures.Source {
  private final Set<LineConnection> open = ConcurrentHashMap.newKeySet();
  private final LongAdder accepted = new LongAdder();
  private final LongAdder rejected = new LongAdder();

  /** The connections whose sockets are open; any thread may change it. */
  Set<LineConnection> open() {
    return open;
  }

  void accepted() {
    accepted.increment();
  }

  void rejected() {
    rejected.increment();
  }

  @Override
  public void tell(Figures to) {
    to.gauge(
        "kv_line_connections", "Clients of the line protocol that are connected.", open.size());
    to.counter(
        "kv_line_accepted_connections_total",
        "Clients of the line protocol that were served, now or before.",
        accepted.sum());
    to.counter(
        "kv_line_rejected_connections_total",
        "Clients of the line protocol that were turned away, because there were too many.",
        rejected.sum());
  }
}
