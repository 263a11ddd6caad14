package dev.ostler;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A named supervision tree for a whole JVM. It is started once, and stopped in order when the JVM
 * shuts down. If a permanent application ends, the JVM ends, too.
 *
 * <p>Any thread may use it. After {@code application} of Erlang/OTP.
 */
public final class Application {
  /** What the end of an application's tree means, other than by {@link Application#stop}. */
  public enum Type {
    /** It is reported. */
    TEMPORARY,
    /** The JVM ends with it, unless the reason is {@link ExitReason#NORMAL}. */
    TRANSIENT,
    /** The JVM ends with it. */
    PERMANENT
  }

  /** How long the end of the JVM waits for the reports of what led to it. */
  private static final Duration TELLING = Duration.ofSeconds(5);

  private static final SequencedMap<String, Application> RUNNING = new LinkedHashMap<>();
  private static @Nullable Thread hook; // under the lock of RUNNING

  /** Ends the JVM; tests put something else here. */
  static volatile IntConsumer exit = System::exit;

  private final String name;
  private final Type type;
  private final CompletableFuture<ChildSpec.Started<?>> started = new CompletableFuture<>();
  private final CompletableFuture<ExitReason> ended = new CompletableFuture<>();
  private volatile @Nullable Pid master;
  private volatile boolean stopping;

  private Application(String name, Type type) {
    this.name = name;
    this.type = type;
  }

  /**
   * Starts an application, and returns once its tree has started.
   *
   * @throws StartException.AlreadyStarted if one with this name runs
   * @throws StartException if its tree does not start
   */
  public static Application start(String name, Type type, Child<?> tree) {
    Objects.requireNonNull(type, "type");
    var application = new Application(Objects.requireNonNull(name, "name"), type);
    synchronized (RUNNING) {
      Application other = RUNNING.putIfAbsent(name, application);
      if (other != null) {
        throw new StartException.AlreadyStarted("the application " + name, other.pid());
      }
      hook();
      application.master =
          Processes.spawn("application " + name, () -> application.live(tree.spec()));
    }
    try {
      var _ = application.started.join();
      return application;
    } catch (java.util.concurrent.CompletionException e) {
      application.forget();
      if (e.getCause() instanceof StartException failed) {
        throw failed;
      }
      throw new StartException.Failed(
          "the application " + name, new ExitReason.Crash(Objects.requireNonNull(e.getCause())));
    }
  }

  /** The applications that run, in the order they were started. */
  public static List<Application> running() {
    synchronized (RUNNING) {
      return List.copyOf(RUNNING.values());
    }
  }

  private static void hook() {
    if (hook == null) {
      hook = Threads.platform("ostler-shutdown", Application::stopAll);
      Runtime.getRuntime().addShutdownHook(hook);
    }
  }

  /** The JVM keeps nothing of applications until one is started again. */
  static void unhook() {
    synchronized (RUNNING) {
      if (hook == null) {
        return;
      }
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) { // the JVM shuts down, and the hook runs
        return;
      }
      hook = null;
    }
  }

  /** Stops all that run, the newest first. */
  static void stopAll() {
    for (Application each : new ArrayList<>(running()).reversed()) {
      each.stop();
    }
  }

  private void forget() {
    synchronized (RUNNING) {
      RUNNING.remove(name, this);
    }
  }

  private void live(ChildSpec<?> tree) {
    try {
      run(tree);
    } finally {
      forget();
      boolean running = !started.isCompletedExceptionally();
      if (ended.complete(ExitReason.KILLED) && running) { // else it ended as it should
        treeEnded(ExitReason.KILLED);
      }
    }
  }

  /** The life of the process above the tree. */
  private void run(ChildSpec<?> tree) {
    Self.trapExits(true);
    ChildSpec.Started<?> top;
    try {
      top = tree.run();
    } catch (Throwable failed) {
      started.completeExceptionally(failed);
      return;
    }
    started.complete(top);
    while (true) {
      Object message = Self.receive();
      if (message instanceof Stop) {
        Stopping.of(top.pid(), tree.shutdown()).await(tree);
        forget();
        ended.complete(ExitReason.SHUTDOWN);
        return;
      }
      if (message instanceof Exit(Pid pid, ExitReason reason) && pid == top.pid()) {
        forget();
        ended.complete(reason);
        treeEnded(reason);
        return;
      }
    }
  }

  /** Told to the process above the tree. */
  private record Stop() {}

  private void treeEnded(ExitReason reason) {
    if (stopping) {
      return;
    }
    if (type == Type.TEMPORARY || (type == Type.TRANSIENT && reason.equals(ExitReason.NORMAL))) {
      Events.line(Level.WARNING, () -> what(reason));
      return;
    }
    Events.line(Level.ERROR, () -> what(reason) + "; it is " + type + ": the JVM ends");
    Threads.platform("ostler-exit", Application::exit).start();
  }

  private String what(ExitReason reason) {
    return "the application " + name + " ended: " + reason;
  }

  /** Ends the JVM, once it has been told why, unless that takes long. */
  private static void exit() {
    var _ = Events.flush(TELLING);
    exit.accept(1);
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /** The process above its tree. */
  public Pid pid() {
    Pid process = master;
    return process == null ? Processes.NOBODY : process;
  }

  /**
   * Stops the tree, its newest part first, and returns when it has ended; others are not affected.
   *
   * <p>A child that is just being started is ended, at the first start of the tree or later. If its
   * {@code init} does not return within a few seconds, for example because it has called {@link
   * System#exit}, the supervisors on its thread are ended, too, once their other children have
   * stopped. So this takes no longer than the shutdown times of the tree and a few seconds. Such an
   * application does not start: {@link #start} throws.
   */
  public void stop() {
    stopping = true;
    boolean interrupted = Thread.interrupted();
    try {
      Pid process = pid();
      process.send(new Stop());
      if (process.isAlive()) {
        TreeStop.await(process);
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    forget();
    started.completeExceptionally(
        new StartException.Failed("the application " + name, ExitReason.SHUTDOWN));
    ended.complete(ExitReason.SHUTDOWN);
  }

  /** Waits for the application to end; why it did. */
  public ExitReason await() {
    return ended.join();
  }

  @Override
  public String toString() {
    return "Application[" + name + ", " + type + "]";
  }
}
