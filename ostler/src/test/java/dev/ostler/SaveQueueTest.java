package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The messages that a raw process has skipped. */
class SaveQueueTest {
  private static final List<Class<?>> TYPES =
      List.of(Integer.class, Long.class, String.class, Number.class, Object.class, Double.class);

  private final SaveQueue queue = new SaveQueue();
  private long number;

  private void add(Object message) {
    queue.reserve();
    queue.add(message, ++number);
  }

  // M06
  @Test
  void skips_what_is_not_of_a_type_once() {
    for (int i = 0; i < 1_000; i++) {
      add(i);
    }
    assertThat(queue.take(String.class, message -> true, 0)).isNull();
    assertThat(queue.noneUpTo(String.class)).isEqualTo(1_000);
    add("a");
    add("b");
    for (int i = 0; i < 1_000; i++) {
      add(i);
    }
    assertThat(queue.take(String.class, "b"::equals, 0)).isEqualTo("b");
    assertThat(queue.noneUpTo(String.class)).isEqualTo(1_000); // for there is "a"
    assertThat(queue.take(String.class, message -> true, 0)).isEqualTo("a");
    assertThat(queue.take(String.class, message -> true, 0)).isNull();
    assertThat(queue.noneUpTo(String.class)).isEqualTo(2_002);
    assertThat(queue.take(Integer.class, message -> true, 0)).isEqualTo(0);
  }

  @Test
  void knows_nothing_of_what_it_was_not_to_look_at() {
    add("a");
    for (int i = 0; i < 1_000; i++) {
      add(i);
    }
    assertThat(queue.take(String.class, message -> true, 500)).isNull();
    assertThat(queue.noneUpTo(String.class)).isZero();
    assertThat(queue.take(String.class, message -> true, 0)).isEqualTo("a");
  }

  @Test
  void remembers_a_few_types_and_forgets_them_with_its_messages() {
    for (int i = 0; i < 100; i++) {
      add(i);
    }
    for (int round = 0; round < 3; round++) {
      for (Class<?> type :
          List.of(String.class, Long.class, Double.class, Byte.class, Short.class)) {
        assertThat(queue.take(type, message -> true, 0)).isNull();
        assertThat(queue.noneUpTo(type)).isEqualTo(100);
      }
    }
    assertThat(queue.noneUpTo(String.class)).isZero();
    queue.clear();
    assertThat(queue.noneUpTo(Short.class)).isZero();
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void gives_what_a_list_would_give(long seed) {
    var random = new Random(seed);
    record Numbered(Object message, long number) {}
    var list = new ArrayList<Numbered>();
    for (int step = 0; step < 5_000; step++) {
      if (random.nextInt(5) < 3) {
        int value = random.nextInt(100);
        Object message =
            switch (random.nextInt(20)) {
              case 0 -> (long) value;
              case 1 -> "" + value;
              default -> value;
            };
        add(message);
        list.add(new Numbered(message, number));
      } else {
        Class<?> type = TYPES.get(random.nextInt(TYPES.size()));
        int digit = random.nextInt(10);
        Predicate<Object> wanted =
            message -> type.isInstance(message) && message.toString().endsWith("" + digit);
        long above = random.nextInt(3) == 0 ? random.nextLong(number + 1) : 0;
        var expected =
            list.stream().filter(m -> m.number > above && wanted.test(m.message)).findFirst();
        expected.ifPresent(list::remove);
        assertThat(queue.take(type, wanted, above))
            .isEqualTo(expected.map(Numbered::message).orElse(null));
        if (random.nextInt(500) == 0) {
          queue.clear();
          list.clear();
        }
      }
    }
    assertThat(queue.list()).isEqualTo(list.stream().map(Numbered::message).toList());
  }
}
