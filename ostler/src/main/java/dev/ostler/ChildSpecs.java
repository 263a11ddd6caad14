package dev.ostler;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The specifications of a supervisor's children in start order, with unique ids. An immutable
 * value.
 */
final class ChildSpecs {
  /*
   * Each value is one specification and a reference to the value it was made from. It passes the
   * set of all ids on to the value that is made from it next, so a chain of n children takes n
   * steps. If another value is made from it later, it builds a new set.
   */
  private final @Nullable ChildSpecs before;
  private final @Nullable ChildSpec<?> last;
  private final int size;
  private final AtomicReference<@Nullable Set<Object>> ids;

  private ChildSpecs(
      @Nullable ChildSpecs before, @Nullable ChildSpec<?> last, int size, Set<Object> ids) {
    this.before = before;
    this.last = last;
    this.size = size;
    this.ids = new AtomicReference<>(ids);
  }

  static ChildSpecs none() {
    return new ChildSpecs(null, null, 0, new HashSet<>());
  }

  /**
   * With one more, the last.
   *
   * @throws IllegalArgumentException if there is one with its id
   */
  ChildSpecs with(ChildSpec<?> spec) {
    Set<Object> known = ids.getAndSet(null);
    if (known == null) {
      known = new HashSet<>();
      for (ChildSpec<?> each : list()) {
        known.add(each.id());
      }
    }
    if (!known.add(spec.id())) {
      ids.set(known);
      throw new IllegalArgumentException("there is a child " + spec.id() + " already");
    }
    return new ChildSpecs(this, spec, size + 1, known);
  }

  /** All of them. */
  List<ChildSpec<?>> list() {
    var all = new ChildSpec<?>[size];
    for (ChildSpecs each = this; each != null && each.size > 0; each = each.before) {
      all[each.size - 1] = Objects.requireNonNull(each.last);
    }
    return List.copyOf(Arrays.asList(all));
  }
}
