package dev.ostler;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Operations on processes, for any thread. Those of a process on itself are in {@link Self}. */
public final class Processes {
  /** Stands for the sender of a signal that is a thread without a process. Not alive. */
  public static final Pid OUTSIDE = absent("outside");

  /** Stands for the process of a name that no process has. Not alive. */
  public static final Pid NOBODY = absent("nobody");

  private Processes() {}

  /** The code of a raw process. */
  @FunctionalInterface
  public interface Body {
    /** Runs as the process. To return is a normal end, to throw is a crash. */
    void run() throws Exception;
  }

  private static Pid absent(String label) {
    var process = new ThreadProc(label, null);
    Death.of(process, ExitReason.NO_PROCESS);
    return process;
  }

  /** Starts a process that runs the body on a virtual thread of its own. */
  public static Pid spawn(Body body) {
    return spawn("process", body);
  }

  /** Starts a process that runs the body; the label names it, and its thread, in reports. */
  public static Pid spawn(String label, Body body) {
    ThreadProc process = create(label, body);
    process.start(body);
    return process;
  }

  static ThreadProc create(String label, Body body) {
    Objects.requireNonNull(label, "label");
    Objects.requireNonNull(body, "body");
    Proc parent = Runner.living();
    return new ThreadProc(label, parent == null ? null : parent.asParent());
  }

  /** A raw process as a child: to be started alone, linked, or under a supervisor. */
  public static ChildSpec<Pid> of(Body body) {
    return of("process", body);
  }

  /** A raw process as a child, whose label is its id, too. */
  public static ChildSpec<Pid> of(String label, Body body) {
    Objects.requireNonNull(body, "body");
    return ChildSpec.of(
        label,
        Starter.of(
            linked -> linked ? Self.spawnLink(label, body) : spawn(label, body), pid -> pid));
  }

  /**
   * Makes the current thread a process, until {@link #detach} or the end of the thread: for tests,
   * main threads and shells. {@code try} with resources can close the returned object.
   *
   * <p>A kill interrupts the thread and ends the process. The thread continues, but every operation
   * of {@link Self} throws. If the thread ends without being detached, its process ends normally.
   *
   * @return the process, to be closed by the same thread
   * @throws IllegalStateException if the current thread is a process already
   */
  public static Attached attach() {
    Runner runner = Runner.get();
    if (runner.current() != null) {
      throw new IllegalStateException(
          "the current thread is a process already: " + runner.current());
    }
    var process = new ThreadProc(runner.thread.getName(), null);
    process.begins(runner.thread);
    process.enlist();
    process.attach(runner);
    return new Attached(process);
  }

  /**
   * Ends the process as which the current thread was attached, normally unless it is dead. The
   * thread continues without a process.
   *
   * @throws IllegalStateException if the thread was not attached
   */
  public static void detach() {
    detach(ExitReason.NORMAL);
  }

  /**
   * Ends the process as which the current thread was attached, with this reason unless it is dead.
   * The thread continues without a process. Linked processes end, or get an {@link Exit} with the
   * reason if they trap exits.
   *
   * @throws IllegalStateException if the thread was not attached
   */
  public static void detach(ExitReason reason) {
    Objects.requireNonNull(reason, "reason");
    Runner runner = Runner.get();
    if (runner.depth() > 0
        || !(runner.current() instanceof ThreadProc process)
        || !process.isAttached()) {
      throw new IllegalStateException("the current thread is not attached as a process");
    }
    process.unbind(runner, reason);
  }

  /**
   * Ends everything: stops all applications, the newest first, then kills every process, and ends
   * the runtime's own threads and timers. For application servers that load the library anew with
   * each deployment, and for tests: afterwards nothing keeps the library's class loader.
   *
   * <p>Any thread that is no process may call it. Code that does not heed its interrupt runs on.
   * Processes that are started afterwards start the runtime's threads again.
   *
   * @param within how long it may take altogether
   * @return whether everything has ended; false if code of a killed process still runs, or an
   *     application did not stop within the time and was killed
   * @throws IllegalStateException if the current thread is a process
   */
  public static boolean shutdown(Duration within) {
    if (Runner.process() != null) {
      throw new IllegalStateException(
          "the runtime cannot be shut down by a process: " + Runner.process());
    }
    return RuntimeEnd.within(Durations.nanos(within, "within"));
  }

  /**
   * The living processes, oldest first. The runtime does not keep a listed process from the
   * collector.
   */
  public static List<Pid> list() {
    return List.copyOf(ProcessTable.list());
  }

  /** How many processes live. Takes time for each, but little memory. */
  public static int count() {
    return ProcessTable.count();
  }

  /** The state of a process; empty if it has ended. */
  public static Optional<ProcessInfo> info(Pid pid) {
    return pid.isAlive() ? Optional.of(ProcessInfo.of((Proc) pid)) : Optional.empty();
  }

  /**
   * A typed reference to a server of which only the pid is known, as a {@link Down}, a supervisor's
   * list of children or a log has it. The type is checked now.
   *
   * @throws IllegalArgumentException if the process is no server of this type
   * @throws NoProcessException if it has ended
   */
  public static <P extends GenServer<?, ?, ?>> ServerRef<P> server(Pid pid, Class<P> type) {
    Objects.requireNonNull(type, "type");
    if (pid instanceof ServerProc server
        && pid.isAlive() // a dead one keeps its callbacks for a moment
        && type.isInstance(server.peekCallbacks())) {
      return new ServerHandle<>(server);
    }
    if (!pid.isAlive()) {
      throw new NoProcessException(
          pid + " has ended, so it is no server of type " + type.getName());
    }
    throw new IllegalArgumentException(
        Calls.describe((Proc) pid) + " is no server of type " + type.getName());
  }

  /**
   * Gives a process a name.
   *
   * @throws IllegalArgumentException if another process has it, or this one has ended or has a
   *     name, or it is a key of a registry and the process is not the calling one
   */
  public static void register(Name<?> name, Pid pid) {
    Runner.living();
    if (name instanceof Registry<?, ?>.Via<?> && pid != Runner.process()) {
      throw new IllegalArgumentException(
          "cannot register " + pid + " as " + name + ": in a registry, only a process itself can");
    }
    Proc holder = name.claim((Proc) pid);
    if (holder != null) {
      throw new IllegalArgumentException(
          "cannot register " + pid + " as " + name + ": " + holder + " has this name");
    }
  }

  /**
   * Takes a name from the process that has it.
   *
   * @throws IllegalArgumentException if no process has it, or it is a key of a registry and belongs
   *     to another process than the calling one
   */
  public static void unregister(Name<?> name) {
    Proc self = Runner.living();
    if (name instanceof Registry<?, ?>.Via<?> via) {
      Proc holder = via.resolve();
      if (holder != null && holder != self) {
        throw new IllegalArgumentException(
            "cannot unregister "
                + name
                + ": it is a key of a registry and belongs to "
                + holder
                + ", which alone can unregister it");
      }
      if (holder != null) {
        via.unregister();
        return;
      }
    }
    if (!Names.release(name)) {
      throw new IllegalArgumentException("cannot unregister " + name + ": no process has it");
    }
  }
}
