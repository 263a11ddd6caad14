import dev.ostler.*;
import java.time.Duration;

/**
 * Lets so many requests pass at once, and then one in each period: a token bucket.
 *
 * <p>The refill is a message that the server sends to itself. So taking and refilling never meet,
 * and a test can let the time pass.
 */
record RateLimiter(int burst, Duration period)
    implements GenServer<Integer, RateLimiter.Take, Cast<RateLimiter>> {

  /** Whether the caller may go on. */
  record Take() implements Call<RateLimiter, Boolean> {}

  private record Refill() {}

  @Override
  public Init<Integer> init() {
    Self.sendAfter(new Refill(), period);
    return Init.ok(burst);
  }

  @Override
  public Next<Integer> handleCall(Take request, From<?> from, Integer tokens) {
    return tokens > 0 ? request.reply(true, tokens - 1) : request.reply(false, 0);
  }

  @Override
  public Next<Integer> handleInfo(Object message, Integer tokens) {
    if (message instanceof Refill) {
      Self.sendAfter(new Refill(), period);
      return Next.noReply(Math.min(burst, tokens + 1));
    }
    return Next.noReply(tokens);
  }

  /** Each client has a limiter of its own, which begins when it is first needed. */
  record PerClient(Registry<String, Void> clients, DynamicSupervisor limiters) {
    boolean mayPass(String client) {
      Name<RateLimiter> name = clients.via(client);
      if (name.whereis().isEmpty()) {
        try {
          limiters.startChild(
              GenServer.of(() -> new RateLimiter(3, Duration.ofSeconds(1))).named(name).direct());
        } catch (StartException.AlreadyStarted e) {
          // Another request of this client was faster.
        }
      }
      return name.call(new Take());
    }
  }

  static void main() {
    Processes.attach();
    ManualClock clock = ManualClock.install(); // so that the program need not wait
    var clients =
        new PerClient(Registry.<String, Void>unique().start(), DynamicSupervisor.of().start());

    for (int i = 1; i <= 4; i++) {
      IO.println("zoe " + i + ": " + clients.mayPass("zoe"));
    }
    IO.println("max 1: " + clients.mayPass("max"));
    clock.advance(Duration.ofSeconds(1));
    IO.println("zoe a second later: " + clients.mayPass("zoe"));
  }
}

/* Prints:
zoe 1: true
zoe 2: true
zoe 3: true
zoe 4: false
max 1: true
zoe a second later: true
*/
