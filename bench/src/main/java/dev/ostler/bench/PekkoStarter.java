package dev.ostler.bench;

import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * An actor that starts children one after the other, from within, as Pekko likes it: an ask a start
 * would cost more. The children that do not end by themselves end after the measurement.
 */
public abstract class PekkoStarter {
  static final int STARTS = 10_000;

  private final Supplier<Behavior<Pekko.Command>> child;
  private Pekko pekko;
  private CountDownLatch done;
  private CountDownLatch gone;
  private ActorRef<Integer> starter;

  PekkoStarter(Supplier<Behavior<Pekko.Command>> child) {
    this.child = child;
  }

  /** Children that stay. */
  @State(Scope.Benchmark)
  public static class OfCounters extends PekkoStarter {
    public OfCounters() {
      super(Pekko::counter);
    }
  }

  /** Children that end with their answer. */
  @State(Scope.Benchmark)
  public static class OfOnes extends PekkoStarter {
    public OfOnes() {
      super(Pekko::once);
    }
  }

  void startAll() throws InterruptedException {
    starter.tell(0);
    done.await();
  }

  @Setup(Level.Trial)
  public void start() {
    pekko = new Pekko();
  }

  @Setup(Level.Invocation)
  public void startStarter() {
    done = new CountDownLatch(1);
    gone = new CountDownLatch(1);
    starter = pekko.start(Pekko.starter(STARTS, child, done, gone));
  }

  @TearDown(Level.Invocation)
  public void stopChildren() throws InterruptedException {
    starter.tell(-1);
    gone.await();
  }

  @TearDown(Level.Trial)
  public void stop() {
    pekko.close();
  }
}
