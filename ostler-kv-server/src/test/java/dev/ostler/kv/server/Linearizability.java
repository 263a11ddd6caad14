package dev.ostler.kv.server;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Checks whether the clients' operations can be put in one order that explains all outcomes. Used
 * by one thread.
 *
 * <p>It is the search of Wing and Gong (Testing and verifying concurrent objects, 1993) with the
 * memory of Lowe (Testing for linearizability, 2017): the same operations in another order, with
 * the same final state, are not tried twice.
 */
public final class Linearizability<S, I> {
  /*
   * Calls and returns are in one list, in the order of their times. The search goes through it: a
   * call may be the next operation that took effect, unless a return comes before it in the list,
   * because then that operation must come first. Operations that already have a place in the order
   * are removed from the list. At a return there is nothing left to try, so the last choice was
   * wrong.
   *
   * Node 0 is the list's beginning and end; of operation i, 2i + 1 is the call, 2i + 2 the return.
   */
  private static final int MOST_PLACES = 2_000_000;

  private final Model<S, I> model;
  private final List<Operation<I>> history;
  private final int[] before;
  private final int[] after;
  private final BitSet done = new BitSet();
  private final Set<Place<S>> seen = new HashSet<>();
  private final ArrayDeque<Integer> order = new ArrayDeque<>();
  private final ArrayDeque<S> states = new ArrayDeque<>();
  private int left; // operations with a known outcome that have no place in the order yet

  /** The meaning of the operations. States are immutable and have equals. */
  public interface Model<S, I> {
    S initial();

    Step<S> apply(S state, I input);
  }

  /** A new state, and the outcome of the step to it. */
  public record Step<S>(S state, String outcome) {}

  /**
   * An operation of a client.
   *
   * @param outcome the reply; empty if it is unknown, and then the operation may have taken effect
   *     at any time after the call, or never
   * @param called when it began
   * @param returned when the reply was there; ignored if there is none
   */
  public record Operation<I>(I input, Optional<String> outcome, long called, long returned) {
    @Override
    public String toString() {
      String until = outcome.isPresent() ? String.valueOf(returned) : "?";
      return "%d..%s %s -> %s".formatted(called, until, input, outcome.orElse("?"));
    }
  }

  private record Place<S>(BitSet done, S state) {}

  private Linearizability(Model<S, I> model, List<Operation<I>> history) {
    this.model = model;
    this.history = history;
    this.before = new int[2 * history.size() + 1];
    this.after = new int[2 * history.size() + 1];
    this.left = (int) history.stream().filter(each -> each.outcome().isPresent()).count();
    // Of events at the same time, calls come first: the operations may have overlapped.
    int[] nodes =
        IntStream.range(1, after.length)
            .filter(node -> isCall(node) || operation(node).outcome().isPresent())
            .boxed()
            .sorted(Comparator.comparingLong(this::time).thenComparing(node -> !isCall(node)))
            .mapToInt(Integer::intValue)
            .toArray();
    Arrays.stream(nodes).forEach(node -> link(before[0], node, 0));
  }

  /**
   * Whether there is such an order of all operations with known outcome, and some of the others.
   */
  public static <S, I> boolean holds(Model<S, I> model, List<Operation<I>> history) {
    return new Linearizability<>(model, history).isFound();
  }

  private boolean isFound() {
    S state = model.initial();
    int node = after[0];
    while (left > 0) {
      if (node != 0 && isCall(node)) {
        Step<S> step = model.apply(state, operation(node).input());
        if (fits(node, step) && isNew(node, step.state())) {
          order.push(node);
          states.push(state);
          state = step.state();
          take(node);
          node = after[0];
        } else {
          node = after[node];
        }
      } else {
        if (order.isEmpty()) {
          return false;
        }
        node = order.pop();
        state = states.pop();
        putBack(node);
        node = after[node];
      }
    }
    return true;
  }

  private Operation<I> operation(int node) {
    return history.get((node - 1) / 2);
  }

  private static boolean isCall(int node) {
    return node % 2 == 1;
  }

  private long time(int node) {
    return isCall(node) ? operation(node).called() : operation(node).returned();
  }

  private boolean fits(int node, Step<S> step) {
    return operation(node).outcome().map(step.outcome()::equals).orElse(true);
  }

  private boolean isNew(int node, S state) {
    var after = (BitSet) done.clone();
    after.set(node);
    if (seen.size() == MOST_PLACES) {
      throw new IllegalStateException("too many outcomes are unknown to tell in reasonable time");
    }
    return seen.add(new Place<>(after, state));
  }

  // --- The list

  private void link(int first, int node, int last) {
    before[node] = first;
    after[node] = last;
    after[first] = node;
    before[last] = node;
  }

  private void unlink(int node) {
    after[before[node]] = after[node];
    before[after[node]] = before[node];
  }

  private void take(int call) {
    done.set(call);
    unlink(call);
    if (operation(call).outcome().isPresent()) {
      unlink(call + 1);
      left--;
    }
  }

  /** In the reverse order, so that each one gets back to its place. */
  private void putBack(int call) {
    done.clear(call);
    if (operation(call).outcome().isPresent()) {
      link(before[call + 1], call + 1, after[call + 1]);
      left++;
    }
    link(before[call], call, after[call]);
  }
}
