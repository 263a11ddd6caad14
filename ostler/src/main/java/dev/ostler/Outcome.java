package dev.ostler;

import org.jspecify.annotations.Nullable;

/**
 * The result of a request to a supervisor: a value, or an exception for the caller.
 *
 * <p>The supervisor creates it, and the caller opens it. So a failure is a reply, and does not harm
 * the supervisor.
 */
record Outcome<R>(@Nullable R value, @Nullable RuntimeException failure) {
  static <R> Outcome<R> of(R value) {
    return new Outcome<>(value, null);
  }

  static <R> Outcome<R> failed(RuntimeException failure) {
    return new Outcome<>(null, failure);
  }

  R get() {
    if (failure != null) {
      throw failure;
    }
    return java.util.Objects.requireNonNull(value);
  }
}
