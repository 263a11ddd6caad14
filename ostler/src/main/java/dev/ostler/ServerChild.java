package dev.ostler;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How to start and run a server. {@link GenServer#of} and {@link Agent#of} make it.
 *
 * <p>An immutable value; each method gives a changed copy. It starts any number of servers, which
 * share it.
 *
 * @param <P> the server's type
 * @param <T> the reference to it that the starter gets
 */
public final class ServerChild<P, T> implements Child<T> {
  private static final AtomicLong GENERATED = new AtomicLong();

  private final Supplier<? extends GenServer<?, ?, ?>> factory;
  private final Function<Proc, T> handle;
  private Object id = "";
  private ServerOptions options = ServerOptions.NONE;
  private @Nullable Name<? super P> name;
  private Restart restart = Restart.PERMANENT;
  private @Nullable Duration startTimeout;
  private boolean restartsOthers;
  private boolean significant;
  private @Nullable Backoff backoff;

  // Made when first needed, and not copied.
  private volatile @Nullable ChildSpec<T> shared;
  private volatile @Nullable ServerOptions latest; // with the label of the last server's class

  private ServerChild(Supplier<? extends GenServer<?, ?, ?>> factory, Function<Proc, T> handle) {
    this.factory = Objects.requireNonNull(factory, "factory");
    this.handle = handle;
  }

  static <P, T> ServerChild<P, T> of(
      Supplier<? extends GenServer<?, ?, ?>> factory, Function<Proc, T> handle) {
    return new ServerChild<>(factory, handle);
  }

  private ServerChild<P, T> copy() {
    var copy = new ServerChild<P, T>(factory, handle);
    copy.id = id;
    copy.options = options;
    copy.name = name;
    copy.restart = restart;
    copy.startTimeout = startTimeout;
    copy.restartsOthers = restartsOthers;
    copy.significant = significant;
    copy.backoff = backoff;
    return copy;
  }

  /**
   * The server has this name from before its {@code init} until it ends. A name for a type of
   * server may be that of any subtype.
   */
  public ServerChild<P, T> named(Name<? super P> newName) {
    var copy = copy();
    copy.name = Objects.requireNonNull(newName, "name");
    return copy;
  }

  /** What reports and thread dumps call the server; by default its name, or its class. */
  public ServerChild<P, T> label(String newLabel) {
    var copy = copy();
    copy.options = options.labelled(Objects.requireNonNull(newLabel, "label"));
    return copy;
  }

  /** How its supervisor identifies it; by default by its name, or a generated id. */
  public ServerChild<P, T> id(Object newId) {
    var copy = copy();
    copy.id = Objects.requireNonNull(newId, "id");
    return copy;
  }

  /** When its supervisor starts it again; by default always. */
  public ServerChild<P, T> restart(Restart newRestart) {
    var copy = copy();
    copy.restart = Objects.requireNonNull(newRestart, "restart");
    return copy;
  }

  /** How its supervisor stops it; by default with five seconds of time. */
  public ServerChild<P, T> shutdown(Shutdown newShutdown) {
    var copy = copy();
    copy.options = options.stoppedBy(Objects.requireNonNull(newShutdown, "shutdown"));
    return copy;
  }

  /**
   * Declares that its callbacks never block. So a thread that calls, casts or sends to it while it
   * is idle may run them itself: a call takes nanoseconds, without a switch of threads.
   *
   * <p>Two things differ from other servers. The timeout of a call cannot fire while the caller
   * itself runs the callback. And the callbacks see the thread-locals and the context class loader
   * of the calling thread.
   */
  public ServerChild<P, T> direct() {
    var copy = copy();
    copy.options = options.directly();
    return copy;
  }

  /**
   * Bounds the mailbox: at most so many casts and plain messages wait; the overflow decides what
   * happens to more. By default a mailbox is unbounded.
   *
   * @param newCapacity at least 1
   */
  public ServerChild<P, T> mailbox(int newCapacity, Overflow newOverflow) {
    if (newCapacity < 1) {
      throw new IllegalArgumentException("a mailbox holds at least 1, not " + newCapacity);
    }
    var copy = copy();
    copy.options = options.mailbox(newCapacity, Objects.requireNonNull(newOverflow, "overflow"));
    return copy;
  }

  /**
   * How long factory and {@code init} may take; then the server is killed, and {@link
   * StartException.TimedOut} thrown. With a deadline they run on a thread of their own; without
   * one, on the starter's.
   */
  public ServerChild<P, T> startTimeout(Duration deadline) {
    var copy = copy();
    copy.startTimeout = Durations.checked(deadline, "deadline");
    return copy;
  }

  /** Its end may end its supervisor, see {@link AutoShutdown}. */
  public ServerChild<P, T> significant() {
    var copy = copy();
    copy.significant = true;
    return copy;
  }

  /** Its supervisor waits before it restarts it, longer each time. */
  public ServerChild<P, T> backoff(Backoff newBackoff) {
    var copy = copy();
    copy.backoff = Objects.requireNonNull(newBackoff, "backoff");
    return copy;
  }

  @Override
  public ChildSpec<T> spec() {
    Object known = id.equals("") ? name : id;
    Object called = known == null ? label() + "-" + GENERATED.incrementAndGet() : known;
    return spec(called);
  }

  /** A spec for supervisors without ids: the same one for all children. */
  ChildSpec<T> shared() {
    ChildSpec<T> made = shared;
    if (made == null) {
      made = spec(label());
      shared = made;
    }
    return made;
  }

  private ChildSpec<T> spec(Object called) {
    return new ChildSpec<>(
        called,
        new Starter<>(this::started),
        restart,
        options.shutdown(),
        ChildSpec.Kind.WORKER,
        significant,
        Optional.ofNullable(backoff));
  }

  @Override
  public T start() {
    return started(false).handle();
  }

  @Override
  public T startLink() {
    return started(true).handle();
  }

  /**
   * A server just started, and the monitor on it.
   *
   * @param handle the reference to it
   * @param ref the monitor
   * @param <T> what the starter holds of it
   */
  public record Monitored<T>(T handle, MonitorRef ref) {}

  /**
   * Starts it without a link, monitored by the calling process from before its {@code init}: so the
   * reason of its end is never lost. If it does not start, the monitor is gone, too. As {@code
   * gen_server:start_monitor/3} of Erlang/OTP.
   *
   * @throws StartException if it does not start
   * @throws IllegalStateException if the calling thread is no process
   */
  public Monitored<T> startMonitor() {
    var start = new ServerStart(this, factory);
    MonitorRef ref = start.monitor();
    return new Monitored<>(handle.apply(start.monitored(ref)), ref);
  }

  private ChildSpec.Started<T> started(boolean linked) {
    ServerProc server = ServerStart.start(this, factory, linked);
    return new ChildSpec.Started<>(server, handle.apply(server));
  }

  /** Starts a server with these options, but from another factory. */
  ServerProc start(Supplier<? extends GenServer<?, ?, ?>> other, boolean linked) {
    return ServerStart.start(this, other, linked);
  }

  @SuppressWarnings("unchecked")
  GenServer<Object, Call<?, ?>, Cast<?>> create(Supplier<? extends GenServer<?, ?, ?>> from) {
    GenServer<?, ?, ?> server = Objects.requireNonNull(from.get(), "the factory's server");
    return (GenServer<Object, Call<?, ?>, Cast<?>>) server;
  }

  @Nullable Name<? super P> name() {
    return name;
  }

  private String label() {
    String label = begun().label();
    return label.isEmpty() ? "server" : label;
  }

  /** The options of a server before its class is known. */
  ServerOptions begun() {
    ServerOptions known = latest;
    return known == null ? options : known;
  }

  /** The options of a server of this class. */
  ServerOptions options(Class<?> server) {
    ServerOptions made = options.of(server);
    if (made != latest) {
      latest = made;
    }
    return made;
  }

  /**
   * It starts others in {@code init} that it starts again later: always on a thread of the runtime,
   * so that they see the same context each time.
   */
  ServerChild<P, T> restartsOthers() {
    var copy = copy();
    copy.restartsOthers = true;
    return copy;
  }

  boolean doesRestartOthers() {
    return restartsOthers;
  }

  @Nullable Duration startTimeout() {
    return startTimeout;
  }
}
