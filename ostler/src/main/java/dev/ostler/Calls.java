package dev.ostler;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The caller's side of calls, stops and system requests. Runs on the calling thread. */
final class Calls {
  /** After so many callbacks a thread that makes direct calls reads the clock. A power of two. */
  private static final int CALLBACKS_PER_BREATH = 1024;

  private static final long USUAL = ServerRef.DEFAULT_TIMEOUT.toNanos();

  private Calls() {}

  /** How long a call waits that has no timeout of its own. */
  static long usualNanos() {
    Observation observation = Observation.current();
    Deadline deadline = observation == null ? null : observation.deadline();
    return deadline == null ? USUAL : deadline.left();
  }

  /** The same as a duration. */
  static Duration usual() {
    return Duration.ofNanos(usualNanos());
  }

  static @Nullable Object call(ServerRef<?> ref, Call<?, ?> call, long nanos) {
    Observation observation = Observation.current();
    if (observation != null) {
      return observation.call(ref, call, nanos);
    }
    Runner runner = Runner.get();
    Proc caller = livingCaller(runner);
    ServerProc server = asked(ref, ref.resolve(), call);
    return send(new Request<>(call, server, caller), server, runner, nanos);
  }

  /** Sends a new request, and waits for the reply. */
  static @Nullable Object send(
      Request<Object> request, ServerProc server, Runner runner, long nanos) {
    request.local = runner;
    if (server.options.isDirect() && server.runHere(request)) {
      if ((runner.callbacks() & CALLBACKS_PER_BREATH - 1) == 0 && runner.depth() == 0) {
        runner.breathe(true);
      }
      Object result = request.result();
      if (result == null) {
        result = await(request, runner, nanos);
      } else {
        livingCaller(runner);
      }
      return outcome(request, result);
    }
    return perform(request, server, runner, nanos);
  }

  /** Asks the server's own loop for something, after what was queued before. */
  static @Nullable Object ask(Pid pid, SystemRequest request, long nanos) {
    ServerProc server = asked((Proc) pid, request.call);
    Runner runner = Runner.get();
    livingCaller(runner);
    request.local = runner;
    return perform(request, server, runner, nanos);
  }

  static void stop(ServerRef<?> ref, ExitReason reason, long nanos) {
    Runner runner = Runner.get();
    Proc caller = livingCaller(runner);
    ServerProc server = asked(ref, ref.resolve(), "stop");
    var request = SystemRequest.stop(reason, server, caller);
    request.local = runner;
    perform(request, server, runner, nanos);
  }

  static @Nullable Proc livingCaller(Runner runner) {
    Proc caller = runner.current();
    if (caller != null) {
      caller.mustLive();
    }
    return caller;
  }

  /** The server that is asked something, if there is one. */
  static ServerProc asked(ServerRef<?> ref, @Nullable Proc target, Object what) {
    if (target == null) {
      throw new CallException.NoProcess(ref, what);
    }
    return asked(target, what);
  }

  /** The server that is asked something, unless a raw process asks itself. */
  private static ServerProc asked(Proc target, Object what) {
    if (!(target instanceof ServerProc) && target == Runner.process()) {
      throw new CallException.Cycle(target, what, Cycles.ITSELF);
    }
    return server(target);
  }

  static ServerProc server(Proc target) {
    if (target instanceof ServerProc server) {
      return server;
    }
    throw new IllegalArgumentException(
        target + " (" + target.label() + ") is a raw process: it answers no calls");
  }

  /** Sends a request whose reply is collected later. */
  static PendingReply<?> send(ServerRef<?> ref, Call<?, ?> call) {
    Runner runner = Runner.get();
    Proc caller = livingCaller(runner);
    Proc target = ref.resolve();
    Carrying carrying = Observation.carrying();
    var request =
        new SentRequest(
            call,
            target == null ? (Proc) Processes.NOBODY : server(target),
            caller,
            carrying == null ? null : carrying.values(call),
            carrying == null ? null : carrying.deadline());
    Observation.count(request.target, Meter.CALLS);
    if (target == null || !target.put(request)) {
      request.target.awaitGone();
      request.refuse();
    } else {
      request.confirm();
      Runner.sent(runner, target);
    }
    return request.pending();
  }

