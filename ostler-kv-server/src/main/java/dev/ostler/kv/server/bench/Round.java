package dev.ostler.kv.server.bench;

import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What was measured in one round on one server. Immutable, if nobody changes its histograms.
 *
 * @param nanos from the begin of the measurement to the last reply
 * @param unanswered requests without a reply, because their connection ended
 * @param lostClients clients whose connection ended
 * @param complaints the texts of errors, and how often each was met
 * @param late how much later than possible the clients sent, because of this machine
 */
record Round(
    Map<Kind, Command> commands,
    long nanos,
    long unanswered,
    long lostClients,
    Map<String, Long> complaints,
    Histogram late,
    List<Second> seconds) {

  /**
   * What was measured of one command.
   *
   * @param latencies in nanoseconds; without those of errors, and with the time that unsent
   *     requests had waited at the end
   * @param unsent requests at a fixed rate that were due and were not sent before the end
   * @param missing how many replies were nil
   */
  record Command(Histogram latencies, long unsent, long missing, long errors) {
    static Command none() {
      return new Command(Tally.empty(), 0, 0, 0);
    }

    /** Replies without an error. */
    long answered() {
      return latencies.getTotalCount() - unsent;
    }

    /** Both together. */
    Command plus(Command other) {
      Histogram sum = latencies.copy();
      sum.add(other.latencies);
      return new Command(
          sum, unsent + other.unsent, missing + other.missing, errors + other.errors);
    }
  }

  /** What was measured in about a second. */
  record Second(double seconds, long requests, long p50, long p99, long max, long errors) {}

  /** All commands together. */
  Command all() {
    return commands.values().stream().reduce(Command.none(), Command::plus);
  }

  /** Replies without an error, a second. */
  double rate() {
    return nanos <= 0 ? 0 : all().answered() * 1e9 / nanos;
  }

  boolean isClean() {
    return all().errors() == 0 && unanswered == 0 && lostClients == 0;
  }
}
