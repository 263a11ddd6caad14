package dev.ostler;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The server behind a {@link Supervisor}. Its state is the list of its children, in start order.
 */
final class SupervisorServer
    implements GenServer<List<ChildState>, SupervisorServer.Request<?>, Cast<Supervisor>> {

  /** Everything a supervisor can be asked. */
  sealed interface Request<R> extends Call<Supervisor, R> {}

  record Children() implements Request<List<Supervisor.ChildInfo>> {}

  record CountChildren() implements Request<Supervisor.Count> {}

  record Spec(Object id) implements Request<Optional<ChildSpec<?>>> {}

  record StartChild(ChildSpec<?> spec) implements Request<Outcome<Object>> {}

  record RestartChild(Object id) implements Request<Outcome<Optional<Pid>>> {}

  record TerminateChild(Object id) implements Request<Outcome<Boolean>> {}

  record DeleteChild(Object id) implements Request<Outcome<Boolean>> {}

  private final SupervisorFlags flags;
  private final Restarts restarts;
  private final List<ChildSpec<?>> specs;

  SupervisorServer(SupervisorFlags flags, List<ChildSpec<?>> specs) {
    this.flags = flags;
    this.restarts = new Restarts(flags);
    this.specs = specs;
  }

  // --- Its life ---

  @Override
  public Init<List<ChildState>> init() {
    Self.trapExits(true);
    if (!flags.callers().isEmpty()) {
      ((Proc) Self.pid()).aux().callersOfChildren = flags.callers();
    }
    var children = new ArrayList<ChildState>();
    for (ChildSpec<?> spec : specs) {
      var child = new ChildState(spec);
      try {
        if (child.start().isPresent() || spec.restart() != Restart.TEMPORARY) {
          children.add(child);
        }
      } catch (RuntimeException e) {
        ExitReason reason = Restarts.reasonOf(e);
        report(SupervisorReport.Kind.START_FAILED, child, null, reason);
        stop(children);
        return Init.stop(ExitReason.shutdown(new Supervisor.FailedToStartChild(spec.id(), reason)));
      }
    }
    return Init.ok(children);
  }

  @Override
  public void terminate(ExitReason reason, List<ChildState> children) {
    stop(children);
  }

  /** Stops children given in start order, the newest first. */
  private static void stop(List<ChildState> children) {
    for (ChildState child : children.reversed()) {
      Pid pid = child.pid().orElse(null);
      child.stop().ifPresent(why -> report(SupervisorReport.Kind.SHUTDOWN_FAILED, child, pid, why));
    }
  }

  private static void report(
      SupervisorReport.Kind kind, ChildState child, @Nullable Pid pid, ExitReason reason) {
    SupervisorReport.publish(kind, child.spec.id(), pid, reason);
  }

  // --- Requests ---

  @Override
  public Next<List<ChildState>> handleCall(
      Request<?> request, From<?> from, List<ChildState> children) {
    return switch (request) {
      case Children all ->
          all.reply(children.reversed().stream().map(SupervisorServer::info).toList(), children);
      case CountChildren count -> count.reply(count(children), children);
      case Spec spec -> spec.reply(find(spec.id(), children).map(child -> child.spec), children);
      case StartChild start -> start.reply(start(start.spec(), children), children);
      case RestartChild restart -> restart.reply(restart(restart.id(), children), children);
      case TerminateChild terminate ->
          terminate.reply(terminate(terminate.id(), children), children);
      case DeleteChild delete -> delete.reply(delete(delete.id(), children), children);
    };
  }

  private static Optional<ChildState> find(Object id, List<ChildState> children) {
    return children.stream().filter(child -> child.spec.id().equals(id)).findFirst();
  }

  private static Supervisor.ChildInfo info(ChildState child) {
    return new Supervisor.ChildInfo(
        child.spec.id(), child.pid(), child.isRestarting(), child.spec.kind());
  }

  private static Supervisor.Count count(List<ChildState> children) {
    int active = (int) children.stream().filter(ChildState::isRunning).count();
    int supervisors =
        (int) children.stream().filter(c -> c.spec.kind() == ChildSpec.Kind.SUPERVISOR).count();
    return new Supervisor.Count(
        children.size(), active, supervisors, children.size() - supervisors);
  }

  private Outcome<Object> start(ChildSpec<?> spec, List<ChildState> children) {
    Optional<ChildState> known = find(spec.id(), children);
    if (known.isPresent()) {
      return Outcome.failed(
          known
              .get()
              .pid()
              .<RuntimeException>map(pid -> new StartException.AlreadyStarted(spec.id(), pid))
              .orElseGet(() -> new StartException.AlreadyPresent(spec.id())));
    }
    var child = new ChildState(spec);
    try {
      flags.check(spec);
      Optional<Object> handle = child.start();
      if (handle.isPresent() || spec.restart() != Restart.TEMPORARY) {
        children.add(child);
      }
      return handle
          .map(Outcome::of)
          .orElseGet(() -> Outcome.failed(new StartException.Ignored(spec.id())));
    } catch (RuntimeException e) {
      return Outcome.failed(e);
    }
  }

  private Outcome<Optional<Pid>> restart(Object id, List<ChildState> children) {
    ChildState child = find(id, children).orElse(null);
    RuntimeException refusal = refusal(id, child);
    if (refusal != null || child == null) {
      return Outcome.failed(refusal == null ? new ChildException.NotFound(id) : refusal);
    }
    try {
      child.start();
      return Outcome.of(child.pid());
    } catch (RuntimeException e) {
      return Outcome.failed(e);
    }
  }

  private Outcome<Boolean> terminate(Object id, List<ChildState> children) {
    ChildState child = find(id, children).orElse(null);
    if (child == null) {
      return Outcome.failed(new ChildException.NotFound(id));
    }
    Optional<Pid> stopped = child.pid();
    stop(List.of(child));
    stopped.ifPresent(Orphans::await);
    if (child.spec.restart() == Restart.TEMPORARY) {
      children.remove(child);
    }
    return Outcome.of(true);
  }

  private Outcome<Boolean> delete(Object id, List<ChildState> children) {
    ChildState child = find(id, children).orElse(null);
    RuntimeException refusal = refusal(id, child);
    if (refusal != null) {
      return Outcome.failed(refusal);
    }
    children.remove(child);
    return Outcome.of(true);
  }

  /** The error for a child that is unknown, running or being restarted; null if it is stopped. */
  private static @Nullable RuntimeException refusal(Object id, @Nullable ChildState child) {
    if (child == null) {
      return new ChildException.NotFound(id);
    }
    if (child.isRestarting()) {
      return new ChildException.Restarting(id);
    }
    return child.pid().map(pid -> new ChildException.Running(id, pid)).orElse(null);
  }

  // --- Restarts ---

  @Override
  public Next<List<ChildState>> handleInfo(Object message, List<ChildState> children) {
    switch (message) {
      case Exit(Pid pid, ExitReason reason) -> {
        for (ChildState child : children) {
          if (child.is(pid)) {
            return ended(child, pid, reason, children);
          }
        }
      }
      case Restarts.Retry retry -> {
        if (children.contains(retry.child())) {
          return proceed(restarts.next(retry), retry.child(), children);
        }
      }
      default -> Events.unexpected(message);
    }
    return Next.noReply(children);
  }

  private Next<List<ChildState>> ended(
      ChildState child, Pid pid, ExitReason reason, List<ChildState> children) {
    if (Restarts.follows(child.spec, pid, reason)) {
      child.restarting();
      return proceed(restarts.count(child), child, children);
    }
    child.ended();
    if (child.spec.restart() == Restart.TEMPORARY) {
      children.remove(child);
    }
    return endsWith(child, children)
        ? Next.stop(ExitReason.SHUTDOWN, children)
        : Next.noReply(children);
  }

  /** Whether the supervisor is to end because this child ended by itself. */
  private boolean endsWith(ChildState child, List<ChildState> children) {
    return child.spec.significant()
        && switch (flags.autoShutdown()) {
          case NEVER -> false;
          case ANY_SIGNIFICANT -> true;
          case ALL_SIGNIFICANT ->
              children.stream()
                  .noneMatch(c -> c.spec.significant() && (c.isRunning() || c.isRestarting()));
        };
  }

  private Next<List<ChildState>> proceed(
      Restarts.Step step, ChildState child, List<ChildState> children) {
    return switch (step) {
      case START -> restart(child, children);
      case WAIT -> Next.noReply(children);
      case GIVE_UP -> Next.stop(ExitReason.SHUTDOWN, children);
    };
  }

  /*
   * Before it restarts, the supervisor waits for the orphans of the dead child: see Orphans. If the
   * restart concerns one child alone, the supervisor handles other messages meanwhile. If it stops
   * other children, too, it waits in place, as it waits for their ends.
   */

  /** Stops and starts all children that the failure of this one concerns. */
  private Next<List<ChildState>> restart(ChildState failed, List<ChildState> children) {
    boolean alone = flags.strategy() == Strategy.ONE_FOR_ONE;
    if (alone && Restarts.waitsForOrphansOf(failed)) {
      return Next.noReply(children);
    }
    List<ChildState> affected =
        new ArrayList<>(flags.strategy().affected(children, children.indexOf(failed)));
    affected.remove(failed);
    List<Pid> dead = new ArrayList<>(affected.stream().flatMap(c -> c.pid().stream()).toList());
    failed.last().ifPresent(dead::add);
    stop(affected);
    dead.forEach(Orphans::await);
    List<ChildState> gone =
        affected.stream().filter(c -> c.spec.restart() == Restart.TEMPORARY).toList();
    children.removeAll(gone);
    for (ChildState child :
        List.copyOf(flags.strategy().affected(children, children.indexOf(failed)))) {
      try {
        child.start();
      } catch (RuntimeException e) {
        Restarts.failed(child, e);
        break;
      }
    }
    return Next.noReply(children);
  }
}
