package dev.ostler.bench;

import dev.ostler.GenServer;
import java.time.Duration;
import java.util.List;

/**
 * What a bucket costs that one registry creates by cast: 50,000 of them, 100,000, 200,000. The same
 * figure three times means that it is linear.
 */
public final class CreateBuckets {
  private static final int[] COUNTS = {50_000, 100_000, 200_000};
  private static final int ROUNDS = 5;

  private CreateBuckets() {}

  /**
   * {@code [scale [row ...]]}: the scale divides the counts, for a quick look; no row means all.
   */
  public static void main(String[] args) {
    int scale = args.length == 0 ? 1 : Integer.parseInt(args[0]);
    var wanted = List.of(args).subList(Math.min(1, args.length), args.length);
    for (int count : COUNTS) {
      print("create_" + count, count / scale, false, wanted);
    }
    for (int count : COUNTS) {
      print("create_by_call_" + count, count / scale, true, wanted);
    }
  }

  private static void print(String row, int count, boolean byCall, List<String> wanted) {
    if (wanted.isEmpty() || wanted.contains(row)) {
      Figure.print(row, micros(count, byCall), "us");
    }
  }

  /** Microseconds a bucket, the median of the rounds after two of warm-up. */
  private static double micros(int count, boolean byCall) {
    var micros = new double[ROUNDS];
    for (int round = -2; round < ROUNDS; round++) {
      System.gc(); // Not measured: what the round before left behind.
      long nanos = nanos(count, byCall);
      if (round >= 0) {
        micros[round] = nanos / 1_000.0 / count;
      }
    }
    return Figure.median(micros);
  }

  /** From the first cast until the registry, asked after the last, knows them all. */
  private static long nanos(int count, boolean byCall) {
    var names = new String[count];
    for (int i = 0; i < count; i++) {
      names[i] = "bucket-" + i;
    }
    return Threads.virtual(
        () -> {
          var registry = GenServer.of(BucketRegistry::new).start();
          long from = System.nanoTime();
          for (String name : names) {
            if (byCall) {
              registry.call(new BucketRegistry.CreateNow(name));
            } else {
              registry.cast(new BucketRegistry.Create(name));
            }
          }
          int size = registry.call(new BucketRegistry.Size(), Duration.ofMinutes(1));
          long nanos = System.nanoTime() - from;
          if (size != count) {
            throw new IllegalStateException(size + " of " + count + " buckets");
          }
          registry.stop();
          return nanos;
        });
  }
}
