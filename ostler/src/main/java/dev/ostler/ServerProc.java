package dev.ostler;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import org.jspecify.annotations.Nullable;

/**
 * A process that runs the callbacks of a {@link GenServer}, and has no thread while it is idle.
 *
 * <p>Any thread may send to it and call it; the callbacks run on the thread that owns it.
 */
class ServerProc extends Proc {
  /*
   * Overview. The server is idle, or owned by one thread, which handles message after message until
   * none is left. The mailbox holds that state. The owner is
   *
   *   the starter's thread          factory and init
   *   a virtual thread, activation  started by the sender whose message found the server idle
   *   a caller's thread             a direct server: the caller claims it and handles its own
   *                                 message, some of others that came meanwhile, and hands the
   *                                 rest to an activation
   *
   * Ownership passes with the start of the activation's thread, which happens-after all its
   * predecessor did. An owner that finds the server closed leaves at once: somebody ended it, and
   * has told or will tell all who wait; only what this owner had taken is its own to fail.
   */

  /** How many messages of others a direct caller handles before it hands the server over. */
  private static final int FAVOURS = 32;

  /** Up to how many direct servers deep a thread goes before it calls the ordinary way. */
  private static final int DEPTH = 16;

  /** Messages between two looks at the clock, while they are short. */
  private static final int SPELL = 16;

  final ServerChild<?, ?> options;

  // Touched by the owner only; cleared by death, which nobody who is alive sees.
  private @Nullable GenServer<Object, Call<?, ?>, Cast<?>> callbacks;
  private @Nullable Object state;

  ServerProc(ServerChild<?, ?> options, @Nullable Ancestors ancestors) {
    super(ancestors);
    this.options = options;
  }

  // --- Ways in
  // ------------------------------------------------------------------------------------

  @Override
  final void wake() {
    activate();
  }

  private void activate() {
    Runner starter = Runner.get();
    Thread.startVirtualThread(new Activation(this, starter.since()));
  }

  @Override
  void post(Message.Plain message) {
    if (!options.isDirect() || !runHere(message)) {
      put(message);
    }
  }

  /** Handles a message on this thread, if the server is idle. */
  final boolean runHere(Message message) {
    Runner runner = Runner.get();
    if (runner.depth >= DEPTH) {
      return false;
    }
    Proc outer = runner.current();
    runner.current(this);
    if (!claim()) {
      runner.current(outer);
      return false;
    }
    runner.depth++;
    runner(runner);
    handle(message);
    serve(message, runner);
    leave(runner, outer, drain(runner, FAVOURS));
    return true;
  }

  /**
   * The thread goes back to what it ran before; who is not done is handed to a thread of its own.
   */
  final void leave(Runner runner, @Nullable Proc outer, boolean done) {
    runner.depth--;
    if (!done) {
      runner(null);
    }
    runner.current(outer);
    if (!done) {
      activate();
    }
    if (isClosed()) {
      runner.cleared(this);
    }
  }

  // --- The loop
  // -----------------------------------------------------------------------------------

  /** The life of an activation: its thread has no other. */
  final void run(Runner runner) {
    runner.current(this);
    runner(runner);
    int post = Watchdog.enter(runner);
    runner.breathe();
    work(runner);
    Watchdog.leave(post);
  }

  /** Handles all that waits, and the continuation before it. */
  final void work(Runner runner) {
    resumeContinuation(runner);
    boolean done;
    do {
      done = drain(runner, Integer.MAX_VALUE);
    } while (!done);
  }

  /** Handles what waits; true if the server is idle or dead now, false if there were too many. */
  private boolean drain(Runner runner, int most) {
    int spell = SPELL;
    for (int count = 0; count < most; count++) {
      Message message = next();
      if (message == null) {
        if (isClosed() || goIdle()) {
          return true;
        }
        continue;
      }
      if (!serve(message, runner)) {
        return true;
      }
      if (--spell <= 0 && runner.depth == 0) {
        spell = runner.breathe() ? 1 : SPELL;
      }
    }
    return false;
  }

  private @Nullable Message next() {
    Aux aux = peekAux();
    if (aux != null && aux.held != null && !isSuspended()) {
      synchronized (this) {
        Message held = aux.held == null ? null : aux.held.poll();
        if (held != null) {
          handle(held);
          return held;
        }
        aux.held = null;
      }
    }
    return takeNext();
  }

