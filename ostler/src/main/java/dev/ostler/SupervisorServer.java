package dev.ostler;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The server behind a {@link Supervisor}. Its state is its children. */
final class SupervisorServer
    implements GenServer<ChildList, SupervisorServer.Request<?>, Cast<Supervisor>> {

  /** Everything a supervisor can be asked. */
  sealed interface Request<R> extends Call<Supervisor, R>, Carrying.Nothing {}

  record Children() implements Request<List<Supervisor.ChildInfo>> {}

  record CountChildren() implements Request<Supervisor.Count> {}

  record Spec(Object id) implements Request<Optional<ChildSpec<?>>> {}

  record StartChild(ChildSpec<?> spec) implements Request<Outcome<Object>> {}

  record RestartChild(Object id) implements Request<Outcome<Optional<Pid>>> {}

  record RestartTyped(ChildSpec<?> spec) implements Request<Outcome<Object>> {}

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

  Strategy strategy() {
    return flags.strategy();
  }

  // --- Its life ---

  @Override
  public Init<ChildList> init() {
    Self.trapExits(true);
    if (!flags.callers().isEmpty()) {
      ((Proc) Self.pid()).aux().callersOfChildren = flags.callers();
    }
    var children = new ChildList();
    for (ChildSpec<?> spec : specs) {
      var child = new ChildState(spec);
      try {
        if (children.start(child).isPresent() || spec.restart() != Restart.TEMPORARY) {
          children.add(child);
        }
      } catch (RuntimeException e) {
        ExitReason reason = Restarts.reasonOf(e);
        SupervisorReport.publish(SupervisorReport.Kind.START_FAILED, spec.id(), null, reason);
        children.stop(children.inOrder());
        return Init.stop(ExitReason.shutdown(new Supervisor.FailedToStartChild(spec.id(), reason)));
      }
    }
    return Init.ok(children);
  }

  @Override
  public void terminate(ExitReason reason, ChildList children) {
    children.stop(children.inOrder());
  }

  // --- Requests ---

  @Override
  public Next<ChildList> handleCall(Request<?> request, From<?> from, ChildList children) {
    return switch (request) {
      case Children all ->
          all.reply(
              children.inOrder().reversed().stream().map(SupervisorServer::info).toList(),
              children);
      case CountChildren count -> count.reply(count(children), children);
      case Spec spec -> spec.reply(children.find(spec.id()).map(child -> child.spec), children);
      case StartChild start -> start.reply(start(start.spec(), children), children);
      case RestartChild restart -> restart.reply(restart(restart.id(), children), children);
      case RestartTyped restart -> restart.reply(restart(restart.spec(), children), children);
      case TerminateChild terminate ->
          terminate.reply(terminate(terminate.id(), children), children);
      case DeleteChild delete -> delete.reply(delete(delete.id(), children), children);
    };
  }

  private static Supervisor.ChildInfo info(ChildState child) {
    return new Supervisor.ChildInfo(
        child.spec.id(), child.pid(), child.isRestarting(), child.spec.kind());
  }

  private static Supervisor.Count count(ChildList children) {
    int all = 0;
    int active = 0;
    int supervisors = 0;
    for (ChildState child : children.inOrder()) {
      all++;
      active += child.isRunning() ? 1 : 0;
      supervisors += child.spec.kind() == ChildSpec.Kind.SUPERVISOR ? 1 : 0;
    }
    return new Supervisor.Count(all, active, supervisors, all - supervisors);
  }

  private Outcome<Object> start(ChildSpec<?> spec, ChildList children) {
    Optional<ChildState> known = children.find(spec.id());
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
      Optional<Object> handle = children.start(child);
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

  private Outcome<Optional<Pid>> restart(Object id, ChildList children) {
    ChildState child = children.find(id).orElse(null);
    RuntimeException refusal = refusal(id, child);
    if (refusal != null || child == null) {
      return Outcome.failed(refusal == null ? new ChildException.NotFound(id) : refusal);
    }
    try {
      children.start(child);
      return Outcome.of(child.pid());
    } catch (RuntimeException e) {
      return Outcome.failed(e);
    }
  }

  private Outcome<Object> restart(ChildSpec<?> spec, ChildList children) {
    ChildState child = children.find(spec.id()).orElse(null);
    if (child != null && child.spec.starter() != spec.starter()) { // its reference has another type
      child = null;
    }
    RuntimeException refusal = refusal(spec.id(), child);
    if (refusal != null || child == null) {
      return Outcome.failed(refusal == null ? new ChildException.NotFound(spec.id()) : refusal);
    }
    try {
      return children
          .start(child)
          .map(Outcome::of)
          .orElseGet(() -> Outcome.failed(new StartException.Ignored(spec.id())));
    } catch (RuntimeException e) {
      return Outcome.failed(e);
    }
  }

  private Outcome<Boolean> terminate(Object id, ChildList children) {
    ChildState child = children.find(id).orElse(null);
    if (child == null) {
      return Outcome.failed(new ChildException.NotFound(id));
    }
    Optional<Pid> stopped = child.pid();
    children.stop(List.of(child));
    stopped.ifPresent(Orphans::await);
    if (child.spec.restart() == Restart.TEMPORARY) {
      children.remove(child);
    }
    return Outcome.of(true);
  }

  private Outcome<Boolean> delete(Object id, ChildList children) {
    ChildState child = children.find(id).orElse(null);
    RuntimeException refusal = refusal(id, child);
    if (refusal != null || child == null) {
      return Outcome.failed(refusal == null ? new ChildException.NotFound(id) : refusal);
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
  public Next<ChildList> handleInfo(Object message, ChildList children) {
    switch (message) {
      case Exit(Pid pid, ExitReason reason) -> {
        ChildState child = children.ended(pid);
        if (child != null) {
          return ended(child, pid, reason, children);
        }
      }
      case Restarts.Retry retry -> {
        if (children.contains(retry.child())) {
          return proceed(restarts.next(retry), retry.child(), children);
        }
      }
      default -> Happening.unexpected(message);
    }
    return Next.noReply(children);
  }

  private Next<ChildList> ended(ChildState child, Pid pid, ExitReason reason, ChildList children) {
    if (Restarts.follows(child.spec, pid, reason)) {
      child.restarting();
      child.endedBy(reason);
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
  private boolean endsWith(ChildState child, ChildList children) {
    return child.spec.significant()
        && switch (flags.autoShutdown()) {
          case NEVER -> false;
          case ANY_SIGNIFICANT -> true;
          case ALL_SIGNIFICANT -> !children.hasSignificant();
        };
  }

  private Next<ChildList> proceed(Restarts.Step step, ChildState child, ChildList children) {
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
  private Next<ChildList> restart(ChildState failed, ChildList children) {
    boolean alone = flags.strategy() == Strategy.ONE_FOR_ONE;
    if (alone && Restarts.waitsForOrphansOf(failed)) {
      return Next.noReply(children);
    }
    List<ChildState> affected =
        new ArrayList<>(flags.strategy().affected(children.inOrder(), failed));
    affected.remove(failed);
    List<Pid> dead = new ArrayList<>(affected.stream().flatMap(c -> c.pid().stream()).toList());
    failed.last().ifPresent(dead::add);
    children.stop(affected);
    dead.forEach(Orphans::await);
    for (ChildState child : affected) {
      if (child.spec.restart() == Restart.TEMPORARY) {
        children.remove(child);
      }
    }
    for (ChildState child : flags.strategy().affected(children.inOrder(), failed)) {
      try {
        children.start(child);
        restarts.restarted(child);
      } catch (RuntimeException e) {
        Restarts.failed(child, e);
        break;
      }
    }
    return Next.noReply(children);
  }
}
