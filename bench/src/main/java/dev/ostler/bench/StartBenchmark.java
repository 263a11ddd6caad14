package dev.ostler.bench;

import dev.ostler.GenServer;
import dev.ostler.ServerRef;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The start of a server and its first call. Ours are not stopped: nothing but their users hold
 * them. A thread has to be told to end, and is; Pekko's children end after the measurement.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = Official.FORKS, jvmArgsAppend = Official.ALLOW_UNSAFE)
@Warmup(iterations = Official.WARMUPS, time = Official.SECONDS)
@Measurement(iterations = Official.ITERATIONS, time = Official.SECONDS)
public class StartBenchmark {
  private static final int STARTS = PekkoStarter.STARTS;
  private static final Counter.Increment INCREMENT = new Counter.Increment();
  private static final Supplier<ServerRef<Counter>> PLAIN = GenServer.of(Counter::new)::start;
  private static final Supplier<ServerRef<Counter>> DIRECT =
      GenServer.of(Counter::new).direct()::start;

  @Benchmark
  @OperationsPerInvocation(STARTS)
  public int ostler() {
    return Threads.virtual(() -> start(PLAIN));
  }

  @Benchmark
  @OperationsPerInvocation(STARTS)
  public int ostlerDirect() {
    return Threads.virtual(() -> start(DIRECT));
  }

  @Benchmark
  @OperationsPerInvocation(STARTS)
  public int jdkThread() {
    return Threads.virtual(
        () -> {
          int sum = 0;
          for (int i = 0; i < STARTS; i++) {
            var server = ThreadServer.start();
            sum += server.increment();
            server.stop();
          }
          return sum;
        });
  }

  @Benchmark
  @OperationsPerInvocation(STARTS)
  public int jdkFuture() {
    return Threads.virtual(
        () -> {
          int sum = 0;
          for (int i = 0; i < STARTS; i++) {
            var answer = new CompletableFuture<Integer>();
            Thread.startVirtualThread(() -> answer.complete(1));
            sum += answer.join();
          }
          return sum;
        });
  }

  @Benchmark
  @OperationsPerInvocation(STARTS)
  public void pekkoSpawn(PekkoStarter.OfCounters state) throws InterruptedException {
    state.startAll();
  }

  private static int start(Supplier<ServerRef<Counter>> starter) {
    int sum = 0;
    for (int i = 0; i < STARTS; i++) {
      sum += starter.get().call(INCREMENT);
    }
    return sum;
  }
}