  @Nullable Message takeNext() {
    return take();
  }

  /** A cast or plain message waits no longer. */
  void begins(Message.Plain message) {}

  final boolean goIdle() {
    Aux aux = peekAux();
    if (aux != null && aux.idle != null) {
      aux.idle.arm();
    }
    Runner runner = runner();
    runner(null);
    if (release()) {
      return true;
    }
    runner(runner);
    return isClosed();
  }

  /** Handles one message; false if the server is dead after it. */
  private boolean serve(Message message, Runner runner) {
    if (isClosed()) {
      abandon(message);
      return false;
    }
    runner.beginCallback();
    Aux aux = peekAux();
    if (aux == null || !isUnusual(aux) || admit(message, aux)) {
      try {
        message.deliver(this);
      } catch (Throwable thrown) {
        failed(thrown);
      }
    }
    if (isClosed()) {
      abandon(message);
      return false;
    }
    return true;
  }

  /** Fails what this owner had taken when death came; all else is failed by the death itself. */
  private void abandon(Message message) {
    awaitGone();
    ExitReason reason = reason();
    Death.fail(message, reason);
    abandon(null, each -> Death.fail(each, reason));
  }

  private boolean isUnusual(Aux aux) {
    return aux.idle != null || aux.debug != null || isSuspended();
  }

  /**
   * What a suspended, waiting or observed server does before a message; false if it is not for now.
   */
  private boolean admit(Message message, Aux aux) {
    if (isSuspended() && message.waitsFor(this)) {
      hold(message, aux);
      return false;
    }
    IdleTimeout idle = aux.idle;
    if (idle != null && !(message instanceof IdleTimeout)) {
      if (message.endsIdleTime()) {
        aux.idle = null;
        idle.disarm();
      } else {
        aux.idle = idle.again();
      }
    }
    if (aux.debug != null) {
      aux.debug.in(message, this);
    }
    return true;
  }

  private synchronized void hold(Message message, Aux aux) {
    if (isClosed()) {
      return; // serve abandons it
    }
    if (aux.held == null) {
      aux.held = new ArrayDeque<>();
    }
    aux.held.add(message);
  }

  // --- Callbacks
  // ----------------------------------------------------------------------------------

  private GenServer<Object, Call<?, ?>, Cast<?>> callbacks() {
    GenServer<Object, Call<?, ?>, Cast<?>> mine = callbacks;
    if (mine == null) {
      throw ended();
    }
    return mine;
  }

  final Object state() {
    Object mine = state;
    if (mine == null) {
      throw ended();
    }
    return mine;
  }

  final void state(Object replaced) {
    state = replaced;
  }

  final void adopt(GenServer<Object, Call<?, ?>, Cast<?>> server) {
    callbacks = server;
  }

  final void begin(Init.Ok<Object> init) {
    state = init.state();
    if (init.continuation().isPresent()) {
      aux().continuation = init.continuation().get();
    } else if (init.timeout().isPresent()) {
      idle(init.timeout().get(), new Timeout());
    }
  }

  final void call(Request<?> request) throws Exception {
    apply(callbacks().handleCall((Call<?, ?>) request.call, request, state()), request);
  }

  final void cast(Cast<?> message) throws Exception {
    apply(callbacks().handleCast(message, state()), null);
  }

  final void info(Object message) throws Exception {
    apply(callbacks().handleInfo(message, state()), null);
  }

  /** Hands the continuation of init, if there is one, to the server. */
  private void resumeContinuation(Runner runner) {
    Aux aux = peekAux();
    if (aux == null || aux.continuation == null || isClosed()) {
      return;
    }
    Object continuation = aux.continuation;
    aux.continuation = null;
    runner.beginCallback();
    try {
      apply(callbacks().handleContinue(continuation, state()), null);
    } catch (Throwable thrown) {
      failed(thrown);
    }
  }

  final boolean hasContinuation() {
    Aux aux = peekAux();
    return aux != null && aux.continuation != null;
  }

