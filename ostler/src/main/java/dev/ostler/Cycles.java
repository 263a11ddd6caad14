package dev.ostler;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds calls that would wait for each other forever, before they are made.
 *
 * <p>Any thread may use it. It reads what other threads wait for, while these continue.
 */
final class Cycles {
  /*
   * A thread writes what it waits for (Runner.waiting, with a full fence) before it searches. So if
   * two threads close a cycle at the same time, at least one of them sees it. A path that leads
   * back to this thread is walked twice. Its last process waits for this thread and cannot
   * continue, so what both walks find is no passing state. A request whose answer was deferred is
   * no edge, because any process may answer it.
   */
  private static final int LONGEST = 1_000;

  static final String ITSELF = "a process cannot call itself";

  private Cycles() {}

  /** The cycle that a call by this thread to the target would close, in words; null if none. */
  static @Nullable String find(Runner runner, Proc target) {
    return closes(runner, target, null) ? describe(runner, target) : null;
  }

  private static @Nullable String describe(Runner runner, Proc target) {
    var path = new ArrayList<Proc>();
    if (!closes(runner, target, path)) {
      return null;
    }
    Proc self = runner.current();
    if (self == target) {
      return ITSELF;
    }
    var text = new StringBuilder("the calls form a cycle: ");
    text.append(self == null ? "the starting thread" : Calls.describe(self));
    for (Proc each : path) {
      text.append(" waits for ").append(Calls.describe(each));
      text.append(each == path.getLast() ? "" : ", which");
    }
    return text.toString();
  }

  private static boolean closes(Runner own, Proc target, @Nullable List<Proc> path) {
    Proc each = target;
    for (int i = 0; i < LONGEST; i++) {
      if (path != null) {
        path.add(each);
      }
      Runner runner = each.runner();
      if (path != null && runner != null) {
        path.addAll(runner.nestedIn(each)); // the processes that its thread runs within it
      }
      if (each.isClosed()) {
        return false;
      }
      if (runner == own) {
        return true;
      }
      Slot waiting = runner == null ? null : runner.waiting;
      if (waiting == null
          || waiting.isDeferred()
          || each.runner() != runner // it had left that thread before it waited
          || !waiting.isPending()) {
        return false;
      }
      each = waiting.target;
    }
    return false;
  }
}
