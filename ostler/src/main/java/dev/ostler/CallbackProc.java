package dev.ostler;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A process with the callbacks of a {@link GenServer} and their state. It handles what they return
 * and throw.
 *
 * <p>{@link ServerProc} decides which thread runs it, and when. Only the owner may call the methods
 * here, with few exceptions.
 */
abstract class CallbackProc extends Proc {
  /** Replaced by its owner before {@code init}, when the class is known: only the label changes. */
  ServerOptions options;

  // Used by the owner only. Cleared by the death.
  private @Nullable GenServer<Object, Call<?, ?>, Cast<?>> callbacks;
  private @Nullable Object state;

  CallbackProc(ServerOptions options, @Nullable Ancestors ancestors) {
    super(ancestors);
    this.options = options;
  }

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

  /** A cast or plain message is about to be handled. */
  void begins(Message.Plain message) {}

  final void adopt(GenServer<Object, Call<?, ?>, Cast<?>> server, ServerOptions own) {
    callbacks = server;
    options = own;
  }

  /** Reports that its {@code init} is about to run, unless it has been ended already. */
  final void begins() {
    if (Happening.isStartWanted()) {
      synchronized (this) {
        if (!isClosed()) {
          Happening.started(this);
        }
      }
    }
  }

  @Override
  final boolean hasBegun() {
    GenServer<?, ?, ?> mine = callbacks;
    return mine != null && !(mine instanceof Rehearsal);
  }

  final void begin(Init.Ok<?> init) {
    state = init.state();
    if (init.continuation().isPresent()) {
      aux().continuation = init.continuation().get();
    }
    if (init.timeout().isPresent()) { // armed once the continuation is done
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
  final void resumeContinuation(Runner runner) {
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

  /** Does what a callback's result says. */
  private void apply(@Nullable Next<?> next, @Nullable Request<?> request) throws Exception {
    Next<?> step = next;
    Request<?> asked = request;
    while (!isClosed()) {
      if (step == null) {
        throw new NullPointerException("a callback of " + label() + " returned null, not a Next");
      }
      Next.Then<?> then = null;
      if (step instanceof Next.Then<?> extra) {
        then = extra;
        step = extra.first;
      }
      state = step.state;
      if (step instanceof Next.Reply<?> reply) {
        answer(reply, asked);
      } else if (step instanceof Next.Stop<?> stop) {
        end(stop, asked);
        return;
      } else if (asked != null && asked.isPending()) {
        asked.defer();
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

  private void answer(Next.Reply<?> reply, @Nullable Request<?> asked) {
    Request<?> answered = match(reply.call, asked);
    trace(reply.reply, answered);
    answered.complete(reply.reply, runner());
  }

  private void trace(@Nullable Object reply, Request<?> answered) {
    Aux aux = peekAux();
    if (aux != null && aux.debug != null) {
      aux.debug.out(reply, answered);
    }
  }

  private Request<?> match(@Nullable Call<?, ?> replied, @Nullable Request<?> asked) {
    if (asked == null || asked.call != replied) {
      throw new IllegalStateException(
          label()
              + " replied to a "
              + Text.kind(replied)
              + " while it handled "
              + (asked == null ? "no call" : "a " + asked.describeToOthers()));
    }
    return asked;
  }

  private void idle(Duration timeout, Object message) {
    aux().idle = new IdleTimeout(this, Durations.nanos(timeout, "timeout"), message);
  }

  // --- The end ---

  private void end(Next.Stop<?> stop, @Nullable Request<?> asked) {
    if (stop.call == null) {
      end(stop.reason, null, null);
    } else {
      Request<?> answered = match(stop.call, asked);
      trace(stop.reply, answered);
      end(stop.reason, answered, stop.reply);
    }
  }

  final void end(ExitReason reason) {
    end(reason, null, null);
  }

  /** Something escaped a callback. */
  final void failed(Throwable thrown) {
    if (isClosed()) {
      return; // a zombie: what it throws is ignored
    }
    end(thrown instanceof ProcessExit exit ? exit.reason() : Death.crash(thrown), null, null);
  }

  /** Calls terminate, and ends the process, on the owner's thread. The report follows elsewhere. */
  private void end(ExitReason why, @Nullable Request<?> last, @Nullable Object reply) {
    ExitReason reason = why;
    try {
      callbacks().terminate(why, state());
    } catch (Throwable thrown) {
      if (isClosed()) {
        return;
      }
      reason = thrown instanceof ProcessExit exit ? exit.reason() : Death.crash(thrown);
    }
    if (!reason.isClean()) {
      Obituary.publish(this, reason);
    }
    Death.surely(this, reason, last, reply);
  }

  @Override
  void forget() {
    super.forget();
    callbacks = null;
    state = null;
  }

  // --- What others see ---

  final @Nullable GenServer<Object, Call<?, ?>, Cast<?>> peekCallbacks() {
    return callbacks;
  }

  final @Nullable Object peekState() {
    return state;
  }

  /** The message as formatStatus shows it; called by the owner, in a callback. */
  final Object shown(Object message) {
    GenServer<?, ?, ?> mine = callbacks;
    Object holds = state;
    if (mine == null || holds == null) {
      return Text.kind(message);
    }
    var report = new StatusReport(holds, Optional.of(message), Optional.empty());
    return report.formattedBy(mine).message().orElse("hidden");
  }

  final Debug debug() {
    Aux aux = aux();
    if (aux.debug == null) {
      aux.debug = new Debug(label());
    }
    return aux.debug;
  }

  @Override
  final String defaultLabel() {
    String label = options.label();
    return label.isEmpty() ? "server" : label;
  }
}
