package dev.ostler.bench;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;

/**
 * The server that is measured: it counts, so that nothing is measured but the way to it and back.
 */
record Counter() implements GenServer<Integer, Counter.Request<?>, Counter.Tick> {
  sealed interface Request<R> extends Call<Counter, R> {}

  record Increment() implements Request<Integer> {}

  record Count() implements Request<Integer> {}

  record Tick() implements Cast<Counter> {}

  static final Tick TICK = new Tick();

  private static final Integer ZERO = 0;

  @Override
  public Init<Integer> init() {
    return Init.ok(ZERO);
  }

  @Override
  public Next<Integer> handleCall(Request<?> request, From<?> from, Integer count) {
    return switch (request) {
      case Increment increment -> {
        Integer next = count + 1;
        yield increment.reply(next, next);
      }
      case Count c -> c.reply(count, count);
    };
  }

  @Override
  public Next<Integer> handleCast(Tick tick, Integer count) {
    return Next.noReply(count + 1);
  }
}
