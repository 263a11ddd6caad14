package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.CrashReport;
import dev.ostler.Event;
import dev.ostler.Events;
import dev.ostler.Pid;
import dev.ostler.SupervisorReport;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** What goes wrong while it is open; asked about the test's own processes. */
final class Reports implements AutoCloseable {
  private final Queue<Event> events = new ConcurrentLinkedQueue<>();
  private final Events.Subscription subscription;

  /** From now on; once all that happened before has been told, so that there is room for more. */
  Reports() {
    told();
    subscription =
        Events.subscribe(
            List.of(CrashReport.class, SupervisorReport.class, Event.Unexpected.class),
            events::add);
  }

  /** What was told of a process, all of it up to now. */
  List<Event> about(Pid pid) {
    told();
    return events.stream().filter(event -> event.pid().equals(pid)).toList();
  }

  /** Waits until all that happened has been told. */
  static void told() {
    assertThat(Events.flush(Downs.LONG)).as("all events are told").isTrue();
  }

  /** The crash reports of a process; call it once the process is dead. */
  List<CrashReport> crashesOf(Pid pid) {
    return about(pid).stream()
        .filter(CrashReport.class::isInstance)
        .map(CrashReport.class::cast)
        .toList();
  }

  @Override
  public void close() {
    subscription.close();
  }
}
