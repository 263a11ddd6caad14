package dev.ostler.kv.server.admin;

import dev.ostler.Distribution;
import dev.ostler.Mailboxes;
import dev.ostler.Metrics;
import dev.ostler.ProcessMetrics;
import dev.ostler.ProcessMetrics.Ending;
import dev.ostler.SchedulerLoad;
import dev.ostler.kv.figures.Figures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Measures the processes of this JVM while the endpoint is open, those of other stores included.
 * Any thread may ask.
 */
final class ProcessFigures implements Figures.Source, AutoCloseable {
  /** The bounds of the histograms: a microsecond, and each four times the one before. */
  private static final List<Duration> BOUNDS = bounds();

  private final Metrics metrics = Metrics.open();

  private static List<Duration> bounds() {
    var bounds = new ArrayList<Duration>();
    for (int i = 10; i <= 32; i += 2) { // up to four seconds
      bounds.add(Duration.ofNanos(1L << i));
    }
    return List.copyOf(bounds);
  }

  @Override
  public void tell(Figures to) {
    ProcessMetrics all = metrics.snapshot().total();
    lives(to, all);
    calls(to, all);
    waiting(to);
  }

  private static void lives(Figures to, ProcessMetrics all) {
    to.counter("ostler_process_starts_total", "Processes that began.", all.started());
    Figures.Family exits =
        to.counters("ostler_process_exits_total", "Processes that ended.", "reason");
    for (Ending how : Ending.values()) {
      exits.add(all.ended(how), how.name().toLowerCase(Locale.ROOT));
    }
    to.counter(
        "ostler_process_restarts_total",
        "Processes that a supervisor started in place of one that had ended.",
        all.restarts());
  }

  private static void calls(Figures to, ProcessMetrics all) {
    to.counter("ostler_calls_total", "Calls of servers.", all.calls());
    to.counter("ostler_call_timeouts_total", "Calls that timed out.", all.timeouts());
    to.counter(
        "ostler_call_cycles_total", "Calls that would have waited for themselves.", all.cycles());
    to.counter(
        "ostler_call_unanswered_total",
        "Calls without a reply for another reason.",
        all.unanswered());
    to.counter("ostler_callbacks_total", "Messages that servers handled.", all.callbacks());
    to.counter("ostler_dead_letters_total", "Messages that were dropped.", all.deadLetters());
    histogram(
        to,
        "ostler_call_duration_seconds",
        "How long calls took, of about one in sixteen.",
        all.callTimes());
    histogram(
        to,
        "ostler_call_wait_seconds",
        "How long requests waited until their callback began, of about one in sixteen.",
        all.waits());
    histogram(
        to,
        "ostler_callback_duration_seconds",
        "How long servers took for a message, of about one in sixteen.",
        all.callbackTimes());
  }

  private static void histogram(Figures to, String name, String help, Distribution times) {
    var bounds = new ArrayList<Double>();
    var counts = new ArrayList<Long>();
    long before = 0;
    for (Duration each : BOUNDS) {
      long within = times.countWithin(each);
      bounds.add(each.toNanos() / 1e9);
      counts.add(within - before);
      before = within;
    }
    counts.add(times.count() - before);
    to.histograms(name, help).add(bounds, counts, times.sum().toNanos() / 1e9);
  }

  private static void waiting(Figures to) {
    Mailboxes.Depth mailboxes = Mailboxes.now().total();
    to.gauge("ostler_processes", "Processes that live in this JVM.", mailboxes.processes());
    to.gauge("ostler_mailbox_messages", "Messages that wait in mailboxes.", mailboxes.queued());
    to.gauge(
        "ostler_mailbox_longest",
        "Messages that wait in the longest mailbox.",
        mailboxes.longest());
    SchedulerLoad load = SchedulerLoad.now();
    to.gauge("ostler_scheduler_workers", "Threads of the processes' scheduler.", load.workers());
    to.gauge(
        "ostler_scheduler_awake",
        "Threads of the scheduler that have work or look for some.",
        load.awake());
    to.gauge("ostler_scheduler_queued", "Processes that wait for their turn.", load.queued());
  }

  /** Stops measuring. */
  @Override
  public void close() {
    metrics.close();
  }
}
