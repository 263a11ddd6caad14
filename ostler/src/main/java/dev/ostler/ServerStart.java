package dev.ostler;

import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The synchronous start of a server: its starter continues once {@code init} has returned.
 *
 * <p>It runs on the starter's thread. In two cases factory and {@code init} run on another thread:
 * if there is a deadline, and if a supervisor is started on another thread than one that the
 * runtime made for a server. So the supervisor's children see the same context at their first start
 * as at a restart. After proc_lib and gen of Erlang/OTP.
 */
final class ServerStart {
  /** The request that a starter waits for while init runs on another thread. */
  static final String BEGUN = "start";

  /** What a starter is told if there is no memory to say more. */
  private static final Init<Object> OUT_OF_MEMORY = Init.stop(Death.OUT_OF_MEMORY);

  private final ServerChild<?, ?> options;
  private final Supplier<? extends GenServer<?, ?, ?>> factory;
  private final Runner runner;
  private final @Nullable Proc parent;
  private final ServerProc server;

  ServerStart(ServerChild<?, ?> options, Supplier<? extends GenServer<?, ?, ?>> factory) {
    this.options = options;
    this.factory = factory;
    runner = Runner.get();
    parent = runner.current();
    if (parent != null) {
      parent.mustLive();
    }
    Ancestors ancestors = parent == null ? null : parent.asParent();
    ServerOptions begun = options.begun();
    server =
        begun.capacity() > 0
            ? new BoundedServerProc(begun, ancestors)
            : new ServerProc(begun, ancestors);
  }

  static ServerProc start(
      ServerChild<?, ?> options, Supplier<? extends GenServer<?, ?, ?>> factory, boolean linked) {
    return new ServerStart(options, factory).start(linked);
  }

  /** Has the starter monitor the server, which has not begun. */
  MonitorRef monitor() {
    if (parent == null) {
      throw isNoProcess("startMonitor needs a process that monitors");
    }
    return parent.monitor(server, null, null);
  }

  /** Starts it without a link; if that fails, the monitor ends, and its message is taken back. */
  ServerProc monitored(MonitorRef ref) {
    boolean started = false;
    try {
      ServerProc begun = start(false);
      started = true;
      return begun;
    } finally {
      if (!started && !ref.end()) {
        ref.flush();
      }
    }
  }

  private static IllegalStateException isNoProcess(String what) {
    return new IllegalStateException(what + ": the current thread is none, see Processes.attach()");
  }

  private ServerProc start(boolean linked) {
    Rehearsal.ensure();
    StackRoom.forStep(); // else nothing has begun that would have to end
    try {
      return startOrThrow(linked);
    } catch (VirtualMachineError | RejectedExecutionException thrown) { // no memory, no thread
      abandon(thrown);
      throw thrown;
    }
  }

  /** Ends a server whose start failed in a step of the runtime itself. */
  private void abandon(Throwable thrown) {
    if (!server.isClosed()) {
      if (parent != null) {
        parent.unlink(server);
      }
      die(Death.crash(thrown));
    }
  }

  /** Ends the server, and waits until its death has ended, on whatever thread that is. */
  private void die(ExitReason reason) {
    Death.surely(server, reason);
    server.awaitGone();
  }

  private ServerProc startOrThrow(boolean linked) {
    if (linked) {
      link();
    }
    Name<?> name = options.name();
    Proc holder = name == null ? null : claim(name);
    if (holder != null) {
      conclude(ExitReason.NORMAL);
      throw new StartException.AlreadyStarted(what(), holder);
    }
    if (!linked) { // otherwise it is found by its parent's link
      server.enlist();
    }
    Duration deadline = options.startTimeout();
    // Not here if values may be bound that the starts of its children after this one do not see.
    boolean here =
        deadline == null
            && (!options.doesRestartOthers() || (runner.isOfServer() && !Carrying.hasValues()));
    Init<Object> init = here ? here() : elsewhere(deadline);
    if (parent != null) {
      parent.mustLive();
    }
    return switch (init) {
      case Init.Ok<Object> ok -> server;
      case Init.Stop<Object>(ExitReason reason) ->
          throw new StartException.Failed(what(), reason, server);
      case Init.Refuse<Object>(ExitReason reason) ->
          throw new StartException.Failed(what(), reason, server);
      case Init.Ignore<Object> ignore -> throw new StartException.Ignored(what());
    };
  }

  private void link() {
    if (parent == null) {
      throw isNoProcess("startLink needs a process to link with");
    }
    if (!parent.tryLink(server, true)) {
      throw parent.ended();
    }
  }

  /** Claims the name for the server. Returns the process that has the name already, or null. */
  private @Nullable Proc claim(Name<?> name) {
    try {
      return name.claim(server);
    } catch (RuntimeException e) { // no such registry, or a listener's mailbox is full
      if (e instanceof IllegalArgumentException && server.isClosed()) {
        return null; // the server was killed already: begin() notices
      }
      conclude(ExitReason.NORMAL);
      throw e;
    }
  }

