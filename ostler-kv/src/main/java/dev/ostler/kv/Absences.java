package dev.ostler.kv;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;

/**
 * The buckets that clients watch although there are none, so that a client hears of one that came
 * and went before it looked again. Any thread.
 */
final class Absences {
  /** One client's watch of a name. */
  static final class Absence {
    private final String name;
    private final RespClient client;
    private volatile boolean over;

    private Absence(String name, RespClient client) {
      this.name = name;
      this.client = client;
    }

    /** Whether there was such a bucket meanwhile. */
    boolean isOver() {
      return over;
    }
  }

  private final ConcurrentMap<String, List<Absence>> watched = new ConcurrentHashMap<>();

  /** Notices from now on whether there is such a bucket. */
  Absence watch(String name, RespClient client) {
    var absence = new Absence(name, client);
    watched.merge(name, List.of(absence), Absences::both);
    return absence;
  }

  private static List<Absence> both(List<Absence> some, List<Absence> others) {
    var all = new ArrayList<>(some);
    all.addAll(others);
    return List.copyOf(all);
  }

  /** Nobody wants to know any more. */
  void forget(Absence absence) {
    forget(absence.name, known -> known == absence);
  }

  /** The same of all that a client watched. */
  void forget(RespClient client) {
    watched.keySet().forEach(name -> forget(name, known -> known.client == client));
  }

  private void forget(String name, Predicate<Absence> which) {
    watched.computeIfPresent(
        name,
        (same, known) -> {
          List<Absence> left = known.stream().filter(which.negate()).toList();
          return left.isEmpty() ? null : left;
        });
  }

  /** There is such a bucket now. Called by its process. */
  void end(String name) {
    if (!watched.isEmpty()) {
      watched.getOrDefault(name, List.of()).forEach(absence -> absence.over = true);
    }
  }

  @Override
  public String toString() {
    return "the absence of " + watched.keySet().stream().map(Bytes::text).sorted().toList();
  }
}
