package dev.ostler.kv.torture;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The clients of one round. They write and read until they are stopped, and keep what they are
 * told. The thread of the fault uses it.
 */
final class Load {
  private static final int WRITERS = 3;
  private static final int COUNTING = 2;
  private static final int PLAYERS = 4;
  private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

  /** What a client does again and again. */
  private interface Step {
    Client.Answer with(Client client);
  }

  /**
   * A moment after which the next acknowledged write is waited for.
   *
   * @param out nodes that do not count: they may have answered before
   */
  private record Strike(long nanos, Set<Node> out) {}

  private final List<Node> nodes;
  private final Ledger ledger;
  private final Tick tick;
  private final Histories histories;
  private final List<Thread> threads = new ArrayList<>();

  // Under this object's lock, which is notified when a write is acknowledged.
  private long acknowledged;
  private @Nullable Strike strike;
  private long backAfterNanos = -1;
  private boolean stopped;
  private final Map<String, Integer> words = new TreeMap<>(); // of refusals and unknown outcomes

  /**
   * Starts the clients.
   *
   * @param name of this round: what they write begins with it
   */
  Load(List<Node> nodes, String name, Random random) {
    this.nodes = nodes;
    this.ledger = new Ledger(name + ":ledger:");
    this.tick = new Tick(name + ":tick");
    this.histories = new Histories(name + ":pair:");
    for (int i = 0; i < WRITERS; i++) {
      start(Client.roaming(nodes, i), ledger::write, true);
    }
    for (int i = 0; i < COUNTING; i++) {
      start(Client.roaming(nodes, i), tick::increment, true);
    }
    for (int i = 0; i < PLAYERS; i++) {
      var own = new Random(random.nextLong());
      start(Client.roaming(nodes, i), client -> histories.play(client, own), true);
    }
    for (Node node : nodes) { // whether it leads or not: it may believe that it does
      start(Client.of(node), tick::read, false);
    }
  }

  private void start(Client client, Step step, boolean writes) {
    threads.add(
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  try (client) {
                    while (!isStopped()) {
                      note(step.with(client), writes);
                      LockSupport.parkNanos(PACE_NANOS);
                    }
                  }
                }));
  }

  private synchronized boolean isStopped() {
    return stopped;
  }

  private synchronized void note(Client.Answer answer, boolean writes) {
    switch (answer) {
      case Client.Answer.Done(_, Node by) -> {
        if (writes) {
          acknowledged++;
          if (strike != null && backAfterNanos < 0 && !strike.out.contains(by)) {
            backAfterNanos = System.nanoTime() - strike.nanos;
          }
          notifyAll();
        }
      }
      case Client.Answer.Refused(String why) -> count("refused: " + why);
      case Client.Answer.Unknown(String why) -> count("unknown: " + why);
    }
  }

  private void count(String why) {
    words.merge(why.replaceAll("\\d+", "N"), 1, Integer::sum);
  }

  /**
   * Says that these nodes are struck now: how long is it until another one acknowledges a write?
   */
  synchronized void struck(Collection<Node> out) {
    strike = new Strike(System.nanoTime(), Set.copyOf(out));
    backAfterNanos = -1;
  }

  /**
   * How long it was, in nanoseconds; empty if nothing was struck, or nothing acknowledged since.
   */
  synchronized OptionalLong backAfterNanos() {
    return backAfterNanos < 0 ? OptionalLong.empty() : OptionalLong.of(backAfterNanos);
  }

  /**
   * Waits until so many more writes are acknowledged.
   *
   * @throws Patient.Stuck if that takes more than two minutes
   */
  synchronized void await(int writes) throws InterruptedException {
    long enough = acknowledged + writes;
    var patience = new Patience(120);
    while (acknowledged < enough) {
      if (patience.isOver()) {
        throw new Patient.Stuck("no write is acknowledged for two minutes: " + words());
      }
      TimeUnit.SECONDS.timedWait(this, 1);
    }
  }

  /** Waits for the strike's next acknowledged write. */
  synchronized void awaitBack() throws InterruptedException {
    while (strike != null && backAfterNanos < 0) {
      await(1);
    }
  }

  /** What clients were told instead of an answer, and how often. */
  synchronized String words() {
    return words.entrySet().stream()
        .map(each -> each.getValue() + " " + each.getKey())
        .collect(Collectors.joining("\n  ", "  ", ""));
  }

  /** Ends the clients, and compares what they were told with what is there. */
  Verdict end() throws InterruptedException {
    stop();
    for (Thread thread : threads) {
      thread.join();
    }
    try (var client = new Patient(nodes)) {
      List<String> lost = ledger.lost(client);
      List<String> phantoms = ledger.doneThoughRefused(client);
      Histories.Check check = histories.check(client);
      return new Verdict(
          acknowledged(), lost, tick, phantoms, check.unexplained(), check.unchecked());
    }
  }

  /** Ends the clients, sooner or later. */
  synchronized void stop() {
    stopped = true;
  }

  private synchronized long acknowledged() {
    return acknowledged;
  }
}
