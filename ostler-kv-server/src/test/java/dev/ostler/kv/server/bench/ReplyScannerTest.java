package dev.ostler.kv.server.bench;

import static dev.ostler.kv.server.bench.ReplyScanner.Reply.ERROR;
import static dev.ostler.kv.server.bench.ReplyScanner.Reply.NIL;
import static dev.ostler.kv.server.bench.ReplyScanner.Reply.VALUE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replies, whose bytes arrive in any pieces. */
class ReplyScannerTest {
  /** Gives so many bytes at a time as chance will. */
  private static final class Pieces extends ByteArrayInputStream {
    private final SplittableRandom random;
    private final int most;

    Pieces(String bytes, long seed, int most) {
      super(bytes.getBytes(StandardCharsets.ISO_8859_1));
      this.random = new SplittableRandom(seed);
      this.most = most;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
      return super.read(bytes, offset, Math.min(length, random.nextInt(1, most + 1)));
    }
  }

  private static ReplyScanner scanner(InputStream in) {
    return new ReplyScanner(in, () -> 0);
  }

  private static ReplyScanner scanner(String bytes) {
    return scanner(new Pieces(bytes, 1, 100_000));
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void are_understood_however_they_are_cut(long seed) throws IOException {
    String all =
        "+OK\r\n:12\r\n$3\r\na\r\n\r\n$-1\r\n$0\r\n\r\n-ERR no\r\n*2\r\n$1\r\na\r\n*1\r\n:1\r\n"
            + "*-1\r\n*0\r\n%1\r\n+a\r\n+b\r\n_\r\n#t\r\n,1.5\r\n=5\r\ntxt:a\r\n!5\r\nERR x\r\n(12\r\n"
            + "$70000\r\n"
            + "x".repeat(70_000)
            + "\r\n:-1\r\n";
    for (int most : new int[] {1, 7, 5000}) {
      ReplyScanner scanner = scanner(new Pieces(all, seed, most));
      for (ReplyScanner.Reply expected :
          new ReplyScanner.Reply[] {
            VALUE, VALUE, VALUE, NIL, VALUE, ERROR, VALUE, NIL, VALUE, VALUE, NIL, VALUE, VALUE,
            VALUE, ERROR, VALUE, VALUE, VALUE
          }) {
        assertThat(scanner.next()).isEqualTo(expected);
      }
      assertThatThrownBy(scanner::next).isInstanceOf(EOFException.class);
    }
  }

  @Test
  void tell_the_text_of_an_error() throws IOException {
    ReplyScanner scanner = scanner("+OK\r\n-WRONGTYPE not é\r\n+OK\r\n");
    scanner.next();
    scanner.next();
    scanner.next();

    assertThat(scanner.error()).startsWith("WRONGTYPE not");
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1 400\r\n", "$x\r\n", "$\r\n", "*99999999999999999999\r\n"})
  void that_are_none_of_RESP_are_refused(String bytes) {
    assertThatThrownBy(() -> scanner(bytes).next())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("expected a");
  }

  @Test
  void that_are_too_deep_or_have_no_end_are_refused() {
    assertThatThrownBy(() -> scanner("*1\r\n".repeat(100)).next()).hasMessageContaining("at most");
    assertThatThrownBy(() -> scanner("+" + "x".repeat(100_000)).next())
        .hasMessageContaining("the end of a line");
  }
}
