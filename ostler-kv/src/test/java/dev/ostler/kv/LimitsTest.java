package dev.ostler.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.junit.OstlerExtension;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is refused, with which error, and that nothing else comes of it. */
@ExtendWith(OstlerExtension.class)
class LimitsTest {

  static LongStream seeds() {
    return new Random().longs(20);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void count_the_bytes_of_UTF_8(long seed) {
    String text =
        new Random(seed)
            .ints(50, 1, 0x11000)
            .map(c -> c >= 0xd800 && c < 0xe000 ? 'x' : c)
            .mapToObj(Character::toString)
            .collect(Collectors.joining("🥛"));

    assertThat(Limits.utf8Bytes(text)).isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
  }

  @Test
  void one_bucket_too_many_is_an_answer() {
    try (Kv kv = Kv.open(KvConfig.inMemory().maxBuckets(2))) {
      kv.create("a");
      kv.create("b");

      assertThatThrownBy(() -> kv.create("c"))
          .isInstanceOf(KvException.LimitReached.class)
          .hasMessage("no new bucket c: there are 2 already, the limit");
      assertThat(kv.create("a").pid()).isEqualTo(kv.lookup("a").orElseThrow().pid());
      assertThat(kv.delete("a")).isTrue();
      assertThat(kv.create("c").name()).isEqualTo("c");
    }
  }

  @Test
  void a_bucket_that_ended_leaves_room_for_another() {
    try (Kv kv = Kv.open(KvConfig.inMemory().maxBuckets(1))) {
      kv.create("a").stop();

      assertThat(kv.create("b").name()).isEqualTo("b");
    }
  }

  @Test
  void one_key_too_many_is_an_answer() {
    try (Kv kv = Kv.open(KvConfig.inMemory().maxKeys(1))) {
      Bucket bucket = kv.create("a");
      bucket.put("k", "1");

      assertThatThrownBy(() -> bucket.put("l", "1"))
          .isInstanceOf(KvException.LimitReached.class)
          .hasMessage("no new key in the bucket a: there are 1 already, the limit");
      bucket.put("k", "2");
      assertThat(bucket.entries()).containsOnlyKeys("k").containsEntry("k", "2");
    }
  }

  @Test
  void names_keys_and_values_may_be_so_long_and_no_longer() {
    try (Kv kv = Kv.open(KvConfig.inMemory().maxKeyBytes(4).maxValueBytes(6))) {
      Bucket bucket = kv.create("éé");
      bucket.put("🥛", "牛乳");

      assertThatThrownBy(() -> kv.create("éée")).isInstanceOf(KvException.TooLong.class);
      assertThatThrownBy(() -> kv.createAsync("éée")).isInstanceOf(KvException.TooLong.class);
      assertThatThrownBy(() -> bucket.put("abcde", "")).isInstanceOf(KvException.TooLong.class);
      assertThatThrownBy(() -> bucket.put("k", "牛乳!"))
          .isInstanceOf(KvException.TooLong.class)
          .hasMessage("the value has 7 bytes in UTF-8, and may have 6");
      assertThat(bucket.entries()).hasSize(1);
    }
  }

  @Test
  void a_configuration_names_what_it_expects() {
    assertThatThrownBy(() -> KvConfig.inMemory().maxKeys(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the number of keys must be 1 to");
  }
}
