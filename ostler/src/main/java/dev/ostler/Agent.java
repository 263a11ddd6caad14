package dev.ostler;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A process that holds a value, and lets others read and change it with functions.
 *
 * <p>Any thread may use it. The functions run in the agent, one at a time: keep them short, and do
 * not call the agent from within. A function that throws crashes the agent and reaches its caller
 * as {@link CallException.Exited}. What a function returns leaves the agent by reference: return
 * immutable values.
 *
 * @param <S> the value, never null
 */
public final class Agent<S> {
  /** The options of all agents that are started alone. */
  private static final ServerChild<Agent<Object>, Agent<Object>> PLAIN = of(Object::new);

  private final ServerRef<Agent<S>> server;

  private Agent(ServerRef<Agent<S>> server) {
    this.server = server;
  }

  /** An agent that can be started alone, linked, or under a supervisor. */
  public static <S> ServerChild<Agent<S>, Agent<S>> of(Supplier<? extends S> initial) {
    Objects.requireNonNull(initial, "initial");
    return ServerChild.<Agent<S>, Agent<S>>of(
            () -> new AgentServer(initial), process -> new Agent<>(new ServerHandle<>(process)))
        .label("agent");
  }

  /** Starts an agent without a link. The function runs in the agent, before this returns. */
  public static <S> Agent<S> start(Supplier<? extends S> initial) {
    return start(initial, false);
  }

  /** Starts an agent, linked to the calling process. */
  public static <S> Agent<S> startLink(Supplier<? extends S> initial) {
    return start(initial, true);
  }

  private static <S> Agent<S> start(Supplier<? extends S> initial, boolean linked) {
    Objects.requireNonNull(initial, "initial");
    return new Agent<>(new ServerHandle<>(PLAIN.start(() -> new AgentServer(initial), linked)));
  }

  /** The agent that has, or will have, this name. */
  public static <S> Agent<S> at(Name<Agent<S>> name) {
    return new Agent<>(Objects.requireNonNull(name, "name"));
  }

  /**
   * The process.
   *
   * @throws NoProcessException if this refers to a name that no process has
   */
  public Pid pid() {
    return server.pid();
  }

  /** As {@link #get(Function, Duration)}, as long as {@link ServerRef#call(Call)}: five seconds. */
  public <R> R get(Function<? super S, ? extends R> function) {
    return server.call(new AgentServer.Get<>(function));
  }

  /**
   * Returns the function's result for the value, which does not change.
   *
   * @throws CallException as {@link ServerRef#call(Call, Duration)}
   */
  public <R> R get(Function<? super S, ? extends R> function, Duration timeout) {
    return server.call(new AgentServer.Get<>(function), timeout);
  }

  /** As {@link #update(Function, Duration)}, with five seconds, as {@link #get(Function)}. */
  public void update(Function<? super S, ? extends S> function) {
    server.call(new AgentServer.Update<>(function));
  }

  /**
   * Replaces the value by the function's result for it, and returns when that is done.
   *
   * @throws CallException as {@link ServerRef#call(Call, Duration)}
   */
  public void update(Function<? super S, ? extends S> function, Duration timeout) {
    server.call(new AgentServer.Update<>(function), timeout);
  }

  /**
   * A reply, and the new value.
   *
   * @param reply what the caller gets
   * @param state the new value
   */
  public record Update<R, S>(R reply, S state) {}

  /** As {@link #getAndUpdate(Function, Duration)}, with five seconds. */
  public <R> R getAndUpdate(Function<? super S, Update<R, S>> function) {
    return server.call(new AgentServer.GetAndUpdate<>(function));
  }

  /**
   * Reads and replaces the value in one step.
   *
   * @throws CallException as {@link ServerRef#call(Call, Duration)}
   */
  public <R> R getAndUpdate(Function<? super S, Update<R, S>> function, Duration timeout) {
    return server.call(new AgentServer.GetAndUpdate<>(function), timeout);
  }

  /**
   * Replaces the value some time later. If the function throws, the agent crashes; the caller is
   * not told.
   */
  public void cast(Function<? super S, ? extends S> function) {
    server.cast(new AgentServer.LaterUpdate<>(function));
  }

  /** As {@link ServerRef#stop()}. */
  public void stop() {
    server.stop();
  }

  /** As {@link ServerRef#stop(ExitReason, Duration)}. */
  public void stop(ExitReason reason, Duration timeout) {
    server.stop(reason, timeout);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Agent<?> agent && agent.server.equals(server);
  }

  @Override
  public int hashCode() {
    return server.hashCode();
  }

  @Override
  public String toString() {
    return "Agent[" + server + "]";
  }
}
