package dev.ostler;

import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A process that runs the callbacks of a {@link GenServer}, and has no thread while it is idle.
 *
 * <p>Any thread may send to it and call it; the callbacks run on the thread that owns it.
 */
class ServerProc extends CallbackProc {
  /*
   * The server is idle, or owned by one thread, which handles message after message until none is
   * left. The mailbox holds that state. The owner is
   *
   *   the starter's thread          factory and init
   *   a virtual thread, activation  started by the sender whose message found the server idle
   *   a caller's thread             a direct server: the caller claims it and handles its own
   *                                 message, some of others that came meanwhile, and hands the
   *                                 rest to an activation
   *
   * Ownership passes with the start of the activation's thread, which happens-after everything that
   * its predecessor did. An owner that finds the server closed leaves at once. The thread that
   * ended the server fails all waiting callers; the owner fails only those whose messages it had
   * taken.
   */

  /** How many messages of others a direct caller handles before it hands the server over. */
  private static final int FAVOURS = 32;

  /** How many direct servers a thread runs nested, before its calls wait for another thread. */
  private static final int DEPTH = 16;

  /** After so many messages, a busy server's thread forgets which caller it answered. */
  private static final int MEMORY = 64;

  ServerProc(ServerOptions options, @Nullable Ancestors ancestors) {
    super(options, ancestors);
  }

  // --- Ways in ---

  @Override
  final void wake() {
    Activation.start(this);
  }

  @Override
  void post(Message.Plain message) {
    if (!options.isDirect() || isSuspended() || !runHere(message)) {
      putOrLose(message);
    }
  }

  @Override
  final boolean handledHere(Message.Plain message) {
    return options.isDirect() && !isSuspended() && runHere(message);
  }

  /** Handles a message on this thread, if the server is idle. */
  final boolean runHere(Message message) {
    Runner runner = Runner.get();
    if (runner.depth() >= DEPTH) {
      return false;
    }
    StackRoom.forStep();
    runner.beWatched();
    runner.enter(this);
    if (!claim()) {
      runner.leave();
      runner.expose();
      return false;
    }
    boolean heard = runner.shield();
    runner(runner);
    boolean done = false;
    try {
      if (heard) {
        handle(message);
        serve(message, runner);
      }
      done = Carrying.hasValues() ? isIdle(runner) : drain(runner, FAVOURS);
    } finally {
      leave(runner, done); // whatever happens, the thread leaves the server
    }
    return true;
  }

  /** Whether it is idle or dead now. What waits is not served here, where values may be bound. */
  private boolean isIdle(Runner runner) {
    return isClosed() || goIdle(runner);
  }

  /** Its owner's thread was taken away: the server continues on a thread of its own. */
  final void handOver() {
    runner(null);
    Activation.start(this);
  }

  /**
   * The thread returns to what it ran before. If the server is not done, it continues on a thread
   * of its own.
   */
  final void leave(Runner runner, boolean done) {
    if (!done) {
      runner(null);
    }
    runner.countCallbacks();
    runner.leave();
    if (!done) {
      Activation.start(this);
    }
    if (isClosed()) {
      VarHandle.fullFence();
      runner.cleared(this);
      runner(null);
      leftDead();
    }
    runner.expose();
  }

  // --- The loop ---

  /** Runs on the thread of an activation until the server is idle or dead. */
  final void run(Runner runner) {
    runner.current(this);
    runner(runner);
    try {
      work(runner);
    } finally {
      runner.strip(this);
    }
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
    boolean slow = false;
    for (int count = 0; count < most; count++) {
      Message message = next();
      if (message == null) {
        runner.countCallbacks();
        if (isClosed() || goIdle(runner)) {
          return true;
        }
        continue;
      }
      Activation activation = runner.activation;
      if (count % MEMORY == MEMORY - 1) {
        runner.countCallbacks();
        if (activation != null) {
          activation.forgetAnswered();
        }
      }
      if (!serve(message, runner)) {
        return true;
      }
      if (runner.depth() == 0) {
        slow = runner.breathe(slow);
      }
    }
    return false;
  }

