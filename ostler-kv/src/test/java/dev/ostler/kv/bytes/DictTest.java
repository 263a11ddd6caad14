package dev.ostler.kv.bytes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The hash table that buckets and their names are kept in. */
class DictTest {
  private static Dict<String> filled(int count) {
    var dict = new Dict<String>();
    IntStream.range(0, count).forEach(i -> dict.put("key:" + i, "v" + i));
    return dict;
  }

  private static Map<String, String> entries(Dict<String> dict) {
    var entries = new LinkedHashMap<String, String>();
    dict.forEach(
        (key, value) -> assertThat(entries.put(key, value)).as("%s was shown twice", key).isNull());
    return entries;
  }

  /** All that a scan in steps of so many shows, between which something else may happen. */
  private static Set<String> scanned(Dict<String> dict, Random random, Runnable between) {
    var seen = new HashSet<String>();
    long cursor = 0;
    do {
      cursor = dict.scan(cursor, 1 + random.nextInt(20), (key, value) -> seen.add(key));
      between.run();
    } while (cursor != 0);
    return seen;
  }

  @Nested
  class Alone {
    static LongStream seeds() {
      return Seeds.some(20);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void is_a_map(long seed) {
      var random = new Random(seed);
      var dict = new Dict<String>();
      var model = new HashMap<String, String>();
      int keys = 1 << random.nextInt(12);
      for (int step = 0; step < 5000; step++) {
        String key = "k" + random.nextInt(keys);
        boolean removes = random.nextInt(1 + step / 500 % 5) > 0; // it grows, and shrinks again
        String before = removes ? dict.remove(key) : dict.put(key, "v" + step);

        assertThat(before).isEqualTo(removes ? model.remove(key) : model.put(key, "v" + step));
        assertThat(dict.get(key)).isEqualTo(model.get(key));
        assertThat(dict.size()).isEqualTo(model.size());
        if (step % 500 == 0) {
          assertThat(entries(dict)).isEqualTo(model);
        }
      }
      assertThat(entries(dict)).isEqualTo(model);
      assertThat(scanned(dict, random, () -> {})).isEqualTo(model.keySet());
      model.keySet().forEach(dict::remove);
      assertThat(dict.size()).isZero();
      assertThat(entries(dict)).isEmpty();
    }

    /** Of each length up to this, some that differ in one byte. */
    private static List<String> alike(int longest) {
      var keys = new ArrayList<String>();
      for (int length = 0; length <= longest; length++) {
        keys.add("x".repeat(length));
        for (int i = 0; i < length; i++) {
          keys.add("x".repeat(i) + (char) (0x80 + i) + "x".repeat(length - i - 1));
        }
      }
      return keys;
    }

    @Test
    void tells_keys_apart_that_differ_in_one_byte() {
      var dict = new Dict<String>();
      List<String> keys = alike(40);
      keys.forEach(key -> dict.put(key, key));

      assertThat(dict.size()).isEqualTo(keys.size());
      assertThat(keys).allSatisfy(key -> assertThat(dict.get(key)).isEqualTo(key));
      assertThat(dict.get("x".repeat(41))).isNull();
    }

    @Test
    void finds_keys_that_are_in_the_middle_of_other_bytes() {
      var dict = new Dict<String>();
      for (String key : alike(20)) {
        dict.put(key, key);
        byte[] around = Bytes.array("<" + key + ">");

        assertThat(dict.get(around, 1, key.length())).isEqualTo(key);
        assertThat(dict.get(around, 0, around.length)).isNull();
        assertThat(dict.replace(around, 1, key.length(), "another")).isEqualTo(key);
        assertThat(dict.replace(around, 0, around.length, "another")).isNull();
        assertThat(dict.get(key)).isEqualTo("another");
      }
    }

    @Test
    void shows_a_few_entries_in_the_order_they_were_added_in() {
      Dict<String> dict = filled(100);
      dict.remove("key:50");
      dict.put("key:3", "another value");
      dict.put("key:50", "added again");
      var expected = new ArrayList<String>();
      IntStream.range(0, 100).filter(i -> i != 50).forEach(i -> expected.add("key:" + i));
      expected.add("key:50");

      assertThat(entries(dict).keySet()).containsExactlyElementsOf(expected);
    }
  }

