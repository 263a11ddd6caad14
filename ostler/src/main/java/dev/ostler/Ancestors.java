package dev.ostler;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who started a process, who started that one, and so on: {@code $ancestors} of OTP's proc_lib.
 *
 * <p>Immutable; shared by the children of one parent. Cut after {@value #MOST}, so that a process
 * that starts its successor for ever does not remember them all.
 */
final class Ancestors {
  private static final int MOST = 32;

  final Proc parent;
  private final @Nullable Ancestors rest;
  private final int depth;

  /** What the parent, and so its children, go by. */
  final Clock clock;

  private Ancestors(Proc parent, @Nullable Ancestors rest, Clock clock) {
    this.clock = clock;
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
    return new Ancestors(parent, rest, parent.clock());
  }

  private @Nullable Ancestors first(int count) {
    return count == 0
        ? null
        : new Ancestors(parent, rest == null ? null : rest.first(count - 1), clock);
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
