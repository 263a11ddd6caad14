package dev.ostler.kv.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.Change;
import dev.ostler.kv.Limits;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** The keys of a bucket are the same whether they are few and short, or not. */
class FieldsTest {
  private final Entries entries = new Entries("a", Environment.of(Limits.DEFAULT));
  private final Map<String, String> model = new LinkedHashMap<>();

  private void put(String key, String value) {
    entries.apply(new Change.Put(key, value));
    model.put(key, value);
  }

  private void remove(String key) {
    entries.apply(new Change.Removed(key));
    model.remove(key);
  }

  private static List<Map.Entry<String, String>> contents(Entries entries) {
    var all = new ArrayList<Map.Entry<String, String>>();
    entries.forEach((key, value) -> all.add(Map.entry(key, value)));
    return all;
  }

  private void agree() {
    assertThat(contents(entries)).isEqualTo(List.copyOf(model.entrySet()));
    assertThat(entries.size()).isEqualTo(model.size());
    assertThat(entries.exists()).isEqualTo(!model.isEmpty());
    for (int key = 0; key < 20; key++) {
      assertThat(entries.get(key(key))).isEqualTo(model.get(key(key)));
      assertThat(entries.has(key(key))).isEqualTo(model.containsKey(key(key)));
    }
    var scanned = new LinkedHashMap<String, String>();
    long cursor = 0;
    do {
      cursor = entries.scan(cursor, 3, scanned::put);
    } while (cursor != 0);
    assertThat(scanned).isEqualTo(model);
    String chosen = entries.random(new Random(1));
    assertThat(chosen == null ? model.isEmpty() : model.containsKey(chosen)).isTrue();
  }

  private static String key(int number) {
    return number % 7 == 6 ? "key".repeat(30) + number : "key" + number;
  }

  private static String value(Random random) {
    int length = random.nextInt(10) == 0 ? random.nextInt(400) : random.nextInt(12);
    return "v".repeat(length) + random.nextInt(1000);
  }

  private void change(Random random, int keys) {
    String key = key(random.nextInt(keys));
    if (random.nextInt(3) == 0) {
      remove(key);
    } else {
      put(key, value(random));
    }
  }

  @RepeatedTest(50)
  void are_as_in_a_map(RepetitionInfo repetition) {
    var random = new Random(repetition.getCurrentRepetition());
    int keys = 1 + random.nextInt(20);
    for (int step = 0; step < 100; step++) {
      change(random, keys);
      agree();
    }
  }

  @RepeatedTest(50)
  void are_as_before_if_changes_are_undone(RepetitionInfo repetition) {
    var random = new Random(repetition.getCurrentRepetition());
    int keys = 1 + random.nextInt(20);
    for (int round = 0; round < 20; round++) {
      change(random, keys);
      var before = new LinkedHashMap<>(model);
      long seq = entries.seq();
      long bytes = entries.bytes();
      var attempt = new Attempt(entries);
      for (int step = 0; step < 1 + random.nextInt(10); step++) {
        change(random, keys);
        if (random.nextInt(4) == 0) {
          entries.apply(new Change.KeyDeadline(key(random.nextInt(keys)), 1000));
        }
      }
      attempt.undo();
      model.clear();
      model.putAll(before);
      assertThat(entries.seq()).isEqualTo(seq);
      assertThat(entries.bytes()).isEqualTo(bytes);
      assertThat(contents(entries)).hasSameElementsAs(model.entrySet());
      model.clear();
      contents(entries).forEach(each -> model.put(each.getKey(), each.getValue()));
    }
  }

  @Test
  void take_the_bytes_of_their_arrays_and_of_what_holds_them() {
    put("k", "v");
    assertThat(entries.bytes()).isEqualTo(Footprint.fields(1) + 2 * Footprint.array(1));
    for (int key = 0; key < 20; key++) {
      put("key:" + key, "value");
    }
    for (int key = 0; key < 20; key++) {
      remove("key:" + key);
    }
    assertThat(entries.bytes()).isEqualTo(Footprint.fields(1) + 2 * Footprint.array(1));
  }

  @Test
  void that_many_buckets_have_are_held_once() {
    var environment = Environment.of(Limits.DEFAULT);
    for (int bucket = 0; bucket < 4; bucket++) {
      var each = new Entries("bucket" + bucket, environment);
      each.apply(new Change.Put("field", "value"));
      long own = bucket < 2 ? Footprint.array(5) : 0;
      assertThat(each.bytes()).isEqualTo(Footprint.fields(1) + own + Footprint.array(5));
      assertThat(contents(each)).containsExactly(Map.entry("field", "value"));
    }
  }

  @Test
  void that_are_gone_take_nothing() {
    put("k", "v");
    remove("k");
    assertThat(entries.bytes()).isZero();
    entries.apply(new Change.Text("t"));
    entries.apply(new Change.Deadline(1000));
    entries.apply(new Change.Dropped());
    assertThat(entries.bytes()).isZero();
  }
}
