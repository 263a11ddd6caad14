package dev.ostler.junit;

import dev.ostler.CrashReport;
import dev.ostler.Events;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * The crash reports of all processes that descend from one, until it is closed.
 *
 * <p>Any thread may use it. Ancestors are known for 32 generations, so a process further down is
 * not recognised.
 */
final class Crashes implements AutoCloseable {
  /** The most reports that are recorded: a child that keeps crashing would make too many. */
  private static final int MOST = 20;

  /** How long to wait for reports. Another subscriber, or the logger, may block. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Pid ancestor;
  private final BlockingQueue<CrashReport> reports = new ArrayBlockingQueue<>(MOST);
  private final Events.Subscription subscription = Events.subscribe(CrashReport.class, this::heard);

  Crashes(Pid ancestor) {
    this.ancestor = ancestor;
  }

  private void heard(CrashReport report) {
    if (report.ancestors().contains(ancestor)) {
      reports.offer(report); // dropped once there are enough
    }
  }

  /**
   * A crash, shown under the failure of a test: without a stack of its own, caused by what crashed.
   */
  private static final class Crashed extends Throwable {
    Crashed(CrashReport report, @Nullable Throwable cause) {
      super(report.text(), cause, false, false);
    }
  }

  /** Shows the reports there are with the failure, as suppressed by it. */
  void showIn(Throwable failure) {
    var _ = Events.flush(PATIENCE); // else it shows what it knows
    for (CrashReport report : reports) {
      Throwable cause = cause(report);
      failure.addSuppressed(new Crashed(report, cause == failure ? null : cause));
    }
  }

  private static @Nullable Throwable cause(CrashReport report) {
    return report.reason() instanceof ExitReason.Crash(Throwable cause) ? cause : null;
  }

  @Override
  public void close() {
    subscription.close();
  }
}
