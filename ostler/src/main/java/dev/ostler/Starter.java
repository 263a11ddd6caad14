package dev.ostler;

import java.util.concurrent.Callable;
import java.util.function.Function;

/**
 * Starts a child of one of the library's own kinds, with a link, as a supervisor needs it, or
 * without one. Immutable.
 *
 * @param <T> the reference to the child that the starter gets
 */
final class Starter<T> implements Callable<ChildSpec.Started<T>> {
  /** One way to start it. */
  interface Way<T> {
    ChildSpec.Started<T> start(boolean linked) throws Exception;
  }

  private final Way<T> way;

  Starter(Way<T> way) {
    this.way = way;
  }

  /** The starter of a child whose handle and process are made by the function. */
  static <T> Starter<T> of(Function<Boolean, T> start, Function<T, Pid> pid) {
    return new Starter<>(
        linked -> {
          T handle = start.apply(linked);
          return new ChildSpec.Started<>(pid.apply(handle), handle);
        });
  }

  @Override
  public ChildSpec.Started<T> call() throws Exception {
    return way.start(true);
  }

  /** Starts it without a link, not even for a moment; any thread may. */
  ChildSpec.Started<T> alone() throws Exception {
    return way.start(false);
  }
}
