package dev.ostler;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A process that starts other processes, starts them again when they fail, and stops them.
 *
 * <p>Any thread may use it; its requests wait as long as it takes, one after another, so a child
 * that is slow to start holds up all else. After {@code supervisor} of Erlang/OTP.
 *
 * <p>Two equal supervisors share one process.
 */
public final class Supervisor {
  private static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

  private final ServerRef<Supervisor> server;

  private Supervisor(ServerRef<Supervisor> server) {
    this.server = server;
  }

  /** A supervisor to be started, with no children yet. */
  public static Spec of(Strategy strategy) {
    return new Spec(new SupervisorFlags(strategy), ChildSpecs.none(), new Named<>());
  }

  /** The supervisor that has, or will have, this name. */
  public static Supervisor at(Name<Supervisor> name) {
    return new Supervisor(Objects.requireNonNull(name, "name"));
  }

  /** The supervisor whose process runs on this thread. */
  static Supervisor current() {
    return new Supervisor(new ServerHandle<>((ServerProc) Objects.requireNonNull(Runner.living())));
  }

  // --- A supervisor to be started ---

  /** The description of a supervisor and its children. An immutable value. */
  public static final class Spec implements Child<Supervisor> {
    private final SupervisorFlags flags;
    private final ChildSpecs children;
    private final Named<Supervisor> named;

    private Spec(SupervisorFlags flags, ChildSpecs children, Named<Supervisor> named) {
      this.flags = flags;
      this.children = children;
      this.named = named;
    }

    private Spec named(UnaryOperator<Named<Supervisor>> change) {
      return new Spec(flags, children, change.apply(named));
    }

    /**
     * Adds a child, which is started after those before it.
     *
     * @throws IllegalArgumentException if there is a child with its id, or it is significant and
     *     the supervisor never {@linkplain #autoShutdown ends with it}
     */
    public Spec child(Child<?> child) {
      ChildSpec<?> spec = child.spec();
      flags.check(spec);
      return new Spec(flags, children.with(spec), named);
    }

    /**
     * Sets how many restarts it tolerates within a time before it gives up; the default is 3 in 5
     * seconds.
     *
     * @param restarts not negative
     * @param within at least a second; counted in whole seconds
     */
    public Spec intensity(int restarts, Duration within) {
      return new Spec(flags.intensity(restarts, within), children, named);
    }

    /**
     * Sets when it ends with its significant children; the default is never. Call this before they
     * are added.
     *
     * @throws IllegalArgumentException if this is never, and it has a significant child
     */
    public Spec autoShutdown(AutoShutdown when) {
      SupervisorFlags changed = flags.autoShutdown(when);
      children.list().forEach(changed::check);
      return new Spec(changed, children, named);
    }

    /**
     * Sets for which processes its children work. {@link Self#callers} returns them; the default is
     * none. For supervisors whose children belong to something else, such as a test.
     */
    public Spec callers(List<Pid> callers) {
      return new Spec(flags.callers(callers), children, named);
    }

    /** Its name, from before its children start until it ends. */
    public Spec named(Name<Supervisor> name) {
      return named(n -> n.name(name));
    }

    /** What its own supervisor calls it; by default its name, else generated. */
    public Spec id(Object id) {
      return named(n -> n.id(id));
    }

    /** What reports call it; by default its name. */
    public Spec label(String label) {
      return named(n -> n.label(label));
    }

    /** When its own supervisor starts it again; by default always. */
    public Spec restart(Restart restart) {
      return named(n -> n.restart(restart));
    }

    /** Its end may end its own supervisor, see {@link AutoShutdown}. */
    public Spec significant() {
      return named(n -> n.significant(true));
    }

    /** How its own supervisor stops it; by default with all the time it takes. */
    public Spec shutdown(Shutdown shutdown) {
      return named(n -> n.shutdown(shutdown));
    }

    private ServerChild<Supervisor, Supervisor> server() {
      return named.on(
          ServerChild.<Supervisor, Supervisor>of(
                  () -> new SupervisorServer(flags, children.list()),
                  process -> new Supervisor(new ServerHandle<>(process)))
              .restartsOthers(),
          "supervisor");
    }

    @Override
    public ChildSpec<Supervisor> spec() {
      return named.spec(server());
    }

    @Override
    public Supervisor start() {
      return server().start();
    }

