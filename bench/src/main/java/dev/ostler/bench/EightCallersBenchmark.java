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
 * Calls of eight virtual threads to one server at once; the time is that of one call, all callers
 * together.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = Official.FORKS, jvmArgsAppend = Official.ALLOW_UNSAFE)
@Warmup(iterations = Official.WARMUPS, time = Official.SECONDS)
@Measurement(iterations = Official.ITERATIONS, time = Official.SECONDS)
public class EightCallersBenchmark {
  private static final int CALLERS = 8;
  private static final Counter.Increment INCREMENT = new Counter.Increment();

  @Benchmark
  @OperationsPerInvocation(Official.CALLS)
  public void ostler(Neighbours.Plain plain) {
    Threads.virtual(CALLERS, () -> call(plain.server));
  }

  @Benchmark
  @OperationsPerInvocation(Official.CALLS)
  public void ostlerDirect(Neighbours.Direct direct) {
    Threads.virtual(CALLERS, () -> call(direct.server));
  }

  @Benchmark
  @OperationsPerInvocation(Official.CALLS)
  public void jdkThread(Neighbours.JdkThread thread) {
    Threads.virtual(
        CALLERS,
        () -> {
          for (int i = 0; i < Official.CALLS / CALLERS; i++) {
            thread.server.increment();
          }
        });
  }

  @Benchmark
  @OperationsPerInvocation(Official.CALLS)
  public void jdkLock(Neighbours.JdkLock lock) {
    Threads.virtual(
        CALLERS,
        () -> {
          for (int i = 0; i < Official.CALLS / CALLERS; i++) {
            lock.counter.increment();
          }
        });
  }

  @Benchmark
  @OperationsPerInvocation(Official.ASKS)
  public void pekkoAsk(Neighbours.PekkoTyped actor) {
    Threads.virtual(
        CALLERS,
        () -> {
          for (int i = 0; i < Official.ASKS / CALLERS; i++) {
            actor.pekko.increment(actor.counter);
          }
        });
  }

  private static void call(ServerRef<Counter> server) {
    for (int i = 0; i < Official.CALLS / CALLERS; i++) {
      server.call(INCREMENT);
    }
  }
}
