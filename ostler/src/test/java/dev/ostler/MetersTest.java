package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Figures by label: none is lost, however many threads and labels there are. */
class MetersTest {
  private final Meters meters = new Meters();

  @Test
  void of_many_threads_are_all_there() throws Exception {
    Callable<Void> work =
        () -> {
          for (int i = 0; i < 10_000; i++) {
            meters.of("one").count(Meter.CALLS);
            meters.of("one").time(Meter.CALL_TIMES, i);
          }
          return null;
        };
    try (var threads = Executors.newFixedThreadPool(4)) {
      for (var each : threads.invokeAll(Stream.generate(() -> work).limit(16).toList())) {
        each.get();
      }
    }
    long[] all = meters.read().get("one");
    assertThat(all[Meter.CALLS]).isEqualTo(160_000);
    var times = new Distribution(all, Meter.CALL_TIMES);
    assertThat(times.count()).isEqualTo(160_000);
    assertThat(times.sum()).isEqualTo(Duration.ofNanos(16L * 9_999 * 5_000));
  }

  @Test
  void after_so_many_labels_share_one() {
    for (int i = 0; i < Meters.MOST + 50; i++) {
      meters.of("label " + i).count(Meter.STARTED);
    }
    assertThat(meters.read()).hasSize(Meters.MOST + 1);
    assertThat(meters.read().get(Meters.OTHER)[Meter.STARTED]).isEqualTo(50);
    meters.of("label 0").count(Meter.STARTED);
    assertThat(meters.read().get("label 0")[Meter.STARTED]).isEqualTo(2);
  }

  @Test
  void of_a_user_s_label_that_is_called_other_are_among_the_others() {
    meters.of(Meters.OTHER).count(Meter.STARTED);
    assertThat(meters.read()).containsOnlyKeys(Meters.OTHER);
  }

  @Test
  void choose_one_in_sixteen_whatever_the_period_of_the_work() {
    for (int period = 1; period <= 64; period++) {
      var tally = new Tally(period);
      int[] chosen = new int[period];
      for (int i = 0; i < 16_000 * period; i++) {
        chosen[i % period] += tally.times() ? 1 : 0;
      }
      assertThat(Arrays.stream(chosen).boxed()).allMatch(each -> each > 900 && each < 1100);
    }
  }

  @Test
  void choose_one_in_sixteen_of_threads_that_make_one_call() {
    int chosen = 0;
    for (int thread = 1; thread <= 16_000; thread++) {
      chosen += new Tally(thread).times() ? 1 : 0;
    }
    assertThat(chosen).isBetween(900, 1100);
  }

  @Test
  void have_classes_an_eighth_wide() {
    var random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      long nanos = random.nextLong(1L << (1 + random.nextInt(42)));
      int index = LogLinear.index(nanos);
      assertThat(LogLinear.longest(index)).isBetween(nanos, nanos + nanos / 8);
      assertThat(index == 0 ? -1 : LogLinear.longest(index - 1)).isLessThan(nanos);
    }
    assertThat(LogLinear.index(-1)).isZero();
    assertThat(LogLinear.index(Long.MAX_VALUE)).isEqualTo(LogLinear.CLASSES - 1);
  }

  @Test
  void have_the_percentiles_of_what_was_timed() {
    var meter = new Meter();
    for (int i = 1; i <= 1000; i++) {
      meter.time(Meter.WAITS, i * 1000L);
    }
    var times = new Distribution(meter.read(), Meter.WAITS);
    assertThat(times.percentile(0).toNanos()).isBetween(1_000L, 1_125L);
    assertThat(times.percentile(0.5).toNanos()).isBetween(500_000L, 562_500L);
    assertThat(times.percentile(0.99).toNanos()).isBetween(990_000L, 1_113_750L);
    assertThat(times.max().toNanos()).isBetween(1_000_000L, 1_125_000L);
    assertThat(times.countWithin(Duration.ofNanos(500_000))).isBetween(437L, 500L);
  }
}
