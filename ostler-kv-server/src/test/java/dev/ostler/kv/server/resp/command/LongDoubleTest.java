package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Redis's floating-point numbers. A redis-server 7.0.15 gave the expected values. */
class LongDoubleTest {
  private static LongDouble number(String word) {
    LongDouble number = LongDouble.parse(word);
    assertThat(number).as(word).isNotNull();
    return number;
  }

  @Nested
  class A_word {
    @ParameterizedTest
    @CsvSource({
      "0, 0",
      "-0, 0",
      "+7, 7",
      "0012, 12",
      "1.50, 1.5",
      ".5, 0.5",
      "5., 5",
      "-.5e1, -5",
      "1e3, 1000",
      "3.0e-2, 0.03",
      "0e99999999999, 0",
      "1e-20, 0",
      "-1e-20, 0",
      "3.14, 3.14",
      "0.1, 0.1",
      "123456789012345678901234567890, 123456789012345678899921813504",
      "0x1p3, 8",
      "0X.8, 0.5",
      "-0x1f, -31",
      "0x1.8P-3, 0.1875",
    })
    void is_read_and_written(String word, String text) {
      assertThat(number(word).text()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          " ",
          " 1",
          "1 ",
          "1\n",
          "abc",
          "1.5.5",
          "1e",
          "1e+",
          "e1",
          ".",
          "-",
          "+",
          "--1",
          "0x",
          "0x.",
          "0xg",
          "1\0",
          "1\0" + "2",
          "nan",
          "-nan",
          "nan(1)",
          "infinit",
          "1,5",
          "١"
        })
    void that_is_not_a_number_is_refused(String word) {
      assertThat(LongDouble.parse(word)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "1.2e4932",
          "-1.2e4932",
          "1e99999999999999999999",
          "1e-4951",
          "1e-99999999999999999999",
          "0x1p16384",
          "0x1p99999999999",
          "0x1p-16446",
          "0x1p-99999999999"
        })
    void that_is_too_large_or_too_small_is_refused(String word) {
      assertThat(LongDouble.parse(word)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e4932", "1e-4950", "0x1p16383", "0x1p-16445", "0x1.8p-16446"})
    void at_the_limits_is_a_number(String word) {
      assertThat(number(word).isFinite()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"inf", "-inf", "+INF", "Infinity", "-INFINITY"})
    void may_be_infinite(String word) {
      assertThat(number(word).isFinite()).isFalse();
    }
  }

  @Nested
  class A_sum {
    @ParameterizedTest
    @CsvSource({
      "1, 0.25, 1.25",
      "1.5, 1.5, 3",
      "17179869184, 1.5, 17179869185.5",
      "17179869184, 17179869184, 34359738368",
      "3, 1.1, 4.1",
      "0.1, 0.2, 0.3",
      "1.23, -1.23, 0",
      "5.0e3, 2.0e2, 5200",
      "1, -1.1, -0.1",
      "9223372036854775807, 1, 9223372036854775808",
      "18446744073709551615, 1, 18446744073709551616",
      "36893488147419103232, 1, 36893488147419103232",
      "1e17, 0.3, 100000000000000000.296875",
      "1e-17, 1e-18, 0.00000000000000001",
    })
    void is_rounded_as_the_processor_does(String a, String b, String sum) {
      assertThat(number(a).plus(number(b)).text()).isEqualTo(sum);
      assertThat(number(b).plus(number(a)).text()).isEqualTo(sum);
    }

    @ParameterizedTest
    @CsvSource({"inf, 1", "1, -inf", "inf, -inf", "1.1e4932, 1.1e4932"})
    void may_be_none(String a, String b) {
      assertThat(number(a).plus(number(b)).isFinite()).isFalse();
    }
  }
}
