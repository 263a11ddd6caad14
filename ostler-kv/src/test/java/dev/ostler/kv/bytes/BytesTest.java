package dev.ostler.kv.bytes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BytesTest {
  static LongStream numbers() {
    LongStream powers = LongStream.iterate(1, each -> each * 10).limit(19);
    return LongStream.concat(
        LongStream.of(0, Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE + 1),
        powers.flatMap(each -> LongStream.of(each, -each, each - 1, 1 - each)));
  }

  @ParameterizedTest
  @MethodSource("numbers")
  void digits_are_those_of_java(long number) {
    byte[] digits = Bytes.array(number);
    assertThat(Bytes.of(digits)).isEqualTo(Long.toString(number));
    assertThat(Bytes.number(digits)).isEqualTo(number);
    assertThat(Stored.number(Long.toString(number))).isEqualTo(number);
  }

  @Test
  void arrays_equal_strings_of_the_same_bytes() {
    byte[] array = {'a', 0, (byte) 0xff};
    assertThat(Bytes.equal(array, "a\0\u00ff")).isTrue();
    assertThat(Bytes.equal(array, "a\0\u007f")).isFalse();
    assertThat(Bytes.equal(array, "a\0")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "00",
        "01",
        "-0",
        "+1",
        " 1",
        "1 ",
        "1\u00ff",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999",
        "100000000000000000000"
      })
  void what_is_no_number_is_none(String text) {
    assertThat(Bytes.number(text)).isNull();
    assertThat(Stored.number(Bytes.array(text))).isNull();
  }
}
