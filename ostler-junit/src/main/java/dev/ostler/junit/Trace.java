package dev.ostler.junit;

import dev.ostler.CallException;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.ServerRef;
import dev.ostler.Sys;
import dev.ostler.SysEvent;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What one server took and answered while a test did something: who asked it what, and what it
 * said.
 *
 * <p>An immutable list of steps, in the server's order. Steps are records: compare them with those
 * that the test expects. Any thread may trace.
 *
 * @param steps what it took and answered, oldest first
 */
public record Trace(List<Step> steps) {

  /** Copies the steps. */
  public Trace {
    steps = List.copyOf(steps);
  }

  /** One message that the server took, or one answer that it gave. */
  public sealed interface Step {}

  /**
   * It took a request.
   *
   * @param from the process that called; {@link Processes#OUTSIDE} if it was a thread without one
   * @param request what it asked
   */
  public record Call(Pid from, Object request) implements Step {}

  /**
   * It took a cast. Who sent it is not known: no cast says so.
   *
   * @param message the cast
   */
  public record Cast(Object message) implements Step {}

  /**
   * It took any other message, such as one of {@code send}, a timeout, or a {@link
   * dev.ostler.Down}.
   *
   * @param message the message
   */
  public record Message(Object message) implements Step {}

  /**
   * It answered. An answer through {@link dev.ostler.From#reply} is not seen, by whomever it is
   * given.
   *
   * @param to the process that called; {@link Processes#OUTSIDE} if it was a thread without one
   * @param reply what it said; the text {@code null} for null
   */
  public record Reply(Pid to, Object reply) implements Step {}

  /**
   * What a test does while a server is traced.
   *
   * @param <X> what it may throw
   */
  @FunctionalInterface
  public interface Action<X extends Exception> {
    /** Does it. */
    void run() throws X;
  }

  /** As {@link #tracing(Pid, Action)}, of the process that this refers to now. */
  public static <X extends Exception> Trace tracing(ServerRef<?> server, Action<X> action)
      throws X {
    return tracing(server.pid(), action);
  }

  /**
   * Does something, and returns what the server took and answered from its begin until its end: all
   * that this thread sent it in between, and what others sent and came before the end. If the
   * server ends meanwhile, what it took until then.
   *
   * <p>Agents, supervisors and registries are servers, too. Traces of one server do not disturb
   * each other.
   *
   * @throws X what the action throws
   * @throws CallException if the server does not live, or does not get to it within five seconds
   */
  public static <X extends Exception> Trace tracing(Pid server, Action<X> action) throws X {
    Objects.requireNonNull(action, "action");
    var id = new Object();
    List<Step> steps = new CopyOnWriteArrayList<>();
    Sys.install(server, id, steps, Trace::keep);
    boolean done = false;
    try {
      action.run();
      done = true;
    } finally {
      end(server, id, done);
    }
    return new Trace(steps);
  }

  private static Optional<List<Step>> keep(List<Step> steps, SysEvent event) {
    Pid peer = event.peer().orElse(Processes.OUTSIDE);
    Object content = event.content();
    switch (event.kind()) {
      case CALL -> steps.add(new Call(peer, content));
      case CAST -> steps.add(new Cast(content));
      case INFO -> steps.add(new Message(content));
      case REPLY -> steps.add(new Reply(peer, content));
      case STATE -> {} // what it holds is its own affair
    }
    return Optional.of(steps);
  }

  /** Ends the trace, after all that was sent before; if the server has ended, it has ended. */
  private static void end(Pid server, Object id, boolean done) {
    try {
      Sys.remove(server, id);
    } catch (CallException e) {
      if (done && server.isAlive()) { // otherwise the action's failure says more
        throw e;
      }
    }
  }
}