  private @Nullable Message next() {
    Aux aux = peekAux();
    if (aux != null && aux.first != null && !isSuspended()) {
      Message first = takeFirst(aux);
      if (first != null) {
        handle(first);
        return first;
      }
    }
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

  final boolean goIdle(Runner runner) {
    Aux aux = peekAux();
    if (aux != null && aux.idle != null) {
      aux.idle.arm();
    }
    runner(null);
    runner.stepOut(); // before the fence in release: see Nesting
    if (release()) {
      return true;
    }
    runner(runner);
    runner.stepIn(this); // with a full fence: a death sees its runner, or is seen here
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
    try {
      if (aux == null || !isUnusual(aux) || admit(message, aux)) {
        deliver(message, runner);
      }
    } catch (Throwable thrown) {
      try {
        failed(thrown);
      } finally {
        if (!isClosed()) { // terminate or the report found no memory
          Death.of(this, Death.OUT_OF_MEMORY);
        }
      }
    }
    if (isClosed()) {
      abandon(message);
      return false;
    }
    return true;
  }

  private void deliver(Message message, Runner runner) throws Exception {
    Observation observation = Observation.current();
    Meter timed = observation == null ? null : observation.delivers(message, this, runner);
    if (timed != null) {
      deliverTimed(message, timed);
    } else {
      message.deliver(this);
    }
  }

  private void deliverTimed(Message message, Meter meter) throws Exception {
    long begun = System.nanoTime();
    try {
      message.deliver(this);
    } finally {
      meter.time(Meter.CALLBACK_TIMES, System.nanoTime() - begun);
    }
  }

  /** Fails the messages that this owner had taken; the death itself fails all others. */
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
   * Called before a message, if the server is suspended, observed, or has an idle time. Returns
   * false if the message is held for later.
   */
  private boolean admit(Message message, Aux aux) {
    if (isSuspended() && message.waitsFor(this)) {
      hold(message, aux);
      return false;
    }
    IdleTimeout idle = aux.idle;
    if (idle != null && !(message instanceof IdleTimeout)) {
      if (message.isUnheard(this)) {
        return true; // the idle time goes on as if it had never come
      }
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

  @Override
  void withdraw(Predicate<Object> meant, int most) {
    Predicate<Message> which =
        message -> message instanceof Message.Signal signal && meant.test(signal.content());
    if (takeOut(which, most) < most) {
      sweepHeld(which);
    }
  }

  /** Removes messages that are held; returns how many. */
  final int sweepHeld(Predicate<Message> which) {
    Aux aux = peekAux();
    if (aux == null) {
      return 0;
    }
    synchronized (this) {
      Queue<Message> held = aux.held;
      if (held == null) {
        return 0;
      }
      int before = held.size();
      held.removeIf(which);
      return before - held.size();
    }
  }

  /** Shows the first messages that it holds while it is suspended, oldest first. Any thread. */
  final void peekHeld(int most, Consumer<Message> to) {
    Aux aux = peekAux();
    if (aux == null || aux.held == null) {
      return;
    }
    synchronized (this) {
      Queue<Message> held = aux.held;
      if (held != null) {
        held.stream().limit(most).forEach(to);
      }
    }
  }

  @Override
  Optional<Long> handled() {
    Aux aux = peekAux();
    Debug debug = aux == null ? null : aux.debug;
    return debug == null ? Optional.empty() : debug.statistics().map(Sys.Statistics::messagesIn);
  }

  @Override
  Optional<ProcessInfo.Callback> callback() {
    Runner by = runner();
    Message message = handling();
    if (by == null || message == null || !isBusy()) {
      return Optional.empty();
    }
    String kind =
        message instanceof Request<?> request
            ? request.describeToOthers()
            : Text.kind(message.payload(this));
    return Optional.of(new ProcessInfo.Callback(kind, Watchdog.age(this, by)));
  }

  @Override
  int queued() {
    Aux aux = peekAux();
    int waiting = super.queued();
    if (aux == null) {
      return waiting;
    }
    synchronized (this) {
      return waiting + waitingFirst() + (aux.held == null ? 0 : aux.held.size());
    }
  }
}
