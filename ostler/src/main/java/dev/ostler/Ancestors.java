package dev.ostler;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The parent of a process, that one's parent, and so on: {@code $ancestors} of OTP's proc_lib.
 *
 * <p>Immutable; the children of one parent share it. It has at most {@value #MOST} processes, so
 * that a chain of processes that start their successors does not grow without limit.
 */
final class Ancestors {
  private static final int MOST = 32;

  final Proc parent;
  private final @Nullable Ancestors rest;
  private final int depth;

  /** The clock of the parent, and so of its children. */
  final Clock clock;

  /** The processes for which the parent's children work, unless a child has callers of its own. */
  private final List<Pid> callers;

  private Ancestors(Proc parent, @Nullable Ancestors rest, Clock clock, List<Pid> callers) {
    this.clock = clock;
    this.callers = callers;
    this.parent = parent;
    this.rest = rest;
    this.depth = rest == null ? 1 : rest.depth + 1;
  }

  /** The ancestors of a child of this parent, itself first. */
  static Ancestors of(Proc parent) {
    Ancestors rest = parent.ancestors;
    if (rest != null && rest.depth >= MOST) {
      rest = rest.first(MOST - 1);
    }
    return new Ancestors(parent, rest, parent.clock(), callersGivenBy(parent));
  }

  private @Nullable Ancestors first(int count) {
    return count == 0
        ? null
        : new Ancestors(parent, rest == null ? null : rest.first(count - 1), clock, callers);
  }

  /** The processes for which all children of this parent work; empty if it names none. */
  static List<Pid> callersGivenBy(Proc parent) {
    Aux aux = parent.peekAux();
    return aux == null ? List.of() : aux.callersOfChildren;
  }

  static List<Pid> callers(@Nullable Ancestors ancestors) {
    return ancestors == null ? List.of() : ancestors.callers;
  }

  static List<Pid> list(@Nullable Ancestors ancestors) {
    var list = new ArrayList<Pid>();
    for (Ancestors each = ancestors; each != null; each = each.rest) {
      list.add(each.parent);
    }
    return List.copyOf(list);
  }

  static boolean contains(@Nullable Ancestors ancestors, Pid pid) {
    for (Ancestors each = ancestors; each != null; each = each.rest) {
      if (each.parent == pid) {
        return true;
      }
    }
    return false;
  }
}