    @Override
    public Supervisor startLink() {
      return server().startLink();
    }
  }

  // --- A supervisor that runs ---

  /**
   * A child.
   *
   * @param id what the supervisor calls it
   * @param pid its process, if it runs
   * @param restarting whether it failed to start again, or waits to be
   * @param kind whether it is a supervisor itself
   */
  public record ChildInfo(Object id, Optional<Pid> pid, boolean restarting, ChildSpec.Kind kind) {}

  /**
   * How many children there are.
   *
   * @param specs all, running or not
   * @param active those that run
   * @param supervisors those that are supervisors themselves, running or not
   * @param workers the others, running or not
   */
  public record Count(int specs, int active, int supervisors, int workers) {}

  /**
   * The reason of a supervisor that did not start because a child did not.
   *
   * @param child the child's id
   * @param reason why it did not start
   */
  public record FailedToStartChild(Object child, ExitReason reason) {}

  /**
   * The process.
   *
   * @throws NoProcessException if this is a supervisor by name, and no process has the name
   */
  public Pid pid() {
    return server.pid();
  }

  /** Its children, the newest first. */
  public List<ChildInfo> children() {
    return server.call(new SupervisorServer.Children(), FOREVER);
  }

  /** How many children it has. */
  public Count count() {
    return server.call(new SupervisorServer.CountChildren(), FOREVER);
  }

  /**
   * The spec of the child with this id, if it has one. That of a temporary child that has started
   * does not start it again: a supervisor does not keep what it was started with.
   */
  public Optional<ChildSpec<?>> childSpec(Object id) {
    return server.call(new SupervisorServer.Spec(id), FOREVER);
  }

  /**
   * Adds a child, last in the order, and starts it.
   *
   * @throws StartException.AlreadyStarted if a child with its id runs, or its name is taken
   * @throws StartException.AlreadyPresent if there is a child with its id that does not run
   * @throws StartException.Ignored if it chose not to start: its spec stays
   * @throws StartException if it does not start: its spec is forgotten
   */
  @SuppressWarnings("unchecked")
  public <T> T startChild(Child<T> child) {
    return (T) server.call(new SupervisorServer.StartChild(child.spec()), FOREVER).get();
  }

  /**
   * Starts a child again that does not run.
   *
   * @return its process; nothing if it chose not to start
   * @throws ChildException if there is none with this id, or it runs or is being restarted
   * @throws StartException if it does not start: its spec stays
   */
  public Optional<Pid> restartChild(Object id) {
    return server.call(new SupervisorServer.RestartChild(id), FOREVER).get();
  }

  /**
   * Starts a child again that does not run, and returns the reference to it.
   *
   * @param child the spec with which it was added
   * @throws ChildException if there is none with this id and starter, or it runs or is being
   *     restarted
   * @throws StartException.Ignored if it chose not to start: its spec stays
   * @throws StartException if it does not start: its spec stays
   */
  @SuppressWarnings("unchecked") // by the starter, which makes no other references
  public <T> T restartChild(ChildSpec<T> child) {
    Objects.requireNonNull(child, "child");
    return (T) server.call(new SupervisorServer.RestartTyped(child), FOREVER).get();
  }

  /**
   * Stops a child, which is not started again; the spec of one that is not temporary stays. No
   * effect if it does not run.
   *
   * @throws ChildException.NotFound if there is none with this id
   */
  public void terminateChild(Object id) {
    server.call(new SupervisorServer.TerminateChild(id), FOREVER).get();
  }

  /**
   * Forgets a child that does not run.
   *
   * @throws ChildException if there is none with this id, or it runs or is being restarted
   */
  public void deleteChild(Object id) {
    server.call(new SupervisorServer.DeleteChild(id), FOREVER).get();
  }

  /** Stops its children, the newest first, and itself: {@link ServerRef#stop()}. */
  public void stop() {
    server.stop();
  }

  /**
   * As {@link #stop()}, with a reason and a deadline: {@link ServerRef#stop(ExitReason, Duration)}.
   */
  public void stop(ExitReason reason, Duration timeout) {
    server.stop(reason, timeout);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Supervisor supervisor && supervisor.server.equals(server);
  }

  @Override
  public int hashCode() {
    return server.hashCode();
  }

  @Override
  public String toString() {
    return "Supervisor[" + server + "]";
  }
}
