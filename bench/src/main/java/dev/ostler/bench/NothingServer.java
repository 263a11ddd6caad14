package dev.ostler.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A server that does nothing: what redis-benchmark can ask for at most, of whatever store. One
 * thread reads, counts the commands of a client by their length, which with redis-benchmark is the
 * same for all, and writes as many of the same reply. It never sleeps, so that nobody has to wake
 * it.
 */
public final class NothingServer {
  private static final Map<String, String> REPLIES =
      Map.of(
          "hset", ":0\r\n", "hget", "$5\r\nvalue\r\n", "set", "+OK\r\n", "get", "$5\r\nvalue\r\n");

  /** How many bytes are read at once, at most; a command has more than sixteen. */
  private static final int MOST = 64 * 1024;

  private static final class Client {
    private int length; // of each command; 0 while unknown
    private int read; // of the command that is coming in
    private ByteBuffer replies = ByteBuffer.allocate(0);
    private int reply; // the length of one
  }

  private final Map<String, ByteBuffer> prepared = new HashMap<>();
  private final ByteBuffer in = ByteBuffer.allocateDirect(MOST);
  private final List<Runnable> writes = new ArrayList<>();

  private NothingServer() {
    REPLIES.forEach(
        (name, reply) -> {
          byte[] all = reply.repeat(MOST / 16).getBytes(StandardCharsets.ISO_8859_1);
          prepared.put(name, ByteBuffer.allocateDirect(all.length).put(all));
        });
  }

  /** {@code PORT}: serves until it is killed. */
  public static void main(String[] args) throws IOException {
    new NothingServer().serve(Integer.parseInt(args[0]));
  }

  private void serve(int port) throws IOException {
    try (Selector selector = Selector.open();
        var listener = ServerSocketChannel.open()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      listener.configureBlocking(false);
      listener.register(selector, SelectionKey.OP_ACCEPT);
      while (true) {
        selector.selectNow(key -> ready(selector, listener, key));
        writes.forEach(Runnable::run);
        writes.clear();
      }
    }
  }

  private void ready(Selector selector, ServerSocketChannel listener, SelectionKey key) {
    try {
      if (key.attachment() instanceof Client client) {
        answer((SocketChannel) key.channel(), client);
      } else {
        SocketChannel accepted = listener.accept();
        accepted.configureBlocking(false);
        accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
        accepted.register(selector, SelectionKey.OP_READ, new Client());
      }
    } catch (IOException e) {
      key.cancel(); // the client is gone
    }
  }

  private void answer(SocketChannel channel, Client client) throws IOException {
    int count = channel.read(in.clear());
    if (count < 0) {
      channel.close();
      return;
    }
    if (client.length == 0 && !learn(client)) {
      channel.write(ByteBuffer.wrap("+PONG\r\n".getBytes(StandardCharsets.ISO_8859_1)));
      return;
    }
    client.read += count;
    int commands = client.read / client.length;
    client.read %= client.length;
    writes.add(() -> write(channel, client, commands * client.reply));
  }

  private static void write(SocketChannel channel, Client client, int bytes) {
    try {
      ByteBuffer replies = client.replies.limit(bytes).position(0);
      while (replies.hasRemaining()) {
        channel.write(replies);
      }
    } catch (IOException e) {
      // The client is gone.
    }
  }

  /** Looks at the first command; false if it is not one of those that are measured. */
  private boolean learn(Client client) {
    String text = StandardCharsets.ISO_8859_1.decode(in.flip()).toString();
    String[] lines = text.split("\r\n", -1);
    if (lines.length < 3 || !REPLIES.containsKey(lines[2])) {
      return false;
    }
    int words = Integer.parseInt(lines[0].substring(1));
    for (int i = 0; i <= 2 * words; i++) {
      client.length += lines[i].length() + 2;
    }
    client.reply = REPLIES.get(lines[2]).length();
    client.replies = prepared.get(lines[2]).duplicate();
    return true;
  }
}
