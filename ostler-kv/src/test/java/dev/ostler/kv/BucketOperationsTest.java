package dev.ostler.kv;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What programs in the same JVM do with the keys of a bucket. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(OwnStore.Kind.class)
class BucketOperationsTest {
  private static final Limits LIMITS = new Limits(100, 1000, 20, 30);

  @Parameter OwnStore.Kind kind;

  private OwnStore store;
  private Bucket bucket;

  @BeforeEach
  void open() {
    store = new OwnStore(kind, LIMITS);
    bucket = store.kv().create("shopping");
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void fill(int keys) {
    for (int i = 0; i < keys; i++) {
      bucket.put("key " + i, "" + i);
    }
  }

  /** What a store in memory would lose, too, is not asked for. */
  private void reopenIfDurable() {
    if (kind == OwnStore.Kind.DURABLE) {
      store.pullThePlug();
      bucket = store.kv().lookup("shopping").orElseThrow();
    }
  }

  @Nested
  class A_key {
    @Test
    void is_put_if_it_is_not_there() {
      assertThat(bucket.putIfAbsent("milk", "1")).isTrue();
      assertThat(bucket.putIfAbsent("milk", "2")).isFalse();
      reopenIfDurable();
      assertThat(bucket.get("milk")).contains("1");
    }

    @Test
    void is_set_if_it_has_the_expected_value() {
      assertThat(bucket.compareAndSet("milk", "", "1")).isFalse();
      bucket.put("milk", "1");
      assertThat(bucket.compareAndSet("milk", "2", "3")).isFalse();
      assertThat(bucket.compareAndSet("milk", "1", "3")).isTrue();
      reopenIfDurable();
      assertThat(bucket.get("milk")).contains("3");
    }

    @Test
    void is_set_by_one_of_many_that_expect_the_same() throws Exception {
      bucket.put("n", "0");
      Callable<Integer> work =
          () -> {
            int won = 0;
            for (int i = 0; i < 100; i++) {
              won += bucket.compareAndSet("n", "" + i, "" + (i + 1)) ? 1 : 0;
            }
            return won;
          };
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        Future<Integer> first = threads.submit(work);
        Future<Integer> second = threads.submit(work);
        assertThat(first.get() + second.get()).isEqualTo(number("n"));
      }
    }

    private int number(String key) {
      return Integer.parseInt(bucket.get(key).orElseThrow());
    }

    @Test
    void is_incremented() {
      assertThat(bucket.increment("n", 5)).isEqualTo(5);
      assertThat(bucket.increment("n", -7)).isEqualTo(-2);
      reopenIfDurable();
      assertThat(bucket.get("n")).contains("-2");
    }

    @Test
    void is_incremented_by_all_of_many() throws ExecutionException, InterruptedException {
      Callable<Long> work =
          () -> {
            long last = 0;
            for (int i = 0; i < 200; i++) {
              last = bucket.increment("n", 1);
            }
            return last;
          };
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        Future<Long> first = threads.submit(work);
        Future<Long> second = threads.submit(work);
        assertThat(Math.max(first.get(), second.get())).isEqualTo(400);
      }
    }

