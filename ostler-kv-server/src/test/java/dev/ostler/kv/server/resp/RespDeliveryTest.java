package dev.ostler.kv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.GenServer;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.net.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Pushed messages for a client whose socket is full for a very short time. */
@ExtendWith(OstlerExtension.class)
class RespDeliveryTest {
  private static final byte[] MESSAGE = new byte[100_000]; // large enough to be written separately

  /** Leaves one byte of its first input, and accepts everything later. */
  private static final class Wavering implements Wire {
    private final SocketChannel channel;
    private boolean wavers = true;
    private long taken;

    Wavering(SocketChannel channel) {
      this.channel = channel;
    }

    @Override
    public int read(ByteBuffer to) {
      return 0;
    }

    @Override
    public void write(ByteBuffer from) {
      int left = wavers && from.hasRemaining() ? 1 : 0;
      wavers &= left == 0;
      taken += from.remaining() - left;
      from.position(from.limit() - left);
    }

    @Override
    public SocketChannel channel() {
      return channel;
    }

    @Override
    public void close() {}
  }

  @Test
  void is_written_completely_before_the_connection_closes() throws Exception {
    var loop = new RespLoop("loop of a test");
    try (Kv kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
        var listener = ServerSocketChannel.open()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      try (SocketChannel channel = SocketChannel.open(listener.getLocalAddress())) {
        loop.start();
        assertThat(takenOf(3, kv, loop, new Wavering(channel))).isEqualTo(3L * MESSAGE.length);
      }
    } finally {
      loop.end();
    }
  }

  private static long takenOf(int messages, Kv kv, RespLoop loop, Wavering wire)
      throws IOException {
    wire.channel().configureBlocking(false);
    var client = new RespClient(new ClientInfo(1, "a", "b"), wire, loop);
    var session = new Session(Store.of(kv).keyspace(), RespPeer.server(kv), client);
    client.process(GenServer.of(() -> new RespConnection(client, session)).direct().start());
    var subscription = new Subscription(client, "news");
    var taken = new CompletableFuture<Long>();
    loop.execute(
        () -> {
          for (int i = 0; i < messages; i++) {
            subscription.push(new Message(MESSAGE));
          }
          loop.execute(() -> taken.complete(wire.taken)); // after the event for the messages
        });
    return taken.join();
  }
}
