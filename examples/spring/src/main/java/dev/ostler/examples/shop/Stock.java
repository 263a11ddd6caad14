package dev.ostler.examples.shop;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.kv.Bucket;
import dev.ostler.kv.Kv;

/** How much there is of what. The store has it, so a crash loses nothing. */
record Stock(Kv kv) implements GenServer<Bucket, Stock.Request<?>, Cast<Stock>> {
  sealed interface Request<R> extends Call<Stock, R> {}

  /** Puts some on the shelf; how much there is now. A count that is no number is a planted bug. */
  record Add(String article, String count) implements Request<Integer> {}

  /** Takes one from the shelf; whether there was one. */
  record Take(String article) implements Request<Boolean> {}

  @Override
  public Init<Bucket> init() {
    return Init.ok(kv.create("stock"));
  }

  @Override
  public Next<Bucket> handleCall(Request<?> request, From<?> from, Bucket shelf) {
    return switch (request) {
      case Add add -> {
        int now = count(shelf, add.article()) + Integer.parseInt(add.count());
        shelf.put(add.article(), Integer.toString(now));
        yield add.reply(now, shelf);
      }
      case Take take -> {
        int left = count(shelf, take.article()) - 1;
        if (left >= 0) {
          shelf.put(take.article(), Integer.toString(left));
        }
        yield take.reply(left >= 0, shelf);
      }
    };
  }

  private static int count(Bucket shelf, String article) {
    return shelf.get(article).map(Integer::parseInt).orElse(0);
  }
}
