package dev.ostler.kv.bucket;

import dev.ostler.kv.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;

/**
 * The buckets that clients watch although there are none, so that a client hears of one that came
 * and went before it looked again. Any thread.
 */
public final class Absences {
  /** One client's watch of a name. */
  public static final class Absence {
    private final String name;
    private final Object owner;
    private volatile boolean over;

    private Absence(String name, Object owner) {
      this.name = name;
      this.owner = owner;
    }

    /** Whether there was such a bucket meanwhile. */
    public boolean isOver() {
      return over;
    }
  }

  private final ConcurrentMap<String, List<Absence>> watched = new ConcurrentHashMap<>();

  /**
   * Notices from now on whether there is such a bucket.
   *
   * @param owner who wants to know, for {@link #forgetAll}
   */
  public Absence watch(String name, Object owner) {
    var absence = new Absence(name, owner);
    watched.merge(name, List.of(absence), Absences::both);
    return absence;
  }

  private static List<Absence> both(List<Absence> some, List<Absence> others) {
    var all = new ArrayList<>(some);
    all.addAll(others);
    return List.copyOf(all);
  }

  /** Nobody wants to know any more. */
  public void forget(Absence absence) {
    forget(absence.name, known -> known == absence);
  }

  /** The same of all that this one watched. */
  public void forgetAll(Object owner) {
    watched.keySet().forEach(name -> forget(name, known -> known.owner == owner));
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
