package dev.ostler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The virtual thread of a server that is not idle: handles all there is, and ends soon after.
 *
 * <p>Started by the sender whose message found the server idle. Run by its own thread; {@link
 * #start} and {@link #take} belong to the sender's.
 */
final class Activation implements Runnable {
  /*
   * Starting a thread is the most expensive part of a call: the scheduler wakes another carrier for
   * it. So an activation that has answered one caller and is done does not end at once. It offers
   * itself to that caller as its spare. If the caller's next call finds a server idle, any server,
   * the spare becomes that server's activation. For the server there is no difference: it was idle,
   * and now has an owner.
   *
   * Caller and spare alternate in one of two ways. They change from one to the other as the
   * carriers take them.
   *
   * On one carrier: the caller gives the server to the spare and yields (Thread.yield; "stands
   * back" below). The spare has its turn, answers, offers itself and yields. The caller has its
   * turn. No thread is started, parked or woken. The other carriers sleep.
   *
   * On two carriers, if a carrier that was awake took one of the two: then yielding would achieve
   * nothing. So each spins for what it waits for, for less than a microsecond, before it parks or
   * ends. If both of them spin, they continue like that and do not yield, except now and then, for
   * other work that waits for their carriers. The caller's side is in Spare.
   *
   *   null    -> SPINS     the activation offers itself, and spins until it is taken
   *   null    -> OFFERED   it offers itself, and stands back
   *   SPINS  <-> OFFERED
   *   either  -> server    take: the caller, who is about to wait for that server
   *   either  -> null      the caller did not come: the activation ends
   *
   * No thread waits in a loop for longer than that moment: each stands back once and spins at most
   * twice. Then the caller parks, and the activation ends. Carriers explains what standing back in
   * one queue does to other threads.
   *
   * When a thread changes to another server, it clears its interrupt, whether a kill or a callback
   * caused it. What callbacks leave in thread-locals cannot be removed.
   */
  private static final Object SPINS = new Object();
  private static final Object OFFERED = new Object();
  private static final VarHandle NEXT;

  /** For tests: called with each server for which a thread is about to be started. */
  static volatile @Nullable Consumer<ServerProc> probe;

  /** How often one of two on different carriers looks for the other before it gives up. */
  static final int MOST_SPINS = Runtime.getRuntime().availableProcessors() == 1 ? 0 : 50;

  /** What {@link #take} found: an activation that has ended, or that stood back, or spun. */
  static final int GONE = 0;

  static final int STOOD_BACK = 1;
  static final int SPUN = 2;

  static {
    try {
      NEXT = MethodHandles.lookup().findVarHandle(Activation.class, "next", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final long since;
  private final int spell;

  /** The server to run next; see above. */
  private volatile @Nullable Object next; // through NEXT

  // Used by its own thread: the caller it answered last since it was last free, and whether that
  // caller was spinning for the answer.
  private @Nullable Spare answered;
  private boolean answeredSeveral;
  private boolean answeredSpins;

  /**
   * Whether callers stand back for it. If so, {@link Carriers} observes it. Written by its thread.
   */
  private volatile boolean stoodBackFor;

  private Activation(ServerProc server, Runner starter) {
    next = server;
    since = starter.since();
    spell = starter.spell();
  }

  // --- The sender's side ---

  /** Gives the server, which the current thread owns, to a thread of its own. */
  static void start(ServerProc server) {
    try {
      startOrThrow(server);
    } catch (Throwable thrown) { // no memory, or no thread
      Rescuer.activate(server);
    }
  }

  /** As {@link #start}; if it throws, the server still belongs to the current thread. */
  static void startOrThrow(ServerProc server) {
    Runner starter = Runner.get();
    if (starter.handToSpare(server)) {
      return;
    }
    var activation = new Activation(server, starter);
    Thread thread =
        starter.staysElsewhere()
            ? Scheduler.beside(server.label(), activation)
            : Scheduler.virtual(server.label(), activation);
    Consumer<ServerProc> observer = probe;
    if (observer != null) {
      observer.accept(server);
    }
    try {
      thread.start();
    } catch (Throwable thrown) {
      if (activation.nextServer() != null) { // otherwise the thread runs in spite of the failure
        throw thrown;
      }
    }
  }

  /** Makes this activation that of the server, if it still offers itself. */
  int take(ServerProc server) {
    if (next == SPINS && NEXT.compareAndSet(this, SPINS, server)) {
      return SPUN;
    }
    return NEXT.compareAndSet(this, OFFERED, server) ? STOOD_BACK : GONE;
  }

  // --- The thread's own side ---

  @Override
  public void run() {
    ServerProc server = nextServer();
    int post = Watchdog.NONE;
    try {
      Runner runner = Runner.adopt(since, spell);
      post = Watchdog.enter(runner);
      if (post != Watchdog.NONE // otherwise the timer could not see that others wait behind it
          && !Scheduler.isHere()) { // there, starting a thread wakes no processor
        runner.activation = this;
      }
      boolean wasSpare = false;
      while (server != null) {
        if (wasSpare) {
          rename(runner.thread, server.label());
        }
        server.run(runner);
        server = null;
        offer(runner, wasSpare);
        wasSpare = true;
        server = nextServer();
      }
    } catch (Throwable thrown) { // not from a callback: a step of the runtime found no memory
      pass(server);
      pass(nextServer());
    } finally {
      Watchdog.leave(post);
    }
  }

  /** Takes the server it is to run next; null if there is none. */
  private @Nullable ServerProc nextServer() {
    return NEXT.getAndSet(this, null) instanceof ServerProc server ? server : null;
  }

  /** Has another thread continue with the server. */
  static void pass(@Nullable ServerProc server) {
    if (server != null && !server.isClosed()) {
      server.runner(null);
      Rescuer.activate(server);
    }
  }

  /** A thread dump shows which server the thread runs now. */
  private static void rename(Thread thread, String label) {
    if (!thread.getName().equals(label)) {
      thread.setName(label);
    }
  }

  /** It is about to answer a call. */
  void answers(Spare caller, boolean spins) {
    answeredSeveral |= answered != null && answered != caller;
    answered = caller;
    answeredSpins = spins;
    if (!stoodBackFor) {
      stoodBackFor = true;
    }
    Carriers.watch();
  }

  /** Called now and then while it is busy: the caller that it answered may have gone. */
  void forgetAnswered() {
    answered = null;
    answeredSeveral = false;
  }

  boolean isStoodBackFor() {
    return stoodBackFor;
  }

  /** Offers itself to the caller that it answered, and waits a moment. */
  @SuppressWarnings("ThreadPriorityCheck") // one yield, not a loop: see above
  private void offer(Runner runner, boolean wasSpare) {
    Spare caller = answeredSeveral ? null : answered;
    forgetAnswered();
    if (caller == null) {
      return;
    }
    boolean spins = answeredSpins;
    runner.beginCallback(); // it moves
    next = spins ? SPINS : OFFERED;
    caller.offer(this);
    Carriers.watch();
    if (spins && spin(OFFERED)) {
      return;
    }
    Thread.yield();
    if (wasSpare && NEXT.compareAndSet(this, OFFERED, SPINS)) {
      spin(null);
    } else {
      NEXT.compareAndSet(this, OFFERED, null);
    }
    caller.withdraw(this);
  }

  /** Spins until a caller takes it; false if none did: then its state is the given one. */
  private boolean spin(@Nullable Object then) {
    for (int i = 0; i < MOST_SPINS && next == SPINS; i++) {
      Thread.onSpinWait();
    }
    return !NEXT.compareAndSet(this, SPINS, then);
  }
}
