package dev.ostler;

/**
 * The current thread's life as a process, from {@link Processes#attach} until it is closed.
 *
 * <p>Any thread may ask for the process; only the attached thread may close it.
 */
public final class Attached implements AutoCloseable {
  private final ThreadProc process;

  Attached(ThreadProc process) {
    this.process = process;
  }

  /** The process that the thread is. */
  public Pid pid() {
    return process;
  }

  /**
   * Ends the process as {@link Processes#detach} does; nothing if the thread is no longer this
   * process.
   *
   * @throws IllegalStateException if another thread is attached as this process
   */
  @Override
  public void close() {
    if (Runner.process() == process) {
      Processes.detach();
    } else if (process.isAlive()) {
      throw new IllegalStateException(process + " can be detached by its own thread only");
    }
  }

  @Override
  public String toString() {
    return "Attached[" + process + "]";
  }
}
