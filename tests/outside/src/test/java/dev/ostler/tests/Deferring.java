package dev.ostler.tests;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import java.util.concurrent.CompletableFuture;

/**
 * A server that answers nobody, and lets the test have what an answer needs.
 *
 * @param asked gets the first caller's
 */
record Deferring(CompletableFuture<From<String>> asked)
    implements GenServer<String, Deferring.Ask, Cast<Deferring>> {

  /** Asks for an answer that somebody else will give. */
  record Ask() implements Call<Deferring, String> {}

  @Override
  public Init<String> init() {
    return Init.ok("state");
  }

  @Override
  public Next<String> handleCall(Ask request, From<?> from, String state) {
    asked.complete(request.from(from));
    return Next.noReply(state);
  }
}