    @Test
    void that_is_no_number_is_not_incremented() {
      bucket.put("milk", "secret");
      bucket.put("n", "" + Long.MAX_VALUE);

      assertThatThrownBy(() -> bucket.increment("milk", 1))
          .isInstanceOf(KvException.NoNumber.class)
          .hasMessage(
              "a key of the bucket shopping cannot be incremented: its value is not an integer of"
                  + " 64 bits");
      assertThatThrownBy(() -> bucket.increment("n", 1))
          .isInstanceOf(KvException.NoNumber.class)
          .hasMessageEndingWith("the sum has more than 64 bits");
      assertThat(bucket.entries()).isEqualTo(Map.of("milk", "secret", "n", "" + Long.MAX_VALUE));
    }
  }

  @Nested
  class A_key_that_expires {
    @Test
    void is_gone_then() {
      bucket.put("milk", "1", ofSeconds(2));
      bucket.put("eggs", "6");
      store.pass(ofMillis(1999));
      reopenIfDurable();
      assertThat(bucket.get("milk")).contains("1");
      store.pass(ofMillis(1));

      assertThat(bucket.get("milk")).isEmpty();
      assertThat(bucket.entries()).containsOnlyKeys("eggs");
    }

    @Test
    void leaves_a_bucket_that_was_created_though_it_was_the_last() {
      bucket.put("milk", "1", ofSeconds(2));
      store.pass(ofSeconds(2));

      assertThat(bucket.size()).isZero();
      assertThat(store.kv().lookup("shopping")).isPresent();
    }

    @Test
    void says_how_long_it_has() {
      bucket.put("milk", "1", ofSeconds(2));
      bucket.put("eggs", "6");
      store.pass(ofSeconds(1));

      assertThat(bucket.timeToLive("milk")).contains(ofSeconds(1));
      assertThat(bucket.timeToLive("eggs")).isEmpty();
      assertThat(bucket.timeToLive("bread")).isEmpty();
      assertThat(bucket.timeToLive()).isEmpty();
    }

    @Test
    void is_told_so_later_or_told_to_stay() {
      bucket.put("milk", "1");

      assertThat(bucket.persist("milk")).isFalse();
      assertThat(bucket.expire("bread", ofSeconds(1))).isFalse();
      assertThat(bucket.expire("milk", ofSeconds(1))).isTrue();
      assertThat(bucket.persist("milk")).isTrue();
      store.pass(ofSeconds(2));
      assertThat(bucket.get("milk")).contains("1");
      assertThat(bucket.expire("milk", Duration.ZERO)).isTrue();
      assertThat(bucket.get("milk")).isEmpty();
    }

    @Test
    void keeps_its_time_when_it_is_incremented_and_loses_it_when_it_is_put() {
      bucket.put("n", "1", ofSeconds(2));
      bucket.put("milk", "1", ofSeconds(2));
      bucket.increment("n", 1);
      bucket.put("milk", "2");
      store.pass(ofSeconds(2));

      assertThat(bucket.entries()).isEqualTo(Map.of("milk", "2"));
    }

    @Test
    void has_a_time_that_a_clock_can_tell() {
      assertThatThrownBy(() -> bucket.put("milk", "1", Duration.ZERO))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the time until a key expires must be positive, but is PT0S");
      assertThatThrownBy(() -> bucket.expire("milk", ofSeconds(-1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the time until a key expires must not be negative, but is PT-1S");
      assertThatThrownBy(() -> bucket.put("milk", "1", ofSeconds(Long.MAX_VALUE)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(
              "the time until a key expires must fit into 64 bits of milliseconds, but is PT");
      assertThat(bucket.entries()).isEmpty();
    }
  }

  @Nested
  class Many_keys {
    @Test
    void are_put_read_and_deleted_at_once() {
      bucket.putAll(Map.of("milk", "1", "eggs", "6", "bread", "2"));
      reopenIfDurable();

      assertThat(bucket.getAll(List.of("eggs", "honey", "milk")))
          .containsExactly(Map.entry("eggs", "6"), Map.entry("milk", "1"));
      assertThat(bucket.deleteAll(List.of("eggs", "honey", "eggs"))).isEqualTo(1);
      assertThat(bucket.entries()).isEqualTo(Map.of("milk", "1", "bread", "2"));
    }

    @Test
    void may_be_none() {
      bucket.putAll(Map.of());
      assertThat(bucket.getAll(List.of())).isEmpty();
      assertThat(bucket.deleteAll(List.of())).isZero();
    }

    @Test
    void are_put_all_or_none_if_there_is_no_room() {
      fill(999);
      var two = new LinkedHashMap<>(Map.of("new", "1", "newer", "2"));

      assertThatThrownBy(() -> bucket.putAll(two))
          .isInstanceOf(KvException.LimitReached.class)
          .hasMessage("no new key in the bucket shopping: there are 1000 already, the limit");
      assertThat(bucket.size()).isEqualTo(999);
      two.remove("newer");
      two.put("key 1", "known");
      bucket.putAll(two);
      assertThat(bucket.get("key 1")).contains("known");
      assertThatThrownBy(() -> bucket.increment("n", 1))
          .isInstanceOf(KvException.LimitReached.class);
      assertThatThrownBy(() -> bucket.putIfAbsent("n", "1"))
          .isInstanceOf(KvException.LimitReached.class);
    }

    @Test
    void are_put_all_or_none_if_one_is_too_long() {
      var two = Map.of("milk", "1", "a key that is much too long", "2");

      assertThatThrownBy(() -> bucket.putAll(two))
          .isInstanceOf(KvException.TooLong.class)
          .hasMessage("the key has 27 bytes in UTF-8, and may have 20");
      assertThat(bucket.entries()).isEmpty();
    }
  }

  @Nested
  class A_scan {
    @Test
    void meets_every_key() {
      fill(1000);
      bucket.delete("key 7");

      Map<String, String> met =
          bucket.scan().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
      assertThat(met).isEqualTo(bucket.entries()).hasSize(999);
    }

    @Test
    void meets_those_that_stay_while_others_come_and_go() {
      fill(500);
      var met = new HashMap<String, String>();
      bucket
          .scan()
          .forEach(
              each -> {
                met.put(each.getKey(), each.getValue());
                bucket.put("new " + met.size(), "x");
                bucket.delete("new " + (met.size() - 200));
              });

      assertThat(met)
          .containsKeys(IntStream.range(0, 500).mapToObj(i -> "key " + i).toArray(String[]::new));
    }

    @Test
    void asks_no_further_than_it_is_asked() {
      fill(300);
      var some = bucket.scan().limit(1).toList();
      assertThat(some).hasSize(1);
      assertThat(store.kv().create("empty").scan()).isEmpty();
    }

    @Test
    void of_a_bucket_that_ends_meanwhile_says_so() {
      fill(500);
      var rest = bucket.scan().iterator();
      rest.next();
      store.kv().delete("shopping");

      assertThatThrownBy(() -> rest.forEachRemaining(_ -> {}))
          .isInstanceOf(KvException.BucketGone.class);
    }
  }

  @Nested
  class A_scan_of_the_store {
    @Test
    void meets_every_bucket_with_what_replies_have_told_of() {
      for (int i = 0; i < 90; i++) {
        store.kv().create("bucket " + i);
      }
      store.kv().delete("bucket 7");

      assertThat(store.kv().scan())
          .containsExactlyInAnyOrderElementsOf(store.kv().names())
          .hasSize(90)
          .contains("shopping", "bucket 89");
    }
  }

  @Nested
  class Other_keys_and_values {
    private static final byte[] NO_TEXT = {0, -1, (byte) 0x80};

    @Test
    void are_bytes_as_they_are() {
      TypedBucket<String, byte[]> bytes = bucket.bytes();
      byte[] value = NO_TEXT.clone();
      bytes.put("photo", value);
      value[0] = 1; // was copied
      reopenIfDurable();

      assertThat(bucket.bytes().get("photo"))
          .hasValueSatisfying(is -> assertThat(is).isEqualTo(NO_TEXT));
      assertThat(bucket.bytes().compareAndSet("photo", NO_TEXT, new byte[0])).isTrue();
      assertThat(bucket.get("photo")).contains("");
    }

    @Test
    void are_what_a_codec_makes_of_bytes() {
      Codec<UUID> ids =
          Codec.of(
              id -> id.toString().substring(0, 8).getBytes(UTF_8),
              bytes -> UUID.fromString(new String(bytes, UTF_8) + "-0000-0000-0000-000000000000"));
      Codec<Integer> numbers =
          Codec.of(
              number -> Integer.toString(number).getBytes(UTF_8),
              bytes -> Integer.valueOf(new String(bytes, UTF_8)));
      TypedBucket<UUID, Integer> stock = bucket.with(ids, numbers);
      UUID one = UUID.fromString("00000001-0000-0000-0000-000000000000");
      UUID two = UUID.fromString("00000002-0000-0000-0000-000000000000");
      stock.putAll(Map.of(one, 6, two, 7));

      assertThat(stock.entries()).isEqualTo(Map.of(one, 6, two, 7));
      assertThat(stock.increment(two, 3)).isEqualTo(10);
      assertThat(stock.scan()).contains(Map.entry(one, 6), Map.entry(two, 10));
      assertThat(bucket.entries()).isEqualTo(Map.of("00000001", "6", "00000002", "10"));
      assertThat(stock.name()).isEqualTo("shopping");
      assertThat(stock.pid()).isEqualTo(bucket.pid());
    }

    @Test
    void that_are_keys_in_a_map_are_those_that_were_passed() {
      TypedBucket<byte[], byte[]> bytes = bucket.with(Codec.BYTES, Codec.BYTES);
      byte[] key = NO_TEXT.clone();
      bytes.put(key, NO_TEXT);

      assertThat(bytes.getAll(List.of(key)).get(key)).isEqualTo(NO_TEXT);
    }

    @Test
    void change_nothing_if_they_cannot_be_encoded() {
      Codec<String> broken =
          Codec.of(
              text -> {
                throw new IllegalStateException("no bytes for " + text);
              },
              bytes -> "");

      assertThatThrownBy(() -> bucket.with(Codec.TEXT, broken).put("milk", "1"))
          .hasMessage("no bytes for 1");
      assertThatThrownBy(() -> bucket.bytes().put("milk", new byte[31]))
          .isInstanceOf(KvException.TooLong.class)
          .hasMessage("the value has 31 bytes, and may have 30");
      assertThat(bucket.entries()).isEmpty();
    }
  }

  @Nested
  class A_bucket_of_one_value {
    @BeforeEach
    void makeIt() {
      TestKv.makeText(store.kv(), "text", "1");
      bucket = store.kv().lookup("text").orElseThrow();
    }

    @Test
    void has_no_keys_to_set() {
      assertThatThrownBy(() -> bucket.putIfAbsent("k", "1")).isInstanceOf(KvException.NoMap.class);
      assertThatThrownBy(() -> bucket.compareAndSet("k", "0", "1"))
          .isInstanceOf(KvException.NoMap.class);
      assertThatThrownBy(() -> bucket.increment("k", 1)).isInstanceOf(KvException.NoMap.class);
      assertThatThrownBy(() -> bucket.putAll(Map.of("k", "1")))
          .isInstanceOf(KvException.NoMap.class);
      assertThatThrownBy(() -> bucket.put("k", "1", ofSeconds(1)))
          .isInstanceOf(KvException.NoMap.class);
      assertThat(bucket.getAll(List.of("k"))).isEmpty();
      assertThat(bucket.scan()).isEmpty();
    }
  }
}