  /** Does what a callback said is next. */
  private void apply(@Nullable Next<Object> next, @Nullable Request<?> request) throws Exception {
    Next<Object> step = next;
    Request<?> asked = request;
    while (!isClosed()) {
      if (step == null) {
        throw new NullPointerException("a callback of " + label() + " returned null, not a Next");
      }
      Next.Then<Object> then = null;
      if (step instanceof Next.Then<Object> extra) {
        then = extra;
        step = extra.first;
      }
      state = step.state;
      if (step instanceof Next.Reply<Object> reply) {
        answer(reply, asked);
      } else if (step instanceof Next.Stop<Object> stop) {
        end(stop, asked);
        return;
      } else if (asked != null && asked.isPending()) {
        defer(asked);
      }
      Aux aux = peekAux();
      if (aux != null && aux.debug != null) {
        aux.debug.state(state());
      }
      if (then == null) {
        return;
      }
      if (then.timeout != null) {
        idle(then.timeout, then.message);
        return;
      }
      step = callbacks().handleContinue(then.message, state());
      asked = null;
    }
  }

  private void answer(Next.Reply<Object> reply, @Nullable Request<?> asked) {
    Request<?> answered = match(reply.call, asked);
    Aux aux = peekAux();
    if (aux != null && aux.debug != null) {
      aux.debug.out(reply.reply, answered);
    }
    answered.complete(reply.reply);
  }

  private Request<?> match(@Nullable Call<?, ?> replied, @Nullable Request<?> asked) {
    if (asked == null || asked.call != replied) {
      throw new IllegalStateException(
          label()
              + " replied to "
              + Text.bounded(replied)
              + " while it handled "
              + (asked == null ? "no call" : asked.describe()));
    }
    return asked;
  }

  private void idle(Duration timeout, Object message) {
    aux().idle = new IdleTimeout(this, Durations.nanos(timeout, "timeout"), message);
  }

  // --- Deferred replies
  // ---------------------------------------------------------------------------

  private void defer(Request<?> request) {
    request.defer();
    Aux mine = aux();
    synchronized (this) {
      if (!isClosed() && request.isPending()) {
        if (mine.deferred == null) {
          mine.deferred = new HashSet<>();
        }
        mine.deferred.add(request);
      }
    }
  }

  @Override
  final void undefer(Request<?> request) {
    Aux mine = peekAux();
    if (mine != null) {
      synchronized (this) {
        if (mine.deferred != null) {
          mine.deferred.remove(request);
        }
      }
    }
  }

  // --- The end
  // ------------------------------------------------------------------------------------

  private void end(Next.Stop<Object> stop, @Nullable Request<?> asked) {
    if (stop.call == null) {
      end(stop.reason, null, null);
    } else {
      end(stop.reason, match(stop.call, asked), stop.reply);
    }
  }

  final void end(ExitReason reason) {
    end(reason, null, null);
  }

  /** Something escaped a callback. */
  private void failed(Throwable thrown) {
    if (isClosed()) {
      return; // a zombie: whatever it throws reaches nobody
    }
    end(
        thrown instanceof ProcessExit exit ? exit.reason() : new ExitReason.Crash(thrown),
        null,
        null);
  }

  /** Terminates, reports and dies, on the owner's thread. */
  private void end(ExitReason why, @Nullable Request<?> last, @Nullable Object reply) {
    ExitReason reason = why;
    try {
      callbacks().terminate(why, state());
    } catch (Throwable thrown) {
      if (isClosed()) {
        return;
      }
      reason = thrown instanceof ProcessExit exit ? exit.reason() : new ExitReason.Crash(thrown);
    }
    if (!reason.isClean()) {
      Events.publish(CrashReport.of(this, reason));
    }
    Death.of(this, reason, last, reply);
  }

  @Override
  void forget() {
    callbacks = null;
    state = null;
  }

  // --- What others see
  // ----------------------------------------------------------------------------

  final @Nullable GenServer<Object, Call<?, ?>, Cast<?>> peekCallbacks() {
    return callbacks;
  }

  final @Nullable Object peekState() {
    return state;
  }

  final Debug debug() {
    Aux aux = aux();
    if (aux.debug == null) {
      aux.debug = new Debug(label());
    }
    return aux.debug;
  }

  @Override
  final int queued() {
    Aux aux = peekAux();
    int waiting = super.queued();
    if (aux == null) {
      return waiting;
    }
    synchronized (this) {
      return aux.held == null ? waiting : waiting + aux.held.size();
    }
  }

  @Override
  final String defaultLabel() {
    return options.label();
  }

  /** The first and only work of a virtual thread. */
  private record Activation(ServerProc server, long since) implements Runnable {
    @Override
    public void run() {
      server.run(Runner.adopt(since));
    }
  }
}
