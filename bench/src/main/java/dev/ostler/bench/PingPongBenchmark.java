package dev.ostler.bench;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorRef;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A message between two raw processes and the answer to it: one round trip. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = Official.FORKS, jvmArgsAppend = Official.ALLOW_UNSAFE)
@Warmup(iterations = Official.WARMUPS, time = Official.SECONDS)
@Measurement(iterations = Official.ITERATIONS, time = Official.SECONDS)
public class PingPongBenchmark {
  private static final int TRIPS = 100_000;

  @Benchmark
  @OperationsPerInvocation(TRIPS)
  public int ostler() {
    return Threads.process(() -> RawProcesses.pingPong(TRIPS));
  }

  @Benchmark
  @OperationsPerInvocation(TRIPS)
  public int jdkQueues() {
    return Threads.virtual(
        () -> {
          var pings = new LinkedBlockingQueue<Integer>();
          var pongs = new LinkedBlockingQueue<Integer>();
          Thread.startVirtualThread(
              () -> {
                try {
                  for (int i = 0; i < TRIPS; i++) {
                    pongs.add(pings.take());
                  }
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
          int sum = 0;
          for (int i = 0; i < TRIPS; i++) {
            pings.add(1);
            sum += pongs.take();
          }
          return sum;
        });
  }

  @Benchmark
  @OperationsPerInvocation(TRIPS)
  public int jdkExchange() {
    return Threads.virtual(
        () -> {
          var pings = new SynchronousQueue<Integer>();
          var pongs = new SynchronousQueue<Integer>();
          Thread.startVirtualThread(
              () -> {
                try {
                  for (int i = 0; i < TRIPS; i++) {
                    pongs.put(pings.take());
                  }
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
          int sum = 0;
          for (int i = 0; i < TRIPS; i++) {
            pings.put(1);
            sum += pongs.take();
          }
          return sum;
        });
  }

  @Benchmark
  @OperationsPerInvocation(TRIPS)
  public void pekko(PekkoPair pair) throws InterruptedException {
    var done = new CountDownLatch(1);
    pair.ping.tell(new Pekko.Play(TRIPS, pair.pong, done));
    done.await();
  }

  /** Two actors. */
  @State(Scope.Benchmark)
  public static class PekkoPair {
    private Pekko pekko;
    private ActorRef<Pekko.Ball> ping;
    private ActorRef<Pekko.Ball> pong;

    @Setup
    public void start() {
      pekko = new Pekko();
      ping = pekko.start(Pekko.player());
      pong = pekko.start(Pekko.player());
    }

    @TearDown
    public void stop() {
      pekko.close();
    }
  }
}
