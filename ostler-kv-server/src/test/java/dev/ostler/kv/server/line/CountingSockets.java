package dev.ostler.kv.server.line;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/** A server socket that counts the server's writes to its clients. Any thread may use it. */
final class CountingSockets extends ServerSocket {
  private final AtomicInteger writes;

  private CountingSockets(AtomicInteger writes) throws IOException {
    this.writes = writes;
  }

  static ServerSocket bind(InetSocketAddress address, AtomicInteger writes) throws IOException {
    var socket = new CountingSockets(writes);
    socket.bind(address);
    return socket;
  }

  @Override
  public Socket accept() throws IOException {
    var socket = new Counted(writes);
    implAccept(socket);
    return socket;
  }

  private static final class Counted extends Socket {
    private final AtomicInteger writes;

    Counted(AtomicInteger writes) {
      this.writes = writes;
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
      return new FilterOutputStream(super.getOutputStream()) {
        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
          writes.incrementAndGet();
          out.write(bytes, from, count);
        }

        @Override
        public void write(int single) throws IOException {
          writes.incrementAndGet();
          out.write(single);
        }
      };
    }
  }
}
