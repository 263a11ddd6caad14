package dev.ostler;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The caller's side of calls, stops and system requests. Runs on the calling thread. */
final class Calls {
  /** How many direct calls a virtual thread makes before it looks at the clock. */
  private static final int SPELL = 1024;

  private Calls() {}

  static @Nullable Object call(ServerRef<?> ref, Call<?, ?> call, long nanos) {
    Runner runner = Runner.get();
    Proc caller = caller(runner);
    Proc target = ref.resolve();
    if (target == null) {
      throw new CallException.NoProcess(ref, call);
    }
    ServerProc server = asked(target, call);
    var request = new Request<Object>(call, server, caller);
    request.local = runner;
    if (server.options.isDirect() && server.runHere(request)) {
      if ((runner.callbacks() & SPELL - 1) == 0 && runner.depth() == 0) {
        runner.breathe(true);
      }
      Object result = request.result();
      if (result == null) {
        result = await(request, runner, nanos);
      } else {
        caller(runner);
      }
      return outcome(request, result);
    }
    return perform(request, server, runner, nanos);
  }

  /** Asks the server's own loop for something, after what was queued before. */
  static @Nullable Object ask(Pid pid, SystemRequest request, long nanos) {
    ServerProc server = asked((Proc) pid, request.call);
    Runner runner = Runner.get();
    caller(runner);
    return perform(request, server, runner, nanos);
  }

  static void stop(ServerRef<?> ref, ExitReason reason, long nanos) {
    Runner runner = Runner.get();
    Proc caller = caller(runner);
    Proc target = ref.resolve();
    if (target == null) {
      throw new CallException.NoProcess(ref, "stop");
    }
    ServerProc server = asked(target, "stop");
    perform(SystemRequest.stop(reason, server, caller), server, runner, nanos);
  }

  private static @Nullable Proc caller(Runner runner) {
    Proc caller = runner.current();
    if (caller != null) {
      caller.mustLive();
    }
    return caller;
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

  /** Queues the request of a caller who waits for it next; false if the server is dead. */
  private static boolean hand(Request<?> request, ServerProc server, Runner runner) {
    runner.calls(true);
    try {
      return server.put(request);
    } finally {
      runner.calls(false);
    }
  }

  /** Waits; what the answer is, or nothing that is one if time ran out. */
  private static Object await(Request<?> request, Runner runner, long nanos) {
    Request<?> outer = runner.waiting;
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
      caller(runner);
      Thread.currentThread().interrupt();
      throw new CallException.Interrupted(request);
    } finally {
      runner.waiting = outer;
    }
    caller(runner);
    return java.util.Objects.requireNonNull(result);
  }

  private static @Nullable Object outcome(Request<?> request, Object result) {
    if (result instanceof Request.Failure failure) {
      throw new CallException.Exited(request, failure.reason());
    }
    return Request.unwrap(result);
  }

  static String describe(Proc process) {
    return process + " (" + process.label() + ")";
  }

  /** Looks at what the target does right now; the words for it are found later. */
  private static CallException.Timeout tooLate(Request<?> request, long nanos) {
    int queued = request.target.queued();
    Supplier<String> activity = activity(request.target, request);
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
      return () -> "it put the answer off";
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
