package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.bucket.Counts;
import dev.ostler.kv.server.KeptStore;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.resp.command.Redis8Steps.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random sequences of commands, run by KV and by Redis 8: every reply is the same, except for the
 * differences in docs/kv.md. In memory and durable, in both protocols, within transactions and
 * without.
 *
 * <p>Skipped if there is no {@linkplain Redis8Server Redis 8}. The system property {@code
 * redis8.seconds} sets a duration in place of a fixed number of sequences; {@code redis8.seed} sets
 * the first seed. A sequence with different replies is reduced to the steps that matter; the
 * failure shows them and the seed.
 */
@ExtendWith(OstlerExtension.class)
class Redis8ComparisonTest {
  private static final int STEPS = 40;
  private static final int SEQUENCES = 40;
  private static final int RUNS = 4;
  private static final long SECONDS = Long.getLong("redis8.seconds", 0);
  private static final long SEED =
      Long.getLong("redis8.seed", SECONDS == 0 ? 1 : new Random().nextInt(1 << 30));

  @ParameterizedTest(name = "kept: {0}, protocol {1}")
  @CsvSource({"false, 2", "false, 3", "true, 2", "true, 3"})
  @Timeout(900)
  void every_reply_is_the_same(boolean kept, int protocol) throws IOException {
    Optional<List<String>> command = Redis8Server.command();
    assumeTrue(
        command.isPresent(),
        "no server of Redis 8: name one with -Dredis8.server=COMMAND, have redis-server 8 on the"
            + " path, or use src/test/redis8/run");
    try (var redis = Redis8Server.start(command.orElseThrow());
        Kv kv = kept ? KeptStore.always().kv() : Kv.open(KvConfig.inMemory().with(Resp.on(0)));
        var pair = new Redis8Pair(kv.port("resp"), redis.port(), protocol)) {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS) / RUNS;
      int done = 0;
      while (SECONDS == 0 ? done < SEQUENCES : System.nanoTime() < end) {
        long seed = SEED + done++;
        List<Step> steps = new Redis8Steps(new Random(seed)).next(STEPS);
        String difference = pair.difference(steps);
        if (difference != null) {
          List<Step> shortest = shortened(pair, steps);
          throw new AssertionError(
              "-Dredis8.seed=%d: %s%nin short:%n%s%n%s"
                  .formatted(
                      seed,
                      difference,
                      String.join("\n", shortest.stream().map(Step::toString).toList()),
                      pair.difference(shortest)));
        }
      }
      Counts.check(kv);
      System.out.printf(
          "Redis 8: %d sequences of %d commands were answered alike, from seed %d on%n",
          done, STEPS, SEED);
    }
  }

  /** The steps without which there is no difference. */
  private static List<Step> shortened(Redis8Pair pair, List<Step> steps) throws IOException {
    List<Step> left = steps;
    for (int size = left.size() / 2; size > 0; size /= 2) {
      for (int at = 0; at + size <= left.size(); ) {
        List<Step> fewer = new ArrayList<>(left);
        fewer.subList(at, at + size).clear();
        if (pair.difference(fewer) != null) {
          left = fewer;
        } else {
          at += size;
        }
      }
    }
    return left;
  }

  @Test
  void what_may_differ_is_what_the_documents_list() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("../docs/kv.md"));
    int head = lines.indexOf("### Where answers are not those of Redis 8.0");
    assertThat(
            lines.subList(head + 4, lines.size()).stream()
                .takeWhile(line -> line.startsWith("| "))
                .map(line -> line.split(" *\\| *"))
                .map(cells -> cells[1] + ": " + cells[3]))
        .containsExactlyElementsOf(
            Redis8Differences.TABLE.stream().map(row -> row.what() + ": " + row.why()).toList());
  }
}
