package dev.ostler.browser;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.ServerRef;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** A server that counts articles, asks the next desk if there is one, and has a planted bug. */
record Desk(Optional<ServerRef<Desk>> next)
    implements GenServer<Integer, Desk.Order, Desk.Message> {

  /** Answered with how many articles all desks have seen. */
  record Order(String article) implements Call<Desk, Integer> {}

  sealed interface Message extends Cast<Desk> {}

  /** Keeps the desk at work until the gate opens. */
  record Wait(CountDownLatch begun, CountDownLatch gate) implements Message {}

  /** A message that only takes room while it waits. */
  record Note(int number) implements Message {}

  @Override
  public Init<Integer> init() {
    return Init.ok(0);
  }

  @Override
  public Next<Integer> handleCall(Order order, From<?> from, Integer seen) {
    if (order.article().equals("unicorn")) {
      throw new IllegalStateException("nobody sells a unicorn");
    }
    int others = next.map(desk -> desk.call(order)).orElse(0);
    return order.reply(seen + 1 + others, seen + 1);
  }

  @Override
  public Next<Integer> handleCast(Message message, Integer seen) throws InterruptedException {
    if (message instanceof Wait(var begun, var gate)) {
      begun.countDown();
      gate.await();
    }
    return Next.noReply(seen);
  }
}
