package dev.ostler.kv.server.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Measures servers. Used by one thread. */
public final class Bench {
  private final Load load;
  private final Schedule schedule;
  private final int rounds;
  private final PrintWriter err;
  private final boolean isTerminal;

  /**
   * Prepares a measurement.
   *
   * @param rounds how often each server is measured
   * @param err where progress is told
   * @param isTerminal whether that is a terminal
   */
  public Bench(Load load, Schedule schedule, int rounds, PrintWriter err, boolean isTerminal) {
    this.load = load;
    this.schedule = schedule;
    this.rounds = rounds;
    this.err = err;
    this.isTerminal = isTerminal;
  }

  /**
   * Measures these servers in turn. Every other round is in the opposite order, so that what
   * changes slowly on this machine does not favour one of them.
   *
   * @param filled whether all keys are set before
   * @throws IOException if nothing can be measured
   */
  public Results measure(List<Target> targets, boolean filled) throws IOException {
    var measured = new ArrayList<Results.Measured>();
    for (Target target : targets) {
      measured.add(new Results.Measured(target.name(), new ArrayList<>()));
    }
    Optional<String> cutShort = Optional.empty();
    try (var progress = new ProgressLine(err, isTerminal)) {
      if (filled) {
        for (Target target : targets) {
          Filling.fill(target, load, progress);
        }
      }
      for (int round = 0; round < rounds && cutShort.isEmpty(); round++) {
        for (int i = 0; i < targets.size() && cutShort.isEmpty(); i++) {
          int which = round % 2 == 0 ? i : targets.size() - 1 - i;
          cutShort = measure(targets.get(which), round, measured.get(which), progress);
        }
      }
    }
    return new Results(load, schedule, List.copyOf(measured), cutShort);
  }

  /** Adds a round; returns why there can be no more of them. */
  private Optional<String> measure(
      Target target, int number, Results.Measured measured, ProgressLine progress)
      throws IOException {
    String title =
        rounds == 1 ? target.name() : target.name() + ", round " + (number + 1) + " of " + rounds;
    Round round;
    try {
      round = Clients.run(target, load, schedule, progress, title);
    } catch (IOException e) {
      if (number == 0 && measured.rounds().isEmpty()) {
        throw e;
      }
      return Optional.of(target.name() + ": " + e.getMessage());
    }
    measured.rounds().add(round);
    return round.lostClients() == 0
        ? Optional.empty()
        : Optional.of(target.name() + ": connections have failed");
  }
}
