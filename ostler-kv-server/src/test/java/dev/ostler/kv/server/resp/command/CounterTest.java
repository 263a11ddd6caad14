package dev.ostler.kv.server.resp.command;

import static dev.ostler.kv.server.resp.command.Commands.error;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.server.RespReader;
import dev.ostler.kv.server.TimedStore;
import dev.ostler.kv.server.args.CommandError;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Commands that increment and decrement. */
@ExtendWith(OstlerExtension.class)
class CounterTest {
  private static final RespReader.Failure SYNTAX = error(CommandError.SYNTAX);

  private TimedStore store;

  @BeforeEach
  void open() throws IOException {
    store = new TimedStore();
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  private Object does(String line) throws IOException {
    return store.does(line);
  }

  @Nested
  class Incr {
    @Test
    void counts_up_and_down_from_nothing() throws IOException {
      assertThat(does("INCR a")).isEqualTo(1L);
      assertThat(does("INCRBY a 17179869184")).isEqualTo(17179869185L);
      assertThat(does("DECRBY a 17179869186")).isEqualTo(-1L);
      assertThat(does("DECR a")).isEqualTo(-2L);
      assertThat(does("GET a")).isEqualTo("-2");
      assertThat(does("INCRBYFLOAT a 2.25")).isEqualTo("0.25");
      assertThat(does("INCRBYFLOAT b -1")).isEqualTo("-1");
    }

    @Test
    void keeps_the_deadline() throws IOException {
      does("SET a 1 EX 100");
      does("INCR a");
      does("INCRBYFLOAT a 1");

      assertThat(does("TTL a")).isEqualTo(100L);
    }

    @ParameterizedTest
    @CsvSource({
      "x, INCR a, ERR value is not an integer or out of range",
      "' 1', INCR a, ERR value is not an integer or out of range",
      "01, INCR a, ERR value is not an integer or out of range",
      "1.0, INCR a, ERR value is not an integer or out of range",
      "9223372036854775807, INCR a, ERR increment or decrement would overflow",
      "-9223372036854775808, DECR a, ERR increment or decrement would overflow",
      "-1, DECRBY a 9223372036854775808, ERR value is not an integer or out of range",
      "-1, DECRBY a -9223372036854775808, ERR decrement would overflow",
      "1, INCRBY a 1.5, ERR value is not an integer or out of range",
      "x, INCRBYFLOAT a 1, ERR value is not a valid float",
      "1, INCRBYFLOAT a x, ERR value is not a valid float",
      "1, INCRBYFLOAT a inf, ERR increment would produce NaN or Infinity",
    })
    void refuses_a_value_that_is_not_a_number(String value, String line, String text)
        throws IOException {
      store.ask("SET", "a", value);

      assertThat(does(line)).isEqualTo(error(text));
      assertThat(does("GET a")).isEqualTo(value);
    }
  }

  @Nested
  class Hincrby {
    @Test
    void counts_from_nothing() throws IOException {
      assertThat(does("HINCRBY a f 5")).isEqualTo(5L);
      assertThat(does("HINCRBY a f -7")).isEqualTo(-2L);
      assertThat(does("HGET a f")).isEqualTo("-2");
      assertThat(does("HINCRBYFLOAT a g 10.5")).isEqualTo("10.5");
      assertThat(does("HINCRBYFLOAT a g 0.1")).isEqualTo("10.6");
      assertThat(does("HINCRBYFLOAT a f 2.0e2")).isEqualTo("198");
      assertThat(store.events())
          .containsExactly(
              "n new a",
              "h hincrby a",
              "h hincrby a",
              "h hincrbyfloat a",
              "h hincrbyfloat a",
              "h hincrbyfloat a");
    }

    @ParameterizedTest
    @CsvSource({
      "x, 1, ERR hash value is not an integer",
      "1.5, 1, ERR hash value is not an integer",
      "1, x, ERR value is not an integer or out of range",
      "1, 9223372036854775808, ERR value is not an integer or out of range",
      "1, 9223372036854775807, ERR increment or decrement would overflow",
      "-2, -9223372036854775808, ERR increment or decrement would overflow",
    })
    void refuses_a_value_that_is_not_an_integer(String value, String step, String text)
        throws IOException {
      store.ask("HSET", "a", "f", value);

      assertThat(store.ask("HINCRBY", "a", "f", step)).isEqualTo(error(text));
      assertThat(does("HGET a f")).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource({
      "x, 1, ERR hash value is not a float",
      "' 1', 1, ERR hash value is not a float",
      "nan, 1, ERR hash value is not a float",
      "1, x, ERR value is not a valid float",
      "1, nan, ERR value is not a valid float",
      "1, inf, ERR value is NaN or Infinity",
      "inf, 1, ERR increment would produce NaN or Infinity",
    })
    void refuses_a_value_that_is_not_a_number(String value, String step, String text)
        throws IOException {
      store.ask("HSET", "a", "f", value);

      assertThat(store.ask("HINCRBYFLOAT", "a", "f", step)).isEqualTo(error(text));
      assertThat(does("HGET a f")).isEqualTo(value);
    }

    @Test
    void leaves_no_bucket_if_it_is_refused() throws IOException {
      assertThat(does("HINCRBY a f x")).isInstanceOf(RespReader.Failure.class);
      assertThat(does("HINCRBYFLOAT a f inf")).isInstanceOf(RespReader.Failure.class);
      assertThat(does("EXISTS a")).isEqualTo(0L);
      assertThat(does("DBSIZE")).isEqualTo(0L);
    }
  }
}
