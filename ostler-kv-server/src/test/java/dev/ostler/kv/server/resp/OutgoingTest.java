package dev.ostler.kv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.net.Wire;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.Test;

/** Replies that wait for the end of the loop's turn are in buffers of the loop. */
class OutgoingTest {
  private final RespBuffers buffers = new RespBuffers(false);
  private final Outgoing outgoing = new Outgoing();
  private final StringBuilder written = new StringBuilder();
  private int accepts = Integer.MAX_VALUE;

  private final Wire wire =
      new Wire() {
        @Override
        public int read(ByteBuffer to) {
          return -1;
        }

        @Override
        public void write(ByteBuffer from) {
          for (; accepts > 0 && from.hasRemaining(); accepts--) {
            written.append((char) from.get());
          }
        }

        @Override
        public SocketChannel channel() {
          throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
      };

  private ByteBuffer defer(String text) {
    outgoing.defer(ByteBuffer.wrap(Bytes.array(text)), buffers);
    return outgoing.waiting();
  }

  private void write(String text) throws IOException {
    outgoing.write(wire, text.isEmpty() ? null : ByteBuffer.wrap(Bytes.array(text)), buffers);
  }

  @Test
  void the_next_client_gets_the_same_buffer() throws IOException {
    ByteBuffer first = defer("one ");
    write("");
    assertThat(outgoing.isEmpty()).isTrue();
    assertThat(defer("two ")).isSameAs(first);
    write("three");
    assertThat(written).hasToString("one two three");
  }

  @Test
  void a_buffer_that_is_too_small_is_not_used_again() throws IOException {
    defer("x");
    write("");
    defer("y".repeat(5000));
    write("");
    assertThat(written).hasToString("x" + "y".repeat(5000));
  }

  /** It would keep the buffer for as long as it does not read. */
  @Test
  void a_client_that_does_not_read_all_has_the_rest_to_itself() throws IOException {
    accepts = 2;
    ByteBuffer first = defer("abcd");
    write("ef");
    assertThat(outgoing.waiting()).isNotSameAs(first);
    assertThat(outgoing.bytes()).isEqualTo(4);
    assertThat(buffers.copied(ByteBuffer.allocate(1))).isSameAs(first);
    accepts = 10;
    write("");
    assertThat(written).hasToString("abcdef");
    assertThat(outgoing.isEmpty()).isTrue();
  }

  @Test
  void more_may_follow_what_waits() throws IOException {
    defer("ab");
    outgoing.add(ByteBuffer.wrap(Bytes.array("cd")));
    write("ef");
    assertThat(written).hasToString("abcdef");
  }
}
