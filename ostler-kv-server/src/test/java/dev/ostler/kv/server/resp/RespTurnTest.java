package dev.ostler.kv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.net.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** When replies are written to clients that their loop finds ready at the same time. */
@ExtendWith(OstlerExtension.class)
class RespTurnTest {
  private static final String READ = "read";
  private static final String WRITTEN = "written";

  private final Kv kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
  private final List<SocketChannel> peers = new ArrayList<>();
  private final List<RespClient> clients = new ArrayList<>();
  private final List<String> events = Collections.synchronizedList(new ArrayList<>());
  private RespLoop loop;
  private ServerSocketChannel listener;

  @BeforeEach
  void open() throws IOException {
    loop = new RespLoop("loop of a test");
    listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  @AfterEach
  void close() throws IOException {
    loop.end();
    listener.close();
    for (SocketChannel peer : peers) {
      peer.close();
    }
    kv.close();
  }

  /** A wire that records what the loop does with it. */
  private class Noted implements Wire {
    private final Wire socket;

    Noted(Wire socket) {
      this.socket = socket;
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
      int count = socket.read(to);
      if (count > 0) {
        events.add(READ);
      }
      return count;
    }

    @Override
    public void write(ByteBuffer from) throws IOException {
      if (from.hasRemaining()) {
        events.add(WRITTEN);
      }
      socket.write(from);
    }

    @Override
    public SocketChannel channel() {
      return socket.channel();
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  /** A client whose command is there before the loop starts. */
  private void asks(String... words) throws IOException {
    asks(new Noted(connected()), words);
  }

  private Wire connected() throws IOException {
    peers.add(SocketChannel.open(listener.getLocalAddress()));
    SocketChannel served = listener.accept();
    served.configureBlocking(false);
    return Wire.plain(served);
  }

  private void asks(Wire wire, String... words) throws IOException {
    peers.getLast().write(ByteBuffer.wrap(RespPeer.encoded(words)));
    try (var arrived = Selector.open()) {
      wire.channel().register(arrived, SelectionKey.OP_READ);
      assertThat(arrived.select()).isEqualTo(1);
    }
    var client = new RespClient(new ClientInfo(clients.size(), "a", "b"), wire, loop);
    var session = new Session(Store.of(kv).keyspace(), RespPeer.server(kv), client);
    client.process(GenServer.of(() -> new RespConnection(client, session)).direct().start());
    client.interest(SelectionKey.OP_READ);
    clients.add(client);
  }

  private String reply(int client, int length) throws IOException {
    var bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && peers.get(client).read(bytes) >= 0) {
      // continue
    }
    return Bytes.of(bytes.array(), 0, bytes.position());
  }

  private static Stream<String> times(int count, String event) {
    return Stream.generate(() -> event).limit(count);
  }

  @Test
  void small_replies_are_written_once_all_ready_clients_were_served() throws Exception {
    for (int i = 0; i < 3; i++) {
      asks("PING");
    }
    loop.start();
    for (int i = 0; i < 3; i++) {
      assertThat(reply(i, 7)).isEqualTo("+PONG\r\n");
    }
    assertThat(events).containsExactly(READ, READ, READ, WRITTEN, WRITTEN, WRITTEN);
  }

  @Test
  void no_reply_waits_for_more_than_sixty_three_others() throws Exception {
    for (int i = 0; i < 70; i++) {
      asks("PING");
    }
    loop.start();
    for (int i = 0; i < 70; i++) {
      assertThat(reply(i, 7)).isEqualTo("+PONG\r\n");
    }
    assertThat(events)
        .containsExactlyElementsOf(
            Stream.of(times(64, READ), times(64, WRITTEN), times(6, READ), times(6, WRITTEN))
                .flatMap(each -> each)
                .toList());
  }

  @Test
  void large_replies_leave_at_once() throws Exception {
    String large = "v".repeat(20_000);
    kv.create("b").put("k", large);
    asks("HGET", "b", "k");
    asks("HGET", "b", "k");
    loop.start();
    for (int i = 0; i < 2; i++) {
      assertThat(reply(i, 20_010)).isEqualTo("$20000\r\n" + large + "\r\n");
    }
    assertThat(events).containsExactly(READ, WRITTEN, READ, WRITTEN);
  }

  @Test
  void what_the_socket_does_not_take_then_follows() throws Exception {
    var wire = connected();
    var hesitant =
        new Noted(wire) {
          private boolean first = true;

          @Override
          public void write(ByteBuffer from) throws IOException {
            int end = from.limit();
            if (first && from.hasRemaining()) {
              from.limit(from.position() + 3);
              first = false;
            }
            super.write(from);
            from.limit(end);
          }
        };
    asks(hesitant, "PING");
    loop.start();
    assertThat(reply(0, 7)).isEqualTo("+PONG\r\n");
    assertThat(events).containsExactly(READ, WRITTEN, WRITTEN);
  }

  @Test
  void a_client_without_memory_for_the_work_of_its_wire_is_disconnected() throws Exception {
    var starving =
        new Noted(connected()) {
          @Override
          public boolean hasWork() {
            return true;
          }

          @Override
          public void work() {
            throw new OutOfMemoryError("of a test");
          }
        };
    asks(starving, "PING");
    loop.start();
    assertThat(reply(0, 7)).isEmpty();
  }

  @Test
  void a_client_that_is_ended_before_the_turn_ends_gets_its_replies() throws Exception {
    asks("PING");
    var wire = connected();
    var fatal =
        new Noted(wire) {
          @Override
          public int read(ByteBuffer to) throws IOException {
            clients.forEach(client -> client.pid().exit(ExitReason.SHUTDOWN));
            return super.read(to);
          }
        };
    asks(fatal, "PING");
    loop.start();
    assertThat(reply(0, 8)).isEqualTo("+PONG\r\n"); // and then the end
  }
}