  /** Runs init on the starter's thread. */
  private Init<Object> here() {
    runner.enter(server);
    VarHandle.fullFence();
    runner.shield();
    server.runner(runner);
    boolean done = true;
    try {
      Init<Object> init = conclude(begin());
      done = server.isClosed() || (!server.hasContinuation() && server.goIdle(runner));
      return init;
    } finally {
      server.leave(runner, done);
    }
  }

  /** Runs init on a thread of its own, which becomes the server's first activation. */
  private Init<Object> elsewhere(@Nullable Duration deadline) {
    var begun = new SystemRequest(BEGUN, server, target -> null);
    long since = runner.since();
    int spell = runner.spell();
    boolean interrupted = wasInterrupted();
    Slot outer = runner.waiting;
    runner.waiting = begun; // before init runs, which may call the starter: a cycle
    try {
      Scheduler.beside(server.label(), () -> beginElsewhere(begun, Runner.adopt(since, spell)))
          .start();
      long nanos = deadline == null ? Long.MAX_VALUE : Durations.nanos(deadline, "deadline");
      Object init = begun.await(runner, Clock.current(), nanos);
      if (init == null && deadline != null && begun.close()) {
        abort();
        throw new StartException.TimedOut(what(), deadline, server);
      }
      return outcome(Objects.requireNonNull(begun.result()));
    } catch (InterruptedException e) {
      if (parent != null) {
        parent.mustLive(); // otherwise its death ends the child over the link, if they are linked
      }
      abort();
      Thread.currentThread().interrupt();
      throw new CallException.Interrupted(what(), "start");
    } finally {
      runner.waiting = outer;
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Whether the starter was interrupted before. The start continues all the same: the interrupt
   * status is cleared, unless the interrupt tells the starter of its own death.
   */
  private boolean wasInterrupted() {
    boolean interrupted = (parent == null || !parent.isClosed()) && Thread.interrupted();
    if (interrupted && parent != null && parent.isClosed()) {
      Thread.currentThread().interrupt();
    }
    return interrupted;
  }

  @SuppressWarnings("unchecked")
  private static Init<Object> outcome(Object result) {
    return result instanceof Slot.Failure(ExitReason reason)
        ? Init.stop(reason)
        : (Init<Object>) result;
  }

  private void beginElsewhere(SystemRequest begun, Runner own) {
    own.current(server);
    server.runner(own);
    Init<Object> init;
    try {
      init = conclude(begin());
    } catch (Throwable thrown) { // not by init: no memory for a step of the runtime's own
      die(Death.OUT_OF_MEMORY);
      init = OUT_OF_MEMORY;
    }
    if (init instanceof Init.Ok<Object>) {
      begun.complete(init);
      int post = Watchdog.NONE;
      try {
        post = Watchdog.enter(own);
        server.work(own);
      } catch (Throwable thrown) { // not by a callback
        Activation.pass(server);
      } finally {
        Watchdog.leave(post);
        own.strip(server);
      }
    } else {
      server.awaitGone();
      own.strip(server);
      begun.complete(init);
    }
  }

  private void abort() {
    if (parent != null) {
      parent.unlink(server);
    }
    die(ExitReason.KILLED);
  }

  /** Factory and init, as the server. A throw is a stop. */
  @SuppressWarnings("unchecked") // the state is an Object here, whatever it is
  private Init<Object> begin() {
    try {
      GenServer<Object, Call<?, ?>, Cast<?>> callbacks = options.create(factory);
      server.adopt(callbacks, options.options(callbacks.getClass()));
      server.begins();
      Init<Object> init =
          (Init<Object>) Objects.requireNonNull(callbacks.init(), "what init returned");
      if (init instanceof Init.Ok<Object> ok && !server.isClosed()) {
        server.begin(ok);
      }
      return init;
    } catch (ProcessExit exit) {
      return Init.stop(exit.reason());
    } catch (Throwable thrown) {
      return Init.stop(Death.crash(thrown));
    }
  }

  /** Ends the server unless init returned Ok. Returns the outcome for the starter. */
  private Init<Object> conclude(Init<Object> init) {
    return switch (init) {
      case Init.Ok<Object> ok -> server.isClosed() ? conclude(ExitReason.KILLED) : ok;
      case Init.Stop<Object>(ExitReason reason) -> conclude(reason);
      case Init.Refuse<Object> refuse -> {
        conclude(ExitReason.NORMAL);
        yield refuse;
      }
      case Init.Ignore<Object> ignore -> {
        conclude(ExitReason.NORMAL);
        yield ignore;
      }
    };
  }

  /** Ends the server, unless it has ended. Returns a stop with the reason it ended with. */
  private Init<Object> conclude(ExitReason reason) {
    server.failedToStart();
    if (!reason.isClean() && !server.isClosed()) {
      Obituary.publish(server, reason, runner);
    }
    die(reason);
    return Init.stop(server.reason());
  }

  private String what() {
    Name<?> name = options.name();
    return name == null ? server.label() : "the server " + name;
  }
}
