package dev.ostler;

import org.jspecify.annotations.Nullable;

/**
 * What came of a request to a supervisor: a value, or what its caller is to be thrown.
 *
 * <p>Made in the supervisor, opened by the caller: a failure is an answer and harms nobody else.
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
