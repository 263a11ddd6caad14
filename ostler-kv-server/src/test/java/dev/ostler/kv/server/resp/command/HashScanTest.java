package dev.ostler.kv.server.resp.command;

import static dev.ostler.kv.server.resp.command.Commands.error;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.server.TimedStore;
import dev.ostler.kv.server.args.CommandError;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HSCAN and HRANDFIELD: some of a bucket's fields. */
@ExtendWith(OstlerExtension.class)
class HashScanTest {
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

  private List<?> list(String line) throws IOException {
    return (List<?>) does(line);
  }

  @Nested
  class Hrandfield {
    private void fill(int count) throws IOException {
      for (int i = 0; i < count; i++) {
        does("HSET a f" + i + " v" + i);
      }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 10, 30, 99})
    void gives_so_many_that_differ(int count) throws IOException {
      fill(100);

      List<?> fields = list("HRANDFIELD a " + count);
      assertThat(fields).hasSize(count).doesNotHaveDuplicates();
      List<?> pairs = list("HRANDFIELD a " + count + " WITHVALUES");
      assertThat(pairs).hasSize(2 * count);
      for (int i = 0; i < pairs.size(); i += 2) {
        assertThat(pairs.get(i + 1)).isEqualTo(((String) pairs.get(i)).replace('f', 'v'));
      }
    }

    @Test
    void gives_all_there_are_if_more_are_wanted() throws IOException {
      fill(10);

      assertThat(new HashSet<>(list("HRANDFIELD a 1000")))
          .isEqualTo(new HashSet<>(list("HKEYS a")));
      assertThat(list("HRANDFIELD a 9223372036854775807")).hasSize(10);
      assertThat(list("HRANDFIELD a 0")).isEmpty();
    }

    @Test
    void gives_some_twice_if_the_number_is_negative() throws IOException {
      fill(3);

      assertThat(list("HRANDFIELD a -500")).hasSize(500);
      assertThat(new HashSet<>(list("HRANDFIELD a -500"))).hasSize(3);
      assertThat(list("HRANDFIELD a -20 WITHVALUES")).hasSize(40);
    }

    @Test
    void gives_each_at_some_time() throws IOException {
      fill(10);
      var seen = new HashSet<Object>();
      for (int i = 0; i < 1000 && seen.size() < 10; i++) {
        seen.add(does("HRANDFIELD a"));
      }

      assertThat(seen).hasSize(10);
    }

    @Test
    void refuses_numbers_that_make_no_sense() throws IOException {
      does("HSET a f 1");

      assertThat(does("HRANDFIELD a x")).isEqualTo(error(CommandError.NOT_INTEGER));
      assertThat(does("HRANDFIELD a -9223372036854775808"))
          .isEqualTo(
              error(
                  "ERR value is out of range, value must between -9223372036854775807 and"
                      + " 9223372036854775807"));
      assertThat(does("HRANDFIELD a -9223372036854770000 WITHVALUES"))
          .isEqualTo(error("ERR value is out of range"));
      assertThat(does("HRANDFIELD a -9223372036854770000"))
          .isEqualTo(error("ERR the reply is larger than 2 GiB"));
      assertThat(does("HRANDFIELD a 1 VALUES")).isEqualTo(error(CommandError.SYNTAX));
      assertThat(does("HRANDFIELD a 1 WITHVALUES x")).isEqualTo(error(CommandError.SYNTAX));
    }
  }

  @Nested
  class Hscan {
    private List<Object> scan(String options) throws IOException {
      var found = new ArrayList<Object>();
      String cursor = "0";
      do {
        List<?> reply = list("HSCAN a " + cursor + options);
        cursor = (String) reply.get(0);
        found.addAll((List<?>) reply.get(1));
      } while (!cursor.equals("0"));
      return found;
    }

    @Test
    void shows_every_field_with_its_value() throws IOException {
      for (int i = 0; i < 1000; i++) {
        does("HSET a f" + i + " v" + i);
      }

      for (String options : List.of("", " COUNT 1", " COUNT 10000", " MATCH *")) {
        List<Object> all = scan(options);
        assertThat(all).as(options).hasSize(2000);
        assertThat(new HashSet<>(all)).contains("f0", "v999").hasSize(2000);
      }
      assertThat(scan(" MATCH f99?")).hasSize(20);
      assertThat(scan(" NOVALUES"))
          .containsExactlyInAnyOrderElementsOf(
              IntStream.range(0, 1000).<Object>mapToObj(i -> "f" + i).toList());
    }

    @Test
    void shows_a_small_hash_as_a_whole_from_any_cursor() throws IOException {
      does("HSET a f 1 g 2");

      for (String cursor : List.of("0", "1", "9223372036854775807", "18446744073709551615")) {
        List<?> reply = list("HSCAN a " + cursor + " COUNT 1");
        assertThat(reply.get(0)).as(cursor).isEqualTo("0");
        assertThat(List.<Object>copyOf((List<?>) reply.get(1)))
            .containsExactlyInAnyOrder("f", "1", "g", "2");
      }
    }

    @Test
    void refuses_bad_cursors_and_options() throws IOException {
      does("HSET a f 1");

      assertThat(does("HSCAN a x")).isEqualTo(error("ERR invalid cursor"));
      assertThat(does("HSCAN b x")).isEqualTo(error("ERR invalid cursor"));
      assertThat(does("HSCAN a 0 COUNT 0")).isEqualTo(error(CommandError.SYNTAX));
      assertThat(does("HSCAN a 0 COUNT x")).isEqualTo(error(CommandError.NOT_INTEGER));
      assertThat(does("HSCAN a 0 MATCH")).isEqualTo(error(CommandError.SYNTAX));
      assertThat(does("HSCAN a 0 TYPE hash")).isEqualTo(error(CommandError.SYNTAX));
    }
  }
}
