package dev.ostler.kv.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.bytes.Bytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The alarms of a store's buckets. */
class AlarmsTest {
  private final Alarms alarms = new Alarms();

  @Test
  void ring_in_their_order_whichever_are_cancelled() {
    try (var kv = Kv.open(KvConfig.inMemory())) {
      BucketRef bucket = Store.of(kv).getOrStart(Bytes.of("a"));
      for (int seed = 0; seed < 200; seed++) {
        ringInOrder(new Random(seed), bucket);
      }
    }
  }

  private void ringInOrder(Random random, BucketRef bucket) {
    List<Alarms.Alarm> set = new ArrayList<>(); // the model
    long now = 0;
    for (int step = 0; step < 300; step++) {
      switch (random.nextInt(5)) {
        case 0, 1 -> set.add(alarms.set(now + 1 + random.nextInt(50), bucket));
        case 2 -> {
          if (!set.isEmpty()) {
            alarms.cancel(set.remove(random.nextInt(set.size())));
          }
        }
        case 3 -> assertThat(alarms.first()).isEqualTo(first(set));
        default -> {
          now += random.nextInt(20);
          takeDue(now, set);
        }
      }
      assertThat(alarms.size()).isEqualTo(set.size());
    }
    takeDue(Long.MAX_VALUE - 1, set);
    assertThat(alarms.first()).isEqualTo(Alarms.NEVER);
  }

  private static long first(List<Alarms.Alarm> set) {
    return set.stream().mapToLong(Alarms.Alarm::at).min().orElse(Alarms.NEVER);
  }

  private void takeDue(long now, List<Alarms.Alarm> set) {
    long before = Long.MIN_VALUE;
    for (var due = alarms.due(now); due != null; due = alarms.due(now)) {
      assertThat(due.at()).isBetween(before, now);
      before = due.at();
      assertThat(set.remove(due)).isTrue();
      alarms.cancel(due); // too late, and so nothing happens
    }
    assertThat(first(set)).isGreaterThan(now);
    set.sort(Comparator.comparingLong(Alarms.Alarm::at));
  }
}
