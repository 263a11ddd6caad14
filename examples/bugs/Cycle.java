import dev.ostler.*;
import java.time.Duration;

/** The stock asks the orders, which ask the stock. Without help, both would wait for ever. */
class Cycle {
  record Ask(String article) implements Call<Half, Integer> {}

  /** One of two servers, each of which needs the other to answer. */
  record Half(Name<Half> other) implements GenServer<Integer, Ask, Cast<Half>> {
    @Override
    public Init<Integer> init() {
      return Init.ok(1);
    }

    @Override
    public Next<Integer> handleCall(Ask ask, From<?> from, Integer own) {
      return ask.reply(own + other.call(ask), own); // the bug: each calls the other
    }
  }

  void main() {
    Name<Half> stock = Name.of("stock");
    Name<Half> orders = Name.of("orders");
    GenServer.of(() -> new Half(orders)).named(stock).start();
    GenServer.of(() -> new Half(stock)).named(orders).start();
    try {
      IO.println(stock.call(new Ask("eggs")));
    } catch (CallException e) {
      Events.flush(Duration.ofSeconds(5)); // so that the program does not end before its log
    }
  }
}
