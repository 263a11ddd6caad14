package dev.ostler.bench;

import dev.ostler.ServerRef;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Casts of one virtual thread, in bursts, each handled to its end before the next; the time is that
 * of one cast.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = Official.FORKS, jvmArgsAppend = Official.ALLOW_UNSAFE)
@Warmup(iterations = Official.WARMUPS, time = Official.SECONDS)
@Measurement(iterations = Official.ITERATIONS, time = Official.SECONDS)
public class CastBenchmark {
  private static final Counter.Count COUNT = new Counter.Count();

  @Benchmark
  @OperationsPerInvocation(Official.BURST)
  public int ostler(Neighbours.Plain plain) {
    return Threads.virtual(() -> burst(plain.server));
  }

  @Benchmark
  @OperationsPerInvocation(Official.BURST)
  public int ostlerDirect(Neighbours.Direct direct) {
    return Threads.virtual(() -> burst(direct.server));
  }

  @Benchmark
  @OperationsPerInvocation(Official.BURST)
  public int jdkThread(Neighbours.JdkThread thread) {
    return Threads.virtual(
        () -> {
          for (int i = 0; i < Official.BURST; i++) {
            thread.server.tick();
          }
          return thread.server.increment();
        });
  }

  @Benchmark
  @OperationsPerInvocation(Official.BURST)
  public int jdkLock(Neighbours.JdkLock lock) {
    return Threads.virtual(
        () -> {
          for (int i = 0; i < Official.BURST; i++) {
            lock.counter.increment();
          }
          return lock.counter.increment();
        });
  }

  @Benchmark
  @OperationsPerInvocation(Official.BURST)
  public int pekkoTell(Neighbours.PekkoTyped actor) {
    return Threads.virtual(
        () -> {
          for (int i = 0; i < Official.BURST; i++) {
            actor.counter.tell(Pekko.Tick.TICK);
          }
          return actor.pekko.increment(actor.counter);
        });
  }

  private static int burst(ServerRef<Counter> server) {
    for (int i = 0; i < Official.BURST; i++) {
      server.cast(Counter.TICK);
    }
    return server.call(COUNT);
  }
}
