package dev.ostler.kv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;

/**
 * Any bytes, in any pieces: the parser comes to an end with the same commands or the same error,
 * and, as {@link Feed} sees to, with no more memory than it needs. Run by Jazzer's thread.
 */
class ParserFuzzTest {
  /**
   * The first byte says how many pieces there are; so many bytes follow, each a piece's length; the
   * rest is what is parsed. The last piece has all that is left.
   */
  @FuzzTest
  void the_same_comes_out_however_it_is_cut(byte[] input) {
    int cuts = input.length == 0 ? 0 : Math.min(input[0] & 0x1f, input.length - 1);
    byte[] bytes = Arrays.copyOfRange(input, Math.min(cuts + 1, input.length), input.length);
    int[] places = new int[cuts];
    int at = 0;
    for (int i = 0; i < cuts; i++) {
      at = Math.min(at + (input[i + 1] & 0xff), bytes.length);
      places[i] = at;
    }
    assertThat(Feed.cut(bytes, places)).isEqualTo(Feed.whole(bytes));
  }
}
