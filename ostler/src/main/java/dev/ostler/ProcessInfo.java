package dev.ostler;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The state of a process, read from outside: nothing is sent to it, and nothing changes. The parts
 * may be from slightly different moments.
 *
 * @param pid the process
 * @param label its label
 * @param name the name it has
 * @param busy whether it runs, or is about to
 * @param suspended whether it is a suspended server
 * @param trapsExits whether it traps exits
 * @param queued how many messages wait, not counting the one being handled
 * @param handled how many messages it has taken: of a server, since {@link Sys#statistics(Pid,
 *     boolean)} was switched on; empty if it is not
 * @param callback what a server does now; empty if it is idle, and for a raw process
 * @param links the processes it is linked to
 * @param monitors the processes it monitors
 * @param monitoredBy the processes that monitor it
 * @param ancestors its parent, that one's parent, and so on
 * @param callers the processes for which it works, if it is a task
 * @param supervisor its parent, if that is a supervisor
 * @param restarts how often its supervisor has started it again
 * @param lastEnd why the process before it ended, if its supervisor has started it again for that
 */
public record ProcessInfo(
    Pid pid,
    String label,
    Optional<Name<?>> name,
    boolean busy,
    boolean suspended,
    boolean trapsExits,
    int queued,
    Optional<Long> handled,
    Optional<Callback> callback,
    List<Pid> links,
    List<Pid> monitors,
    List<Pid> monitoredBy,
    List<Pid> ancestors,
    List<Pid> callers,
    Optional<Pid> supervisor,
    int restarts,
    Optional<ExitReason> lastEnd) {

  /**
   * A callback that runs.
   *
   * @param message the type of the message that it handles, or of the request
   * @param atLeast how long it has run for sure: it is measured every two seconds
   */
  public record Callback(String message, Duration atLeast) {}

  static ProcessInfo of(Proc process) {
    Aux aux = process.peekAux();
    Past past = aux == null || aux.past == null ? Past.NONE : aux.past;
    return new ProcessInfo(
        process,
        process.label(),
        aux == null ? Optional.empty() : Optional.ofNullable(aux.name),
        process.isBusy(),
        process.isSuspended(),
        process.traps(),
        process.queued(),
        process.handled(),
        process.callback(),
        process.linked(),
        process.monitored(),
        process.monitoredBy(),
        Ancestors.list(process.ancestors),
        process.callers(),
        supervisor(process),
        past.restarts(),
        past.lastEnd());
  }

  private static Optional<Pid> supervisor(Proc process) {
    Ancestors ancestors = process.ancestors;
    if (ancestors == null || !(ancestors.parent instanceof CallbackProc parent)) {
      return Optional.empty();
    }
    GenServer<?, ?, ?> callbacks = parent.peekCallbacks();
    return callbacks instanceof SupervisorServer || callbacks instanceof DynamicSupervisorServer
        ? Optional.of(parent)
        : Optional.empty();
  }
}