  /** The reply to a request that was sent before. */
  static @Nullable Object collect(SentRequest request, long nanos) {
    Runner runner = Runner.get();
    StackRoom.forStep();
    runner.waiting = request;
    try {
      String cycle = request.isPending() ? Cycles.find(runner, request.target) : null;
      if (cycle != null && request.close()) {
        throw new CallException.Cycle(request.target, request.call, cycle);
      }
      runner.breathe(false);
      Object result = await(request, runner, nanos);
      if (request.isUndelivered()) {
        throw new CallException.NoProcess(request);
      }
      return outcome(request, result);
    } catch (CallException e) {
      Observation.count(request.target, Observation.counter(e));
      throw e;
    } finally {
      runner.waiting = null;
    }
  }

  private static @Nullable Object perform(
      Request<?> request, ServerProc server, Runner runner, long nanos) {
    StackRoom.forStep(); // also for the wait that follows
    runner.waiting = request;
    try {
      String cycle = Cycles.find(runner, server);
      if (cycle != null) {
        throw new CallException.Cycle(server, request.call, cycle);
      }
      runner.breathe(false);
      if (!hand(request, server, runner)) {
        server.awaitGone();
        throw new CallException.NoProcess(request);
      }
      request.confirm();
      return outcome(request, await(request, runner, nanos));
    } finally {
      runner.waiting = null;
    }
  }

  /**
   * Queues the request; false if the server is dead. Meanwhile the runner records that this thread
   * will wait, so that its spare may run the server.
   */
  private static boolean hand(Request<?> request, ServerProc server, Runner runner) {
    runner.willWait(true);
    try {
      return server.put(request);
    } finally {
      runner.willWait(false);
    }
  }

  /** Waits for the answer; throws a timeout if there is none in time. */
  private static Object await(Request<?> request, Runner runner, long nanos) {
    Slot outer = runner.waiting;
    runner.waiting = request;
    Object result;
    try {
      result = request.await(runner, Clock.current(), nanos);
      if (result == null) {
        if (request.close()) {
          throw tooLate(request, nanos);
        }
        result = request.result();
      }
    } catch (InterruptedException e) {
      request.close();
      livingCaller(runner);
      Thread.currentThread().interrupt();
      throw new CallException.Interrupted(request);
    } finally {
      runner.waiting = outer;
    }
    livingCaller(runner);
    return java.util.Objects.requireNonNull(result);
  }

  private static @Nullable Object outcome(Request<?> request, Object result) {
    if (result instanceof Slot.Failure failure) {
      throw new CallException.Exited(request, failure.reason());
    }
    return Slot.unwrap(result);
  }

  static String describe(Proc process) {
    return process + " (" + process.label() + ")";
  }

  /** Records what the target does right now. The text is made only when it is needed. */
  private static CallException.Timeout tooLate(Request<?> request, long nanos) {
    int queued = request.target.queued();
    Supplier<String> activity = activity(request.target, request);
    Happening.timedOut(request, nanos, queued, activity);
    return new CallException.Timeout(
        request,
        () ->
            " within "
                + TimeUnit.NANOSECONDS.toMillis(nanos)
                + " ms; "
                + queued
                + " messages wait in its mailbox; "
                + activity.get());
  }

  private static Supplier<String> activity(Proc target, Request<?> request) {
    Message handling = target.handling();
    Runner runner = target.runner();
    if (request.isDeferred()) {
      return () -> "it deferred the reply";
    }
    if (target.isSuspended()) {
      return () -> "it is suspended";
    }
    if (runner == null) {
      boolean busy = target.isBusy();
      return () -> busy ? "it is about to run" : "it is idle";
    }
    String what =
        handling == null
            ? "nothing"
            : handling == request
                ? "it"
                : handling instanceof Request<?> other ? other.describeToOthers() : "a message";
    StackTraceElement[] stack = runner.thread.getStackTrace();
    return () -> "it is handling " + what + Text.stack(stack, 20);
  }
}
