package dev.ostler;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Inspects and debugs a running server, after {@code sys} of Erlang/OTP.
 *
 * <p>Agents, supervisors and registries are servers, too. Any thread may look. Except for {@link
 * #status(Pid)}, each request waits its turn in the server's mailbox, at most five seconds unless
 * it says otherwise, and throws what a call throws. A raw process answers none: {@link
 * IllegalArgumentException}.
 */
public final class Sys {
  private Sys() {}

  /**
   * A server as it is at a moment.
   *
   * @param pid the server
   * @param label its label
   * @param busy whether it runs a callback, or is about to
   * @param suspended whether it keeps ordinary messages for later
   * @param queued how many messages wait, not counting the one being handled
   * @param parent the process that started it, if any
   * @param state its state, as its {@link GenServer#formatStatus} shows it, if it was asked
   */
  public record Status(
      Pid pid,
      String label,
      boolean busy,
      boolean suspended,
      int queued,
      Optional<Pid> parent,
      Optional<Object> state) {}

  /**
   * How many messages a server took and sent.
   *
   * @param since from when on
   * @param messagesIn calls, casts and other messages taken
   * @param messagesOut replies sent
   */
  public record Statistics(Instant since, long messagesIn, long messagesOut) {}

  /**
   * Is told of everything that a server does.
   *
   * @param <D> its state, which it gets with each event
   */
  @FunctionalInterface
  public interface Observer<D> {
    /** Runs in the server: be quick. Nothing, or a throw, ends the observer. */
    Optional<D> on(D state, SysEvent event);
  }

  /** {@link #replaceState} failed in its function; the state is as it was. */
  public static final class ReplaceStateException extends RuntimeException {
    private ReplaceStateException(Pid pid, Throwable cause) {
      super("the state of " + pid + " was not replaced: " + Text.bounded(cause), cause);
    }
  }

  private static @Nullable Object ask(
      Pid pid, String what, Duration timeout, SystemRequest.Action action) {
    long nanos = Durations.nanos(timeout, "timeout");
    return Calls.ask(pid, new SystemRequest(what, pid, action), nanos);
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T> T cast(@Nullable Object answer) {
    return (T) Objects.requireNonNull(answer);
  }

  // --- State ---

  /** The server's state itself; an agent's value. */
  public static Object getState(Pid pid) {
    return getState(pid, ServerRef.DEFAULT_TIMEOUT);
  }

  /** As {@link #getState(Pid)}, within a time. */
  public static Object getState(Pid pid, Duration timeout) {
    return cast(ask(pid, "getState", timeout, ServerProc::state));
  }

  /**
   * Replaces the state by the function's result for it; returns the new state.
   *
   * @throws ReplaceStateException if the function throws or returns null
   */
  public static <S> S replaceState(Pid pid, UnaryOperator<S> function) {
    return replaceState(pid, function, ServerRef.DEFAULT_TIMEOUT);
  }

  /** As {@link #replaceState(Pid, UnaryOperator)}, within a time. */
  @SuppressWarnings("unchecked")
  public static <S> S replaceState(Pid pid, UnaryOperator<S> function, Duration timeout) {
    Objects.requireNonNull(function, "function");
    Object answer =
        ask(
            pid,
            "replaceState",
            timeout,
            server -> {
              try {
                Object replaced = function.apply((S) server.state());
                server.state(Objects.requireNonNull(replaced, "the new state"));
                return replaced;
              } catch (Throwable e) { // it is not the server that failed
                Runner.living();
                return new ReplaceStateException(pid, e);
              }
            });
    if (answer instanceof ReplaceStateException failed) {
      throw failed;
    }
    return cast(answer);
  }

  /** The server's status now. It is read from outside, at once, also while the server is busy. */
  public static Status status(Pid pid) {
    ServerProc server = Calls.server((Proc) pid);
    if (!server.isAlive()) {
      throw new CallException.NoProcess(Calls.describe(server), "status");
    }
    return status(server, server.isBusy(), Optional.empty());
  }

  /** The server's status when it handles this request, with its state as it shows it. */
  public static Status status(Pid pid, Duration timeout) {
    return cast(
        ask(
            pid,
            "status",
            timeout,
            server -> {
              var all = new StatusReport(server.state(), Optional.empty(), Optional.empty());
              Object shown =
                  all.formattedBy(Objects.requireNonNull(server.peekCallbacks())).state();
              return status(server, false, Optional.of(shown));
            }));
  }

  private static Status status(ServerProc server, boolean busy, Optional<Object> state) {
    return new Status(
        server,
        server.label(),
        busy,
        server.isSuspended(),
        server.queued(),
        Optional.ofNullable(server.ancestors).map(ancestors -> ancestors.parent),
        state);
  }

  /**
   * An estimate of what a server's state takes.
   *
   * @param bytes so many; of what is shared with others, too
   * @param complete whether it looked at everything: not into objects that are no strings, arrays,
   *     records or the JDK's collections, and at no more than 100,000 objects
   */
  public record Memory(long bytes, boolean complete) {}

  /** Estimates the memory that the server's state takes. The server itself looks at it. */
  public static Memory memory(Pid pid) {
    return memory(pid, ServerRef.DEFAULT_TIMEOUT);
  }

  /** As {@link #memory(Pid)}, within a time. */
  public static Memory memory(Pid pid, Duration timeout) {
    return cast(ask(pid, "memory", timeout, server -> Footprint.of(server.state())));
  }

  // --- Suspend, resume, terminate ---

  /** Lets ordinary messages wait until {@link #resume}. System requests are answered meanwhile. */
  public static void suspend(Pid pid) {
    suspend(pid, ServerRef.DEFAULT_TIMEOUT);
  }

  /** As {@link #suspend(Pid)}, within a time. */
  public static void suspend(Pid pid, Duration timeout) {
    ask(
        pid,
        "suspend",
        timeout,
        server -> {
          server.aux();
          server.suspended(true);
          return null;
        });
  }

  /** Lets the server handle what waited, in order, and all that follows. */
  public static void resume(Pid pid) {
    resume(pid, ServerRef.DEFAULT_TIMEOUT);
  }

  /** As {@link #resume(Pid)}, within a time. */
  public static void resume(Pid pid, Duration timeout) {
    ask(
        pid,
        "resume",
        timeout,
        server -> {
          server.suspended(false);
          return null;
        });
  }

  /** Lets the server stop with the reason; returns once it is about to. */
  public static void terminate(Pid pid, ExitReason reason) {
    terminate(pid, reason, ServerRef.DEFAULT_TIMEOUT);
  }

  /** As {@link #terminate(Pid, ExitReason)}, within a time. */
  public static void terminate(Pid pid, ExitReason reason, Duration timeout) {
    Objects.requireNonNull(reason, "reason");
    Calls.ask(
        pid,
        SystemRequest.acknowledged("terminate", pid, server -> server.end(reason)),
        Durations.nanos(timeout, "timeout"));
  }

  // --- Debugging ---

  /** Counts messages from now on, or no longer. */
  public static void statistics(Pid pid, boolean on) {
    statistics(pid, on, ServerRef.DEFAULT_TIMEOUT);
  }

  /** As {@link #statistics(Pid, boolean)}, within a time. */
  public static void statistics(Pid pid, boolean on, Duration timeout) {
    debug(pid, "statistics", timeout, debug -> debug.statistics(on));
  }

  /** The counts; empty if they were not switched on. */
  public static Optional<Statistics> statistics(Pid pid) {
    return statistics(pid, ServerRef.DEFAULT_TIMEOUT);
  }

  /** As {@link #statistics(Pid)}, within a time. */
  public static Optional<Statistics> statistics(Pid pid, Duration timeout) {
    return cast(ask(pid, "statistics", timeout, server -> server.debug().statistics()));
  }

  /**
   * Keeps the last so many events, usually 10.
   *
   * @param events not negative; 0 keeps none
   */
  public static void log(Pid pid, int events) {
    log(pid, events, ServerRef.DEFAULT_TIMEOUT);
  }

  /** As {@link #log(Pid, int)}, within a time. */
  public static void log(Pid pid, int events, Duration timeout) {
    if (events < 0) {
      throw new IllegalArgumentException("a log keeps at least 0 events, not " + events);
    }
    debug(pid, "log", timeout, debug -> debug.keep(events));
  }

  /** The events kept, oldest first. */
  public static List<SysEvent> log(Pid pid) {
    return log(pid, ServerRef.DEFAULT_TIMEOUT);
  }

  /** As {@link #log(Pid)}, within a time. */
  public static List<SysEvent> log(Pid pid, Duration timeout) {
    return cast(ask(pid, "log", timeout, server -> server.debug().log()));
  }

  /** Passes each event, as a line of text, to the consumer, in the server. */
  public static void trace(Pid pid, Consumer<? super String> lines) {
    trace(pid, lines, ServerRef.DEFAULT_TIMEOUT);
  }

  /** As {@link #trace(Pid, Consumer)}, within a time. */
  public static void trace(Pid pid, Consumer<? super String> lines, Duration timeout) {
    Objects.requireNonNull(lines, "lines");
    debug(pid, "trace", timeout, debug -> debug.trace(lines));
  }

  /** Ends the trace. */
  public static void noTrace(Pid pid) {
    noTrace(pid, ServerRef.DEFAULT_TIMEOUT);
  }

  /** As {@link #noTrace(Pid)}, within a time. */
  public static void noTrace(Pid pid, Duration timeout) {
    debug(pid, "trace", timeout, debug -> debug.trace(null));
  }

  /**
   * Appends each event to a file, as a line in UTF-8.
   *
   * @throws java.io.UncheckedIOException if the file cannot be written
   */
  public static void logToFile(Pid pid, Path file) {
    logToFile(pid, file, ServerRef.DEFAULT_TIMEOUT);
  }

  /** As {@link #logToFile(Pid, Path)}, within a time. */
  public static void logToFile(Pid pid, Path file, Duration timeout) {
    Objects.requireNonNull(file, "file");
    debug(pid, "logToFile", timeout, debug -> debug.file(file));
  }

  /** Ends the log to a file. */
  public static void noLogToFile(Pid pid) {
    noLogToFile(pid, ServerRef.DEFAULT_TIMEOUT);
  }

  /** As {@link #noLogToFile(Pid)}, within a time. */
  public static void noLogToFile(Pid pid, Duration timeout) {
    debug(pid, "logToFile", timeout, debug -> debug.file(null));
  }

  /** Installs an observer of events, unless there is one with this id. */
  public static <D> void install(Pid pid, Object id, D state, Observer<D> observer) {
    install(pid, id, state, observer, ServerRef.DEFAULT_TIMEOUT);
  }

  /** As {@link #install(Pid, Object, Object, Observer)}, within a time. */
  public static <D> void install(
      Pid pid, Object id, D state, Observer<D> observer, Duration timeout) {
    Objects.requireNonNull(observer, "observer");
    debug(pid, "install", timeout, debug -> debug.install(id, state, observer));
  }

  /** Removes an observer of events, if there is one with this id. */
  public static void remove(Pid pid, Object id) {
    remove(pid, id, ServerRef.DEFAULT_TIMEOUT);
  }

  /** As {@link #remove(Pid, Object)}, within a time. */
  public static void remove(Pid pid, Object id, Duration timeout) {
    debug(pid, "remove", timeout, debug -> debug.remove(id));
  }

  /** Ends all of it: statistics, log, trace and observers. */
  public static void noDebug(Pid pid) {
    noDebug(pid, ServerRef.DEFAULT_TIMEOUT);
  }

  /** As {@link #noDebug(Pid)}, within a time. */
  public static void noDebug(Pid pid, Duration timeout) {
    ask(
        pid,
        "noDebug",
        timeout,
        server -> {
          server.aux().debug = null;
          return null;
        });
  }

  /** Changes the server's debugging; an exception is thrown to the caller. */
  private static void debug(Pid pid, String what, Duration timeout, Consumer<Debug> change) {
    Object failure =
        ask(
            pid,
            what,
            timeout,
            server -> {
              try {
                change.accept(server.debug());
                return null;
              } catch (RuntimeException e) {
                return e;
              }
            });
    if (failure instanceof RuntimeException thrown) {
      throw thrown;
    }
  }
}
