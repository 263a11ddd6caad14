package dev.ostler;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A request to the server's own loop, not to its callbacks: state, suspend, stop and the like.
 *
 * <p>It waits its turn in the mailbox. A suspended server handles it, too. It does not end the
 * server's idle time.
 */
class SystemRequest extends Request<Object> {
  /** What the owner does. */
  interface Action {
    /** Acts on the server, as its owner; gives the answer. */
    @Nullable Object on(ServerProc server) throws Exception;
  }

  private final Action action;

  SystemRequest(String what, Pid target, Action action) {
    this(what, (Proc) target, Runner.process(), action);
  }

  private SystemRequest(Object what, Proc target, @Nullable Proc caller, Action action) {
    super(what, target, caller);
    this.action = action;
  }

  /** A request to stop, answered by the death itself. */
  static SystemRequest stop(ExitReason reason, ServerProc server, @Nullable Proc caller) {
    return new SystemRequest(
        "stop",
        server,
        caller,
        target -> {
          target.end(reason);
          return null;
        }) {
      @Override
      Object failure(ExitReason actual) {
        return actual.equals(reason) ? true : super.failure(actual);
      }
    };
  }

  /** A request that is answered before it is acted on. */
  static SystemRequest acknowledged(String what, Pid target, Consumer<ServerProc> then) {
    return new SystemRequest(
        what,
        target,
        server -> {
          then.accept(server);
          return null;
        }) {
      @Override
      void deliver(ServerProc server) throws Exception {
        complete(null);
        super.deliver(server);
      }
    };
  }

  @Override
  void deliver(ServerProc server) throws Exception {
    Object answer = action.on(server);
    if (!server.isClosed()) {
      complete(answer);
    }
  }

  @Override
  boolean hasCallback() {
    return false;
  }

  @Override
  boolean endsIdleTime() {
    return false;
  }

  @Override
  boolean waitsFor(ServerProc suspended) {
    return false;
  }

  @Override
  String describe() {
    return String.valueOf(call);
  }

  @Override
  String describeToOthers() {
    return describe();
  }
}
