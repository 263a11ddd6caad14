import dev.ostler.*;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** The price of one article was forgotten. The server crashes when somebody asks for it. */
class Crash {
  record Prices() implements GenServer<Map<String, Integer>, Prices.Of, Cast<Prices>> {
    static final Name<Prices> NAME = Name.of("prices");

    record Of(String article, int count) implements Call<Prices, Integer> {}

    @Override
    public Init<Map<String, Integer>> init() {
      return Init.ok(new TreeMap<>(Map.of("milk", 2, "eggs", 3)));
    }

    @Override
    public Next<Map<String, Integer>> handleCall(Of of, From<?> from, Map<String, Integer> prices) {
      int price = prices.get(of.article()); // the bug: not every article has one
      return of.reply(of.count() * price, prices);
    }
  }

  static int total() {
    return Prices.NAME.call(new Prices.Of("milk", 1)) + Prices.NAME.call(new Prices.Of("salt", 2));
  }

  void main() {
    var shop = Supervisor.of(Strategy.ONE_FOR_ONE);
    var running = shop.child(GenServer.of(Prices::new).named(Prices.NAME)).start();
    try {
      IO.println(total());
    } catch (CallException e) {
      running.children(); // answered after the restart
      Events.flush(Duration.ofSeconds(5)); // so that the program does not end before its log
    }
  }
}
