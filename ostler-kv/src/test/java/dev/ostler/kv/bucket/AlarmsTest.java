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
      switch (random.nextInt(6)) {
        case 0 -> {
          var alarm = new Alarms.Alarm();
          alarms.set(alarm, now + 1 + random.nextInt(50), bucket);
          set.add(alarm);
        }
        case 1 -> {
          if (!set.isEmpty()) {
            Alarms.Alarm again = set.get(random.nextInt(set.size()));
            alarms.set(again, now + 1 + random.nextInt(50), bucket);
          }
        }
        case 2 -> {
          if (!set.isEmpty()) {
            alarms.cancel(set.remove(random.nextInt(set.size())));
          }
        }
        case 3, 4 -> assertThat(alarms.first()).isEqualTo(first(set));
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
      assertThat(alarms.hasRung(due)).isTrue();
      alarms.cancel(due); // too late, and so nothing happens
      alarms.repeat(due); // and it stays so
      assertThat(alarms.hasRung(due)).isFalse();
    }
    assertThat(first(set)).isGreaterThan(now);
    set.sort(Comparator.comparingLong(Alarms.Alarm::at));
  }

  @Test
  void that_nobody_could_be_told_of_rings_again() {
    try (var kv = Kv.open(KvConfig.inMemory())) {
      BucketRef bucket = Store.of(kv).getOrStart(Bytes.of("a"));
      var alarm = new Alarms.Alarm();
      alarms.set(alarm, 5, bucket);
      assertThat(alarms.due(5)).isSameAs(alarm);
      alarms.repeat(alarm);

      assertThat(alarms.first()).isEqualTo(5);
      assertThat(alarms.due(5)).isSameAs(alarm);
      assertThat(alarms.due(5)).isNull();
    }
  }
}
