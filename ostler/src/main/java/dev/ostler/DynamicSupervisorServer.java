package dev.ostler;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The server behind a {@link DynamicSupervisor}.
 *
 * <p>Its state has each child's process, the last one for a child that is being restarted, with its
 * {@link ChildSpec}, which children share, or with a {@link ChildState} once it has failed.
 */
final class DynamicSupervisorServer
    implements GenServer<
        IdentityTable<Pid, Object>, DynamicSupervisorServer.Request<?>, Cast<DynamicSupervisor>> {

  /** Everything a dynamic supervisor can be asked. */
  sealed interface Request<R> extends Call<DynamicSupervisor, R>, Carrying.Nothing {}

  record StartChild(ChildSpec<?> spec) implements Request<Outcome<Object>> {}

  record TerminateChild(Pid pid) implements Request<Outcome<Boolean>> {}

  record Children() implements Request<List<DynamicSupervisor.ChildInfo>> {}

  record CountChildren() implements Request<Supervisor.Count> {}

  private static final int SHOWN = 10;

  private final Restarts restarts;
  private final int most;

  /** Of a temporary child. */
  private @Nullable ChildSpec<?> latestKept;

  DynamicSupervisorServer(SupervisorFlags flags, int most) {
    this.restarts = new Restarts(flags);
    this.most = most;
  }

  @Override
  public Init<IdentityTable<Pid, Object>> init() {
    Self.trapExits(true);
    return Init.ok(new IdentityTable<>());
  }

  /** How many children there are, and some of them. */
  @Override
  public StatusReport formatStatus(StatusReport status) {
    if (!(status.state() instanceof IdentityTable<?, ?> children)) {
      return status;
    }
    List<String> some = children.stream().limit(SHOWN).map(Object::toString).toList();
    return status.state(children.size() + " children" + (some.isEmpty() ? "" : ": " + some));
  }

  /** Tells all to stop, then waits for each. */
  @Override
  public void terminate(ExitReason reason, IdentityTable<Pid, Object> children) {
    record Leaving(Pid pid, ChildSpec<?> spec, Stopping stopping) {}
    var leaving = new ArrayList<Leaving>(children.size());
    for (Pid pid : children.stream().sorted(Comparator.comparingLong(Pid::id)).toList()) {
      Object child = children.get(pid);
      if (child != null && !isRestarting(child)) {
        ChildSpec<?> spec = spec(child);
        leaving.add(new Leaving(pid, spec, Stopping.of(pid, spec.shutdown())));
      }
    }
    // It waits first for those that are killed first: one with more time may need their end.
    leaving.sort(Comparator.comparingLong(each -> each.stopping().time()));
    for (Leaving each : leaving) {
      each.stopping()
          .await(each.spec())
          .ifPresent(
              why -> report(SupervisorReport.Kind.SHUTDOWN_FAILED, each.spec(), each.pid(), why));
    }
  }

  /** The spec of the child whose process this is, in this state; null if it is none's. */
  @SuppressWarnings("unchecked") // it is the state of such a server
  static @Nullable ChildSpec<?> specOf(Object state, Pid pid) {
    Object child = ((IdentityTable<Pid, Object>) state).get(pid);
    return child == null ? null : spec(child);
  }

  private static ChildSpec<?> spec(Object child) {
    return child instanceof ChildState state ? state.spec : (ChildSpec<?>) child;
  }

  private static boolean isRestarting(Object child) {
    return child instanceof ChildState state && state.isRestarting();
  }

  private static void report(
      SupervisorReport.Kind kind, ChildSpec<?> spec, Pid pid, ExitReason reason) {
    SupervisorReport.publish(kind, spec.id(), pid, reason);
  }

  // --- Requests ---

  @Override
  public Next<IdentityTable<Pid, Object>> handleCall(
      Request<?> request, From<?> from, IdentityTable<Pid, Object> children) {
    return switch (request) {
      case StartChild start -> start.reply(start(start.spec(), children), children);
      case TerminateChild terminate ->
          terminate.reply(terminate(terminate.pid(), children), children);
      case Children all -> all.reply(list(children), children);
      case CountChildren count -> count.reply(count(children), children);
    };
  }

  private Outcome<Object> start(ChildSpec<?> spec, IdentityTable<Pid, Object> children) {
    if (children.size() >= most) {
      return Outcome.failed(new StartException.TooManyChildren(spec.id(), most));
    }
    try {
      ChildSpec.Started<?> started = spec.attempt();
      Self.link(started.pid()); // in case its starter did not
      children.put(started.pid(), kept(spec));
      return Outcome.of(started.handle());
    } catch (RuntimeException e) {
      return Outcome.failed(e);
    }
  }

  /** What is kept of the spec of a child that runs, one for all that are alike. */
  private ChildSpec<?> kept(ChildSpec<?> spec) {
    if (spec.restart() != Restart.TEMPORARY) {
      return spec;
    }
    ChildSpec<?> kept = spec.started();
    if (!(kept.id() instanceof String)) {
      return kept; // to compare it would run code of the user
    }
    ChildSpec<?> latest = latestKept;
    if (latest != null && kept.equals(latest)) {
      return latest;
    }
    latestKept = kept;
    return kept;
  }

  private Outcome<Boolean> terminate(Pid pid, IdentityTable<Pid, Object> children) {
    Object child = children.get(pid);
    if (child == null) {
      return Outcome.failed(new ChildException.NotFound(pid));
    }
    children.remove(pid);
    if (!isRestarting(child)) {
      ChildSpec<?> spec = spec(child);
      Stopping.of(pid, spec.shutdown())
          .await(spec)
          .ifPresent(why -> report(SupervisorReport.Kind.SHUTDOWN_FAILED, spec, pid, why));
      Orphans.await(pid);
    }
    return Outcome.of(true);
  }

  private static List<DynamicSupervisor.ChildInfo> list(IdentityTable<Pid, Object> children) {
    return children.stream()
        .sorted(Comparator.comparingLong(Pid::id))
        .map(pid -> info(pid, Objects.requireNonNull(children.get(pid))))
        .toList();
  }

  private static DynamicSupervisor.ChildInfo info(Pid pid, Object child) {
    return new DynamicSupervisor.ChildInfo(pid, isRestarting(child), spec(child).kind());
  }

  private static Supervisor.Count count(IdentityTable<Pid, Object> children) {
    int restarting = 0;
    int supervisors = 0;
    for (Pid pid : children) {
      Object child = Objects.requireNonNull(children.get(pid));
      restarting += isRestarting(child) ? 1 : 0;
      supervisors += spec(child).kind() == ChildSpec.Kind.SUPERVISOR ? 1 : 0;
    }
    int all = children.size();
    return new Supervisor.Count(all, all - restarting, supervisors, all - supervisors);
  }

  // --- Restarts ---

  @Override
  public Next<IdentityTable<Pid, Object>> handleInfo(
      Object message, IdentityTable<Pid, Object> children) {
    switch (message) {
      case Exit(Pid pid, ExitReason reason) -> {
        Object child = children.get(pid);
        return child == null || isRestarting(child)
            ? Next.noReply(children)
            : ended(pid, child, reason, children);
      }
      case Restarts.Retry retry -> {
        ChildState child = retry.child();
        if (child.key().map(children::get).orElse(null) == child) {
          return proceed(restarts.next(retry), child, children);
        }
      }
      default -> Happening.unexpected(message);
    }
    return Next.noReply(children);
  }

  private Next<IdentityTable<Pid, Object>> ended(
      Pid pid, Object child, ExitReason reason, IdentityTable<Pid, Object> children) {
    ChildSpec<?> spec = spec(child);
    if (!Restarts.follows(spec, pid, reason)) {
      children.remove(pid);
      return Next.noReply(children);
    }
    ChildState state = child instanceof ChildState known ? known : new ChildState(spec);
    state.restarting(pid);
    state.endedBy(reason);
    children.put(pid, state);
    return proceed(restarts.count(state), state, children);
  }

  private Next<IdentityTable<Pid, Object>> proceed(
      Restarts.Step step, ChildState child, IdentityTable<Pid, Object> children) {
    return switch (step) {
      case START -> restart(child, children);
      case WAIT -> Next.noReply(children);
      case GIVE_UP -> Next.stop(ExitReason.SHUTDOWN, children);
    };
  }

  private Next<IdentityTable<Pid, Object>> restart(
      ChildState child, IdentityTable<Pid, Object> children) {
    if (Restarts.waitsForOrphansOf(child)) {
      return Next.noReply(children);
    }
    try {
      child.start();
      child.key().ifPresent(children::remove);
      child.pid().ifPresent(pid -> children.put(pid, child)); // else it chose not to start
      restarts.restarted(child);
    } catch (RuntimeException e) {
      Restarts.failed(child, e);
    }
    return Next.noReply(children);
  }
}
