package dev.ostler.examples.shop;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;

/** How much was sold since this server began. */
record Sales() implements GenServer<Long, Sales.Total, Sales.Sold> {
  record Sold() implements Cast<Sales> {}

  record Total() implements Call<Sales, Long> {}

  @Override
  public Init<Long> init() {
    return Init.ok(0L);
  }

  @Override
  public Next<Long> handleCast(Sold sold, Long total) {
    return Next.noReply(total + 1);
  }

  @Override
  public Next<Long> handleCall(Total request, From<?> from, Long total) {
    return request.reply(total, total);
  }
}
