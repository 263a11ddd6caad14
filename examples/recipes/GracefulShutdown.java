import dev.ostler.*;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Stops in order: first nothing more comes in, then what is there is finished.
 *
 * <p>The order is that of the children, backwards. Each has its own time. {@code Application} does
 * this at SIGTERM, too.
 */
class GracefulShutdown {

  /** Delivers orders, at the latest when it stops. */
  record Outbox() implements GenServer<List<String>, Call<Outbox, Void>, Outbox.Order> {
    static final Name<Outbox> NAME = Name.of("outbox");

    record Order(String text) implements Cast<Outbox> {}

    @Override
    public Init<List<String>> init() {
      Self.trapExits(true); // so that terminate runs when the supervisor stops it
      return Init.ok(new ArrayList<>());
    }

    @Override
    public Next<List<String>> handleCast(Order order, List<String> orders) {
      orders.add(order.text());
      return Next.noReply(orders);
    }

    @Override
    public void terminate(ExitReason reason, List<String> orders) {
      IO.println("outbox: delivers " + orders + ", then ends with " + reason);
    }
  }

  /** Takes orders from outside. */
  record Intake() implements GenServer<Integer, Intake.Take, Cast<Intake>> {
    static final Name<Intake> NAME = Name.of("intake");

    record Take(String text) implements Call<Intake, Integer> {}

    @Override
    public Init<Integer> init() {
      Self.trapExits(true);
      return Init.ok(0);
    }

    @Override
    public Next<Integer> handleCall(Take take, From<?> from, Integer taken) {
      Outbox.NAME.cast(new Outbox.Order(take.text()));
      return take.reply(taken + 1, taken + 1);
    }

    @Override
    public void terminate(ExitReason reason, Integer taken) {
      IO.println("intake: closed, " + taken + " were taken");
    }
  }

  static void main() {
    // The intake needs the outbox, so it starts after it and stops before it.
    Supervisor.Spec shop =
        Supervisor.of(Strategy.REST_FOR_ONE)
            .child(
                GenServer.of(Outbox::new)
                    .named(Outbox.NAME)
                    .shutdown(Shutdown.after(Duration.ofSeconds(30))))
            .child(GenServer.of(Intake::new).named(Intake.NAME));
    Application app = Application.start("orders", Application.Type.TEMPORARY, shop);
    Intake.NAME.call(new Intake.Take("milk"));
    Intake.NAME.call(new Intake.Take("eggs"));
    app.stop();
    try {
      Intake.NAME.call(new Intake.Take("bread"));
    } catch (CallException.NoProcess e) {
      IO.println("too late");
    }
  }
}

/* Prints:
intake: closed, 2 were taken
outbox: delivers [milk, eggs], then ends with shutdown
too late
*/