  @Nested
  class A_scan {
    static LongStream seeds() {
      return Seeds.some(50);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void misses_no_entry_that_stays_while_the_table_grows_and_shrinks(long seed) {
      var random = new Random(seed);
      int stay = 1 + random.nextInt(500);
      Dict<String> dict = filled(stay);
      var others = new ArrayList<String>();
      Set<String> seen =
          scanned(
              dict,
              random,
              () -> {
                if (random.nextInt(8) == 0) {
                  IntStream.range(0, random.nextInt(4000))
                      .mapToObj(i -> "other:" + random.nextInt())
                      .forEach(others::add);
                  others.forEach(key -> dict.put(key, key));
                } else if (random.nextInt(4) == 0) {
                  others.forEach(dict::remove);
                  others.clear();
                }
              });

      assertThat(seen).containsAll(filledKeys(stay));
    }

    private static List<String> filledKeys(int count) {
      return IntStream.range(0, count).mapToObj(i -> "key:" + i).toList();
    }

    @Test
    void takes_any_number_as_its_cursor_and_ends() {
      Dict<String> dict = filled(1000);
      var random = new Random(1);
      for (int i = 0; i < 100; i++) {
        long cursor = random.nextLong();
        int steps = 0;
        while (cursor != 0) {
          cursor = dict.scan(cursor, 10, (key, value) -> {});
          assertThat(steps++).isLessThan(2000);
        }
      }
      assertThat(dict.scan(0, Long.MAX_VALUE, (key, value) -> {})).isZero();
    }
  }

  @Nested
  class A_random_entry {
    @Test
    void is_none_of_none() {
      assertThat(new Dict<String>().random(new Random(1))).isNull();
    }

    @Test
    void is_each_as_often_as_another() {
      int entries = 50;
      int draws = 100_000;
      Dict<String> dict = filled(entries);
      var drawn = new HashMap<String, Integer>();
      var random = new Random(42); // the same on each run: this is no matter of luck
      for (int i = 0; i < draws; i++) {
        drawn.merge(String.valueOf(dict.random(random)), 1, Integer::sum);
      }
      double expected = (double) draws / entries;
      double chiSquare =
          drawn.values().stream()
              .mapToDouble(count -> (count - expected) * (count - expected) / expected)
              .sum();

      assertThat(drawn).hasSize(entries);
      assertThat(chiSquare).isLessThan(95); // 49 degrees of freedom: one table in 10,000 has more
    }
  }

  @Nested
  class Read_by_other_threads {
    private static final int STAY = 300;

    /** Readers go on while one thread adds and removes others, and changes those that stay. */
    private static void whileItChanges(BiConsumer<Dict<String>, Random> reader)
        throws InterruptedException, ExecutionException {
      Dict<String> dict = filled(STAY);
      var done = new AtomicBoolean();
      var reading = new CountDownLatch(3);
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var readers = new ArrayList<Future<?>>();
        for (int i = 0; i < 3; i++) {
          var random = new Random(i);
          readers.add(
              threads.submit(
                  () -> {
                    try {
                      do {
                        reader.accept(dict, random);
                        reading.countDown();
                      } while (!done.get());
                    } finally {
                      reading.countDown();
                    }
                  }));
        }
        reading.await();
        var random = new Random(7);
        for (int round = 0; round < 30; round++) {
          int others = random.nextInt(5000);
          for (int i = 0; i < others; i++) {
            dict.put("other:" + i, "v");
            int each = i % STAY;
            dict.put("key:" + each, "v" + each);
          }
          for (int i = 0; i < others; i++) {
            dict.remove("other:" + i);
          }
        }
        done.set(true);
        for (Future<?> each : readers) {
          each.get();
        }
      }
      assertThat(dict.size()).isEqualTo(STAY);
    }

    @Test
    void shows_each_key_that_stays() throws Exception {
      whileItChanges(
          (dict, random) -> {
            int i = random.nextInt(STAY);
            assertThat(dict.get("key:" + i)).isEqualTo("v" + i);
            assertThat(dict.get("key:" + (STAY + i))).isNull();
          });
    }

    @Test
    void shows_each_entry_that_stays_once_in_a_walk() throws Exception {
      whileItChanges(
          (dict, random) ->
              assertThat(entries(dict).keySet().stream().filter(key -> key.startsWith("key:")))
                  .hasSize(STAY));
    }

    @Test
    void shows_each_entry_that_stays_in_a_scan() throws Exception {
      whileItChanges(
          (dict, random) ->
              assertThat(
                      scanned(dict, random, () -> {}).stream()
                          .filter(key -> key.startsWith("key:")))
                  .hasSize(STAY));
    }

    @Test
    void gives_a_random_entry_that_was_there() throws Exception {
      whileItChanges((dict, random) -> assertThat(dict.random(random)).matches("(key|other):\\d+"));
    }
  }
}
