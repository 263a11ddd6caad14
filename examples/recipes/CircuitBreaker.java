import dev.ostler.*;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Stops asking a service that fails, and tries it again after a pause.
 *
 * <p>The server only decides; the work runs on the thread of its caller. So a slow service holds up
 * its own callers, and nobody else.
 */
record CircuitBreaker(int failuresAllowed, Duration pause)
    implements GenServer<CircuitBreaker.State, CircuitBreaker.MayTry, CircuitBreaker.Report> {

  sealed interface State {
    /** All may try. */
    record Closed(int failures) implements State {}

    /** Nobody may. */
    record Open() implements State {}

    /** The next one may, to see whether it works again. */
    record HalfOpen() implements State {}
  }

  record MayTry() implements Call<CircuitBreaker, Boolean> {}

  record Report(boolean success) implements Cast<CircuitBreaker> {}

  private record PauseIsOver() {}

  @Override
  public Init<State> init() {
    return Init.ok(new State.Closed(0));
  }

  @Override
  public Next<State> handleCall(MayTry request, From<?> from, State state) {
    return switch (state) {
      case State.Closed closed -> request.reply(true, closed);
      case State.Open open -> request.reply(false, open);
      case State.HalfOpen _ -> request.reply(true, open()); // one, and the others wait for it
    };
  }

  @Override
  public Next<State> handleCast(Report report, State state) {
    if (report.success()) {
      return Next.noReply(new State.Closed(0));
    }
    return Next.noReply(
        state instanceof State.Closed(int failures) && failures + 1 < failuresAllowed
            ? new State.Closed(failures + 1)
            : state instanceof State.Open ? state : open());
  }

  private State open() {
    Self.sendAfter(new PauseIsOver(), pause);
    return new State.Open();
  }

  @Override
  public Next<State> handleInfo(Object message, State state) {
    boolean over = message instanceof PauseIsOver && state instanceof State.Open;
    return Next.noReply(over ? new State.HalfOpen() : state);
  }

  static final class OpenException extends Exception {}

  /** Does the work, unless it has failed too often. */
  static <T> T protect(ServerRef<CircuitBreaker> breaker, Callable<T> work) throws Exception {
    if (!breaker.call(new MayTry())) {
      throw new OpenException();
    }
    boolean success = false;
    try {
      T result = work.call();
      success = true;
      return result;
    } finally {
      breaker.cast(new Report(success));
    }
  }

  static void main() {
    Processes.attach();
    ManualClock clock = ManualClock.install();
    var works = new AtomicBoolean();
    var breaker = GenServer.of(() -> new CircuitBreaker(2, Duration.ofSeconds(30))).start();
    ask(breaker, works);
    ask(breaker, works);
    ask(breaker, works); // it is not even asked
    works.set(true);
    clock.advance(Duration.ofSeconds(30));
    ask(breaker, works);
    ask(breaker, works);
  }

  private static void ask(ServerRef<CircuitBreaker> breaker, AtomicBoolean works) {
    try {
      IO.println(protect(breaker, () -> service(works)));
    } catch (Exception e) {
      IO.println(e instanceof OpenException ? "open" : e.getMessage());
    }
  }

  private static String service(AtomicBoolean works) {
    if (!works.get()) {
      throw new IllegalStateException("no answer");
    }
    return "hello";
  }
}

/* Prints:
no answer
no answer
open
hello
hello
*/
