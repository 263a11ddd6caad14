package dev.ostler;

/**
 * How a task ended.
 *
 * @param <T> the value of the task
 */
public sealed interface TaskResult<T> {
  /**
   * It returned a value.
   *
   * @param value the value
   */
  record Ok<T>(T value) implements TaskResult<T> {}

  /**
   * It ended without a value.
   *
   * @param reason why
   */
  record Exited<T>(ExitReason reason) implements TaskResult<T> {}
}
