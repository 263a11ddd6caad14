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
 * A call to an idle server and its reply, one caller: a virtual thread, a raw process, or a
 * platform thread.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = Official.FORKS, jvmArgsAppend = Official.ALLOW_UNSAFE)
@Warmup(iterations = Official.WARMUPS, time = Official.SECONDS)
@Measurement(iterations = Official.ITERATIONS, time = Official.SECONDS)
public class CallBenchmark {
  private static final Counter.Increment INCREMENT = new Counter.Increment();

  @Benchmark
  @OperationsPerInvocation(Official.CALLS)
  public int ostler(Neighbours.Plain plain) {
    return Threads.virtual(() -> call(plain.server));
  }

  @Benchmark
  @OperationsPerInvocation(Official.CALLS)
  public int ostlerFromProcess(Neighbours.Plain plain) {
    return Threads.process(() -> call(plain.server));
  }

  @Benchmark
  @OperationsPerInvocation(Official.CALLS)
  public int ostlerDirect(Neighbours.Direct direct) {
    return Threads.virtual(() -> call(direct.server));
  }

  @Benchmark
  @OperationsPerInvocation(Official.CALLS)
  public int jdkThread(Neighbours.JdkThread thread) {
    return Threads.virtual(
        () -> {
          int last = 0;
          for (int i = 0; i < Official.CALLS; i++) {
            last = thread.server.increment();
          }
          return last;
        });
  }

  @Benchmark
  @OperationsPerInvocation(Official.CALLS)
  public int jdkLock(Neighbours.JdkLock lock) {
    return Threads.virtual(
        () -> {
          int last = 0;
          for (int i = 0; i < Official.CALLS; i++) {
            last = lock.counter.increment();
          }
          return last;
        });
  }

  @Benchmark
  @OperationsPerInvocation(Official.ASKS)
  public int pekkoAsk(Neighbours.PekkoTyped actor) {
    return Threads.virtual(
        () -> {
          int last = 0;
          for (int i = 0; i < Official.ASKS; i++) {
            last = actor.pekko.increment(actor.counter);
          }
          return last;
        });
  }

  @Benchmark
  public int platformOstler(Neighbours.Plain plain) {
    return plain.server.call(INCREMENT);
  }

  @Benchmark
  public int platformOstlerDirect(Neighbours.Direct direct) {
    return direct.server.call(INCREMENT);
  }

  @Benchmark
  public int platformJdkThread(Neighbours.JdkThread thread) {
    return thread.server.increment();
  }

  @Benchmark
  public int platformJdkLock(Neighbours.JdkLock lock) {
    return lock.counter.increment();
  }

  @Benchmark
  public int platformPekkoAsk(Neighbours.PekkoTyped actor) {
    return actor.pekko.increment(actor.counter);
  }

  private static int call(ServerRef<Counter> server) {
    int last = 0;
    for (int i = 0; i < Official.CALLS; i++) {
      last = server.call(INCREMENT);
    }
    return last;
  }
}
