package dev.ostler.kv;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What all RESP clients of a store share. Outlives the processes that serve them; any thread may
 * use it.
 */
final class RespServer {
  private final Keyspace keyspace;
  private final Duration drainTime;
  private final Settings settings;
  private final @Nullable TlsKeys tls; // null: clients come as they are
  private final Access access = new Access();
  private final MemoryCeiling memory;
  private final Stats stats = new Stats();
  private final KeyspaceEvents events;
  private final ConcurrentMap<Long, RespClient> clients = new ConcurrentHashMap<>();
  private final AtomicLong ids = new AtomicLong();

  RespServer(
      Keyspace keyspace,
      KeyspaceEvents events,
      Settings settings,
      Duration drainTime,
      @Nullable TlsKeys tls) {
    this.tls = tls;
    this.keyspace = keyspace;
    this.settings = settings;
    this.drainTime = drainTime;
    this.events = events;
    this.memory = new MemoryCeiling(settings, keyspace.environment().memory());
  }

  CommandTable commands() {
    return CommandTable.ALL;
  }

  Keyspace keyspace() {
    return keyspace;
  }

  Settings settings() {
    return settings;
  }

  Access access() {
    return access;
  }

  MemoryCeiling memory() {
    return memory;
  }

  Stats stats() {
    return stats;
  }

  PubSub pubSub() {
    return events.pubSub();
  }

  /** Who tells what happens to buckets, and which of it. */
  KeyspaceEvents events() {
    return events;
  }

  Duration drainTime() {
    return drainTime;
  }

  /** The clients there are, by number. */
  ConcurrentMap<Long, RespClient> clients() {
    return clients;
  }

  /** The way to a client that just came; it has no process yet. */
  RespClient client(SocketChannel socket, RespLoop loop) throws IOException {
    String address = text(socket.getRemoteAddress());
    var info = new ClientInfo(ids.incrementAndGet(), address, text(socket.getLocalAddress()));
    stats.accepted();
    return new RespClient(info, wire(socket), loop);
  }

  private static String text(SocketAddress address) {
    return address instanceof InetSocketAddress inet
        ? inet.getAddress().getHostAddress() + ":" + inet.getPort()
        : String.valueOf(address);
  }

  private Wire wire(SocketChannel socket) {
    return tls == null ? Wire.plain(socket) : new TlsWire(socket, tls.engine());
  }

  /** How long a client may take until it can be talked to. */
  Duration handshakeTime() {
    return tls == null ? Duration.ZERO : tls.files().handshakeTime();
  }

  Session session(RespClient client) {
    return new Session(keyspace, this, client);
  }
}
