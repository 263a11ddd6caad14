package dev.ostler;

/**
 * Makes the runtime's platform threads; {@link Scheduler} makes the virtual ones.
 *
 * <p>Any thread may use it. No thread of the runtime inherits anything from the thread that happens
 * to start it: it sees no inheritable thread-locals, and its context class loader is the system
 * class loader. So a callback sees the same context whoever sent the message.
 */
final class Threads {
  private Threads() {}

  /** A platform thread that is not started yet and keeps no JVM alive. */
  static Thread daemon(String name, Runnable task) {
    return platform(name, task, true);
  }

  /** A platform thread that is not started yet and keeps the JVM alive. */
  static Thread platform(String name, Runnable task) {
    return platform(name, task, false);
  }

  private static Thread platform(String name, Runnable task, boolean daemon) {
    return Thread.ofPlatform()
        .inheritInheritableThreadLocals(false)
        .daemon(daemon)
        .name(name)
        .unstarted(task);
  }
}
