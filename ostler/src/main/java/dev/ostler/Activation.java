package dev.ostler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The virtual thread of a server that is not idle: handles all there is, and ends soon after.
 *
 * <p>Started by the sender whose message found the server idle. Run by its own thread; {@link
 * #start} belongs to the sender's.
 */
final class Activation implements Runnable {
  /*
   * To start a thread costs more than all else in a call: the scheduler wakes another carrier for
   * it, which finds next to nothing to do. So an activation that has answered a caller and is done
   * does not end at once. It offers itself as that caller's spare and steps back once in the
   * carrier's queue, behind the caller. If the caller's next call finds a server idle, any server,
   * the spare becomes that server's activation. Else it ends when its turn comes.
   *
   *   OFFERED -> server    the caller: it is about to wait for that server, so it stands back
   *   OFFERED -> null      the activation withdraws
   *
   * The server sees no difference: it was idle, and is owned. Nothing waits in a loop: the spare
   * stands back once, and so does the caller, who parks if the answer is not there then.
   *
   * Nobody is woken for a thread that stands back in a queue that is not empty. See Carriers for
   * what follows from that.
   *
   * A thread that goes on to another server takes nothing along: not the interrupt that was meant
   * for the one before, be it the kill's or the callbacks' own. What callbacks keep in thread-locals
   * cannot be taken away.
   */
  private static final Object OFFERED = new Object();
  private static final VarHandle NEXT;

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
  private @Nullable Object next; // through NEXT

  private Activation(ServerProc server, Runner starter) {
    next = server;
    since = starter.since();
    spell = starter.spell();
  }

  /** Gives the server, which the current thread owns, to a thread of its own. */
  static void start(ServerProc server) {
    Runner starter = Runner.get();
    Activation spare = starter.takeSpare();
    if (spare == null || !NEXT.compareAndSet(spare, OFFERED, server)) {
      Thread.startVirtualThread(new Activation(server, starter));
    }
  }

  @Override
  public void run() {
    Runner runner = Runner.adopt(since, spell);
    int post = Watchdog.enter(runner);
    runner.mayBeSpare = post != Watchdog.NONE;
    try {
      ServerProc server = taken();
      while (server != null) {
        server.run(runner);
        server = another(runner);
      }
    } finally {
      Watchdog.leave(post);
    }
  }

  private @Nullable ServerProc taken() {
    var server = (ServerProc) NEXT.getVolatile(this);
    NEXT.setOpaque(this, null);
    return server;
  }

  /** The server to run after one; null if none comes soon. */
  @SuppressWarnings("ThreadPriorityCheck") // one yield, not a loop: see above
  private @Nullable ServerProc another(Runner runner) {
    Runner caller = runner.takeFirstAnswered();
    if (caller == null) {
      return null;
    }
    NEXT.setVolatile(this, OFFERED);
    if (!caller.offer(this)) {
      return null;
    }
    runner.beginCallback(); // it moves
    Carriers.watch();
    Thread.yield();
    if (NEXT.compareAndSet(this, OFFERED, null)) {
      caller.withdraw(this);
      return null;
    }
    return taken();
  }
}
