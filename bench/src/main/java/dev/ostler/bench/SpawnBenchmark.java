package dev.ostler.bench;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/** The spawn of a raw process, a message to it, its answer, its end. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = Official.FORKS, jvmArgsAppend = Official.ALLOW_UNSAFE)
@Warmup(iterations = Official.WARMUPS, time = Official.SECONDS)
@Measurement(iterations = Official.ITERATIONS, time = Official.SECONDS)
public class SpawnBenchmark {
  private static final int SPAWNS = PekkoStarter.STARTS;

  @Benchmark
  @OperationsPerInvocation(SPAWNS)
  public int ostler() {
    return Threads.process(() -> RawProcesses.spawnAndAsk(SPAWNS));
  }

  @Benchmark
  @OperationsPerInvocation(SPAWNS)
  public int jdkThread() {
    return Threads.virtual(
        () -> {
          int sum = 0;
          for (int i = 0; i < SPAWNS; i++) {
            var message = new LinkedBlockingQueue<CompletableFuture<Integer>>();
            Thread.startVirtualThread(
                () -> {
                  try {
                    message.take().complete(1);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
            var answer = new CompletableFuture<Integer>();
            message.add(answer);
            sum += answer.join();
          }
          return sum;
        });
  }

  @Benchmark
  @OperationsPerInvocation(SPAWNS)
  public void pekkoSpawn(PekkoStarter.OfOnes state) throws InterruptedException {
    state.startAll();
  }
}
