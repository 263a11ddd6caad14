package dev.ostler;

import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The server behind an {@link Agent}: applies functions to its state. */
final class AgentServer
    implements GenServer<Object, AgentServer.Request<?, ?>, AgentServer.LaterUpdate<?>> {

  /** Everything an agent can be asked. */
  sealed interface Request<S, R> extends Call<Agent<S>, R> {
    /** Applies the function. */
    Next<Object> on(Object state);
  }

  record Get<S, R>(Function<? super S, ? extends R> function) implements Request<S, R> {
    Get {
      Objects.requireNonNull(function, "function");
    }

    @Override
    public Next<Object> on(Object state) {
      return reply(function.apply(AgentServer.<S>value(state)), state);
    }
  }

  record Update<S>(Function<? super S, ? extends S> function) implements Request<S, Boolean> {
    Update {
      Objects.requireNonNull(function, "function");
    }

    @Override
    public Next<Object> on(Object state) {
      return reply(true, function.apply(AgentServer.<S>value(state)));
    }
  }

  record GetAndUpdate<S, R>(Function<? super S, Agent.Update<R, S>> function)
      implements Request<S, R> {
    GetAndUpdate {
      Objects.requireNonNull(function, "function");
    }

    @Override
    public Next<Object> on(Object state) {
      Agent.Update<R, S> update = function.apply(AgentServer.<S>value(state));
      return reply(update.reply(), update.state());
    }
  }

  record LaterUpdate<S>(Function<? super S, ? extends S> function) implements Cast<Agent<S>> {
    LaterUpdate {
      Objects.requireNonNull(function, "function");
    }

    Next<Object> on(Object state) {
      return Next.noReply(function.apply(AgentServer.<S>value(state)));
    }
  }

  private @Nullable Supplier<?> initial;

  AgentServer(Supplier<?> initial) {
    this.initial = initial;
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <S> S value(Object state) {
    return (S) state;
  }

  @Override
  public Init<Object> init() {
    Supplier<?> first = Objects.requireNonNull(initial);
    initial = null;
    return Init.ok(first.get());
  }

  @Override
  public Next<Object> handleCall(Request<?, ?> request, From<?> from, Object state) {
    return request.on(state);
  }

  @Override
  public Next<Object> handleCast(LaterUpdate<?> message, Object state) {
    return message.on(state);
  }
}
