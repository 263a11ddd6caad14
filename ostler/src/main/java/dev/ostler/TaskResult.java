package dev.ostler;

/**
 * How a task ended.
 *
 * @param <T> what tasks of its kind bring
 */
public sealed interface TaskResult<T> {
  /**
   * It brought a value.
   *
   * @param value what it brought
   */
  record Ok<T>(T value) implements TaskResult<T> {}

  /**
   * It ended without one.
   *
   * @param reason why
   */
  record Exited<T>(ExitReason reason) implements TaskResult<T> {}
}
