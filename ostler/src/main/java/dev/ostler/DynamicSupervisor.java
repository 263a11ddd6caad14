package dev.ostler;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A supervisor whose children come and go: any number of them, none with an id, each for itself.
 *
 * <p>Any thread may use it; starting a child costs the same however many there are. Children are
 * restarted one for one; when it stops, all are told to stop at once. After {@code
 * DynamicSupervisor} of Elixir.
 */
public final class DynamicSupervisor {
  private static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

  private final ServerRef<DynamicSupervisor> server;

  private DynamicSupervisor(ServerRef<DynamicSupervisor> server) {
    this.server = server;
  }

  /** A supervisor to be started, with any number of children. */
  public static Spec of() {
    return new Spec(new SupervisorFlags(Strategy.ONE_FOR_ONE), Integer.MAX_VALUE, new Named<>());
  }

  /** The supervisor that has, or will have, this name. */
  public static DynamicSupervisor at(Name<DynamicSupervisor> name) {
    return new DynamicSupervisor(Objects.requireNonNull(name, "name"));
  }

  // --- A supervisor to be started ---

  /** The description of a supervisor. An immutable value. */
  public static final class Spec implements Child<DynamicSupervisor> {
    private final SupervisorFlags flags;
    private final int most;
    private final Named<DynamicSupervisor> named;

    private Spec(SupervisorFlags flags, int most, Named<DynamicSupervisor> named) {
      this.flags = flags;
      this.most = most;
      this.named = named;
    }

    private Spec named(UnaryOperator<Named<DynamicSupervisor>> change) {
      return new Spec(flags, most, change.apply(named));
    }

    /**
     * It has at most so many children, those being restarted among them.
     *
     * @param children not negative
     */
    public Spec maxChildren(int children) {
      if (children < 0) {
        throw new IllegalArgumentException(
            "a supervisor has at most 0 or more children, not " + children);
      }
      return new Spec(flags, children, named);
    }

    /** As {@link Supervisor.Spec#intensity}. */
    public Spec intensity(int restarts, Duration within) {
      return new Spec(flags.intensity(restarts, within), most, named);
    }

    /** Its name, until it ends. */
    public Spec named(Name<DynamicSupervisor> name) {
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

    /** How its own supervisor stops it; by default with all the time it takes. */
    public Spec shutdown(Shutdown shutdown) {
      return named(n -> n.shutdown(shutdown));
    }

    private ServerChild<DynamicSupervisor, DynamicSupervisor> server() {
      return named.on(
          ServerChild.of(
              () -> new DynamicSupervisorServer(flags, most),
              process -> new DynamicSupervisor(new ServerHandle<>(process))),
          "dynamic supervisor");
    }

    @Override
    public ChildSpec<DynamicSupervisor> spec() {
      return named.spec(server());
    }

    @Override
    public DynamicSupervisor start() {
      return server().start();
    }

    @Override
    public DynamicSupervisor startLink() {
      return server().startLink();
    }
  }

  // --- A supervisor that runs ---

  /**
   * A child.
   *
   * @param pid its process; the last one it had, if it is being restarted
   * @param restarting whether it failed to start again, or waits to be
   * @param kind whether it is a supervisor itself
   */
  public record ChildInfo(Pid pid, boolean restarting, ChildSpec.Kind kind) {}

  /**
   * The process.
   *
   * @throws NoProcessException if this is a supervisor by name, and no process has the name
   */
  public Pid pid() {
    return server.pid();
  }

  /**
   * Starts a child. Its id does not matter.
   *
   * @throws IllegalArgumentException if it is significant: nothing ends with a child of this one
   * @throws StartException.TooManyChildren if there are as many as there may be
   * @throws StartException if it does not start
   */
  @SuppressWarnings("unchecked")
  public <T> T startChild(Child<T> child) {
    ChildSpec<?> spec = child instanceof ServerChild<?, ?> one ? one.shared() : child.spec();
    if (spec.significant()) {
      throw new IllegalArgumentException(
          "the child " + spec.id() + " is significant, which a dynamic supervisor's cannot be");
    }
    return (T) server.call(new DynamicSupervisorServer.StartChild(spec), FOREVER).get();
  }

  /**
   * Stops a child, which is not started again, and returns when it has ended.
   *
   * @param pid its process; the last one it had, if it is being restarted
   * @throws ChildException.NotFound if it has no such child
   */
  public void terminateChild(Pid pid) {
    Objects.requireNonNull(pid, "pid");
    server.call(new DynamicSupervisorServer.TerminateChild(pid), FOREVER).get();
  }

  /** Its children, oldest process first. */
  public List<ChildInfo> children() {
    return server.call(new DynamicSupervisorServer.Children(), FOREVER);
  }

  /** How many children it has; those being restarted are not active. */
  public Supervisor.Count count() {
    return server.call(new DynamicSupervisorServer.CountChildren(), FOREVER);
  }

  /** Its process, if it lives. */
  public Optional<Pid> whereis() {
    return server.whereis();
  }

  /** Stops its children, all at once, and itself: {@link ServerRef#stop()}. */
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
    return other instanceof DynamicSupervisor supervisor && supervisor.server.equals(server);
  }

  @Override
  public int hashCode() {
    return server.hashCode();
  }

  @Override
  public String toString() {
    return "DynamicSupervisor[" + server + "]";
  }
}
