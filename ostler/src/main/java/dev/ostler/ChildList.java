package dev.ostler;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedCollection;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The children of a supervisor in start order, each found by its id and by its process.
 *
 * <p>Used by the supervisor's process only. The cost of an operation on one child does not depend
 * on the number of children.
 */
final class ChildList {
  /** How many of them a text shows. */
  private static final int SHOWN = 20;

  private final SequencedMap<Object, ChildState> byId = new LinkedHashMap<>();
  private final Map<Pid, ChildState> running = new HashMap<>();

  /** All significant children that run or are being restarted, and perhaps some that have ended. */
  private final Set<ChildState> significant = new LinkedHashSet<>();

  // --- Which there are ---

  /** Adds one, last in the order. There is none with its id. */
  void add(ChildState child) {
    byId.put(child.spec.id(), child);
  }

  /** Forgets one that does not run. */
  void remove(ChildState child) {
    byId.remove(child.spec.id());
    significant.remove(child);
  }

  Optional<ChildState> find(Object id) {
    return Optional.ofNullable(byId.get(id));
  }

  boolean contains(ChildState child) {
    return byId.get(child.spec.id()) == child;
  }

  /** All of them in start order; a view. */
  SequencedCollection<ChildState> inOrder() {
    return byId.sequencedValues();
  }

  /** Whether a significant child runs or is being restarted. */
  boolean hasSignificant() {
    var each = significant.iterator();
    while (each.hasNext()) {
      ChildState child = each.next();
      if (child.isRunning() || child.isRestarting()) {
        return true;
      }
      each.remove(); // one that is started again is added again
    }
    return false;
  }

  // --- Their processes ---

  /** Starts one, as {@link ChildState#start}. */
  Optional<Object> start(ChildState child) {
    Optional<Object> handle = child.start();
    child.pid().ifPresent(pid -> running.put(pid, child));
    if (child.spec.significant()) {
      significant.add(child);
    }
    return handle;
  }

  /** Stops those given, the last first, and reports which did not end as they should. */
  void stop(SequencedCollection<ChildState> some) {
    for (ChildState child : some.reversed()) {
      Pid pid = child.pid().orElse(null);
      running.remove(pid, child);
      child
          .stop()
          .ifPresent(
              why ->
                  SupervisorReport.publish(
                      SupervisorReport.Kind.SHUTDOWN_FAILED, child.spec.id(), pid, why));
    }
  }

  /** The child whose process this was, which ended by itself; null if it was none's. */
  @Nullable ChildState ended(Pid pid) {
    return running.remove(pid);
  }

  /** The spec of the child whose process this is; null if it is none's. */
  @Nullable ChildSpec<?> spec(Pid pid) {
    ChildState child = running.get(pid);
    return child == null ? null : child.spec;
  }

  @Override
  public String toString() {
    int more = byId.size() - SHOWN;
    return inOrder().stream()
        .limit(SHOWN)
        .map(ChildState::toString)
        .collect(Collectors.joining(", ", "[", more > 0 ? " and " + more + " more]" : "]"));
  }
}
