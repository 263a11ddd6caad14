package dev.ostler;

/**
 * Something that can be started: alone, linked to the caller, or by a supervisor.
 *
 * <p>An immutable value that starts any number of times. Write your own with {@link ChildSpec#of}.
 *
 * @param <T> what the starter holds of it, such as a {@link ServerRef}
 */
public interface Child<T> {

  /** How a supervisor starts, restarts and stops it. */
  ChildSpec<T> spec();

  /**
   * Starts it without a link, and returns once it has begun.
   *
   * @throws StartException if it does not start
   */
  T start();

  /**
   * Starts it linked to the calling process, and returns once it has begun.
   *
   * @throws StartException if it does not start
   * @throws IllegalStateException if the calling thread is no process
   */
  T startLink();
}
