package dev.ostler.kv.server.top;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a terminal sends for a key. A pause in it is written as a comma. */
class KeyTest {
  private static List<Key> keys(String sent) throws IOException {
    int[] at = {0};
    Key.Source source =
        millis -> {
          if (at[0] == sent.length()) {
            return Key.Source.END;
          }
          if (sent.charAt(at[0]) == ',') {
            at[0]++;
            return Key.Source.NOTHING;
          }
          return sent.charAt(at[0]++);
        };
    var keys = new ArrayList<Key>();
    do {
      keys.add(Key.read(source));
    } while (keys.getLast().name() != Key.Name.END_OF_INPUT);
    keys.removeLast();
    return keys;
  }

  @ParameterizedTest
  @CsvSource({
    "[A, UP",
    "OA, UP",
    "[B, DOWN",
    "[C, RIGHT",
    "[D, LEFT",
    "[H, HOME",
    "[1~, HOME",
    "[F, END",
    "[4~, END",
    "[5~, PAGE_UP",
    "[6~, PAGE_DOWN",
    "OM, ENTER",
    "[3~, OTHER",
    "[1;5A, UP",
    "x, OTHER"
  })
  void after_ESC_is_a_key_of_its_own(String sent, Key.Name name) throws IOException {
    assertThat(keys("\u001b" + sent + "q")).containsExactly(new Key(name, 0), Key.character('q'));
  }

  @Test
  void may_be_ESC_alone() throws IOException {
    assertThat(keys("\u001b,q")).containsExactly(new Key(Key.Name.ESCAPE, 0), Key.character('q'));
  }

  @Test
  void may_be_of_one_character() throws IOException {
    assertThat(keys("aé\r\n\b\u007f\u0001"))
        .extracting(Key::name)
        .containsExactly(
            Key.Name.CHARACTER,
            Key.Name.CHARACTER,
            Key.Name.ENTER,
            Key.Name.ENTER,
            Key.Name.BACKSPACE,
            Key.Name.BACKSPACE,
            Key.Name.OTHER);
  }

  @Test
  void may_end_the_input() throws IOException {
    assertThat(keys("\u0004")).isEmpty();
    assertThat(keys("")).isEmpty();
  }
}
