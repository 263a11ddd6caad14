package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bits of values, compared with those of a model that looks at one after the other. */
class BitsTest {
  private final Random random = new Random(1);

  private static boolean at(byte[] bytes, long place) {
    int index = (int) (place >> 3);
    return index < bytes.length && (bytes[index] >> (7 - (place & 7)) & 1) == 1;
  }

  /** In either form in which a value is stored. */
  private Object stored(byte[] bytes) {
    return random.nextBoolean() ? bytes : Bytes.of(bytes);
  }

  private byte[] some(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 8, 9, 64, 255, 256, 65_535, 65_536, 65_537, 140_000})
  void are_counted_and_found_in_any_range(int length) {
    for (int i = 0; i < 20; i++) {
      byte[] bytes = random.nextInt(3) == 0 ? new byte[length] : some(length);
      long all = 8L * length;
      long first = random.nextLong(all);
      long last = first + random.nextLong(all - first);
      long count = 0;
      long set = -1;
      long clear = -1;
      for (long place = last; place >= first; place--) {
        count += at(bytes, place) ? 1 : 0;
        set = at(bytes, place) ? place : set;
        clear = at(bytes, place) ? clear : place;
      }
      assertThat(Bits.count(stored(bytes), first, last)).isEqualTo(count);
      assertThat(Bits.find(stored(bytes), true, first, last)).isEqualTo(set);
      assertThat(Bits.find(stored(bytes), false, first, last)).isEqualTo(clear);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 9, 300, 65_537})
  void are_combined_with_those_at_the_same_place(int length) {
    for (Bits.Operation operation : Bits.Operation.values()) {
      int count = operation == Bits.Operation.NOT ? 1 : 2 + random.nextInt(3);
      var arrays = new ArrayList<byte[]>();
      arrays.add(some(length));
      while (arrays.size() < count) {
        arrays.add(some(random.nextInt(length + 1)));
      }
      List<Object> values = new ArrayList<>();
      arrays.forEach(bytes -> values.add(stored(bytes)));
      byte[] result = Bits.combined(operation, values, length);
      for (int i = 0; i < 1000; i++) {
        long place = random.nextLong(8L * length);
        boolean first = at(arrays.getFirst(), place);
        long others = arrays.stream().skip(1).filter(bytes -> at(bytes, place)).count();
        long set = others + (first ? 1 : 0);
        boolean expected =
            switch (operation) {
              case AND -> set == count;
              case OR -> set > 0;
              case XOR -> set % 2 == 1;
              case NOT -> !first;
              case DIFF -> first && others == 0;
              case DIFF1 -> !first && others > 0;
              case ANDOR -> first && others > 0;
              case ONE -> set == 1;
            };
        assertThat(at(result, place)).as(operation + " " + count).isEqualTo(expected);
      }
    }
  }

  @Test
  void behind_the_end_are_not_set() {
    assertThat(Bits.octet(Bytes.of(new byte[] {-1}), 1)).isZero();
    assertThat(Bits.octet(null, 0)).isZero();
    assertThat(Bits.octet(new byte[] {-1}, 0)).isEqualTo(255);
  }
}
