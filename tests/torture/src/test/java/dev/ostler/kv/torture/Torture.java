package dev.ostler.kv.torture;

import dev.ostler.kv.torture.Faults.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Three nodes, clients that remember what they are told, and faults. Arguments: {@code host} or
 * {@code namespaces}, the command that runs KV, a directory for all files, the seed, the rounds of
 * each fault, how many seconds a node is suspended at most, and the faults' names, or none for all.
 */
final class Torture {
  private static final int WRITES = 40; // before a fault and after it

  private final Ground ground;
  private final Path server;
  private final Path directory;
  private final long seed;
  private final int rounds;
  private final int mostSeconds;
  private boolean failed;

  private Torture(
      Ground ground, Path server, Path directory, long seed, int rounds, int mostSeconds) {
    this.ground = ground;
    this.server = server;
    this.directory = directory;
    this.seed = seed;
    this.rounds = rounds;
    this.mostSeconds = mostSeconds;
  }

  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 1 && arguments[0].equals("names")) {
      Faults.all().forEach(fault -> System.out.println(fault.name()));
      return;
    }
    Ground ground =
        arguments[0].equals("namespaces") ? Ground.namespaces(Nodes.COUNT) : Ground.host();
    var torture =
        new Torture(
            ground,
            Path.of(arguments[1]),
            Path.of(arguments[2]),
            Long.parseLong(arguments[3]),
            Integer.parseInt(arguments[4]),
            Integer.parseInt(arguments[5]));
    List<String> wanted = Arrays.asList(arguments).subList(6, arguments.length);
    System.out.printf(
        "%-14s %6s %8s %6s %6s %12s  %s%n",
        "fault",
        "rounds",
        "acked",
        "lost",
        "stale",
        "unexplained",
        "back after, ms: median p99 most");
    for (Fault fault : Faults.all()) {
      if (wanted.isEmpty() || wanted.contains(fault.name())) {
        torture.tryOut(fault);
      }
    }
    System.exit(torture.failed ? 1 : 0);
  }

  /** What all rounds of a fault have in common. */
  private static final class Sum {
    int rounds;
    long acknowledged;
    long lost;
    long stale;
    long unexplained;
    int unchecked;
    final List<Long> backMillis = new ArrayList<>();

    void add(Verdict verdict) {
      rounds++;
      acknowledged += verdict.acknowledged();
      lost += verdict.lost();
      stale += verdict.stale();
      unexplained += verdict.notExplained();
      unchecked += verdict.unchecked();
    }

    private long part(double part) {
      List<Long> sorted = backMillis.stream().sorted().toList();
      return sorted.get((int) Math.min(sorted.size() - 1, part * sorted.size()));
    }

    @Override
    public String toString() {
      String back =
          backMillis.isEmpty() ? "" : "%d %d %d".formatted(part(0.5), part(0.99), part(1));
      return "%6d %8d %6d %6d %12d  %s"
          .formatted(rounds, acknowledged, lost, stale, unexplained, back);
    }
  }

  private void tryOut(Fault fault) throws IOException, InterruptedException {
    Optional<String> missing = fault.missing().on(ground);
    if (missing.isPresent()) {
      System.out.printf("%-14s skipped: %s%n", fault.name(), missing.get());
      return;
    }
    var sum = new Sum();
    var random = new Random(seed + fault.name().hashCode());
    Path place = directory.resolve(fault.name());
    var complaints = new ArrayList<String>();
    try (var nodes = new Nodes(ground, place, server, fault.kind())) {
      try {
        for (int round = 0; round < rounds; round++) {
          play(fault, nodes, round, random, sum);
        }
      } catch (Patient.Stuck e) {
        nodes.complain("round " + sum.rounds + ": " + e.getMessage());
      } finally {
        ground.wires().ifPresent(Wires::repair);
      }
      complaints.addAll(nodes.complaints());
    }
    System.out.printf(Locale.ROOT, "%-14s %s%n", fault.name(), sum);
    if (sum.unchecked > 0) {
      System.out.printf("  %d histories had too many unknown outcomes to tell%n", sum.unchecked);
    }
    complaints.forEach(each -> System.out.println("  " + each.replace("\n", "\n    ")));
    if (sum.lost + sum.stale + sum.unexplained > 0 || !complaints.isEmpty()) {
      failed = true;
      System.out.println("  files in " + place);
    }
  }

  private void play(Fault fault, Nodes nodes, int number, Random random, Sum sum)
      throws IOException, InterruptedException {
    long begun = System.nanoTime();
    nodes.awaitWhole();
    var load = new Load(nodes.all(), fault.name() + number, random);
    try {
      load.await(WRITES);
      fault.what().happens(new Round(number, nodes, ground, load, random, mostSeconds));
      nodes.awaitWhole();
      load.await(WRITES);
    } catch (Patient.Stuck e) {
      load.stop();
      throw e;
    }
    load.backAfterNanos().ifPresent(nanos -> sum.backMillis.add(nanos / 1_000_000));
    Verdict verdict = load.end();
    sum.add(verdict);
    Path directory = this.directory.resolve(fault.name());
    Files.writeString(
        directory.resolve("round-" + number + ".txt"),
        "%.1f s; back after %s%n%s%n%s"
            .formatted(
                (System.nanoTime() - begun) / (double) TimeUnit.SECONDS.toNanos(1),
                load.backAfterNanos(),
                load.words(),
                verdict.isGood() ? "" : verdict.details()));
  }
}
