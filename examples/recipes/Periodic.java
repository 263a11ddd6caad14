import dev.ostler.*;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Does some work again and again.
 *
 * <p>The next time is set when the work is done, so two of them never overlap. If it throws, the
 * server crashes, which is reported, and its supervisor starts it again. It does not stop silently,
 * as a task of a {@code ScheduledExecutorService} does.
 */
record Periodic(Duration every, Runnable work)
    implements GenServer<Integer, Periodic.Done, Cast<Periodic>> {

  /** How often the work was done since the last start. */
  record Done() implements Call<Periodic, Integer> {}

  private record Tick() {}

  @Override
  public Init<Integer> init() {
    Self.sendAfter(new Tick(), every);
    return Init.ok(0);
  }

  @Override
  public Next<Integer> handleInfo(Object message, Integer done) {
    if (message instanceof Tick) {
      work.run();
      Self.sendAfter(new Tick(), every);
      return Next.noReply(done + 1);
    }
    return Next.noReply(done);
  }

  @Override
  public Next<Integer> handleCall(Done request, From<?> from, Integer done) {
    return request.reply(done, done);
  }

  static void main() {
    Processes.attach();
    ManualClock clock = ManualClock.install();
    var runs = new AtomicInteger();
    Name<Periodic> sweeper = Name.unique("sweeper");
    Supervisor supervisor =
        Supervisor.of(Strategy.ONE_FOR_ONE)
            .child(
                GenServer.of(() -> new Periodic(Duration.ofMinutes(1), () -> sweep(runs)))
                    .named(sweeper))
            .start();

    for (int minute = 1; minute <= 2; minute++) {
      clock.advance(Duration.ofMinutes(1));
      IO.println(sweeper.call(new Done())); // answered after the work
    }
    Self.monitor(sweeper.pid());
    clock.advance(Duration.ofMinutes(1)); // the third time it fails
    IO.println(Self.receive(Down.class).reason());
    supervisor.children(); // answered after the restart
    clock.advance(Duration.ofMinutes(1));
    IO.println(sweeper.call(new Done()));
  }

  private static void sweep(AtomicInteger runs) {
    if (runs.incrementAndGet() == 3) {
      throw new IllegalStateException("the broom is broken");
    }
    IO.println("swept");
  }
}

/* Prints:
swept
1
swept
2
crash: java.lang.IllegalStateException: the broom is broken
swept
1
*/
