package dev.ostler.tests;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import java.util.concurrent.Callable;

/**
 * A server that does in its callbacks what the test tells it.
 *
 * @param script what init does
 */
record Scripted(Callable<Init<Object>> script)
    implements GenServer<Object, Scripted.Ask, Scripted.Tell> {

  /** Runs an action as the server and replies what it found. */
  record Ask(Callable<Object> action) implements Call<Scripted, Object> {}

  /** Runs an action as the server. */
  record Tell(Callable<Object> action) implements Cast<Scripted> {}

  /** A server that just starts. */
  Scripted() {
    this(() -> Init.ok("state"));
  }

  @Override
  public Init<Object> init() throws Exception {
    return script.call();
  }

  @Override
  public Next<Object> handleCall(Ask request, From<?> from, Object state) throws Exception {
    return request.reply(request.action().call(), state);
  }

  @Override
  public Next<Object> handleCast(Tell message, Object state) throws Exception {
    message.action().call();
    return Next.noReply(state);
  }

  @Override
  public Next<Object> handleContinue(Object continuation, Object state) throws Exception {
    return Next.noReply(((Callable<?>) continuation).call());
  }
}
