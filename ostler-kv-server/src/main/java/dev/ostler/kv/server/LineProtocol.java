package dev.ostler.kv.server;

import dev.ostler.kv.Endpoint;
import dev.ostler.kv.Kv;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.server.line.LineEndpoint;
import dev.ostler.kv.server.line.LineListener;
import dev.ostler.kv.server.net.Descriptors;
import dev.ostler.kv.server.net.Ports;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;

/**
 * The endpoint {@code line}: the line protocol on a port. An immutable value, usable by any thread;
 * each method returns a changed copy.
 *
 * <p>The protocol has no passwords. So {@link Kv#open} refuses an address that other machines can
 * reach, unless {@link #insecureBind} allows it.
 */
public final class LineProtocol implements Endpoint {
  private final int port;
  private InetAddress address = InetAddress.getLoopbackAddress();
  private boolean insecure;
  private int maxConnections = 10_000;
  private int maxBacklogBytes = 1024 * 1024;
  private LineListener.Binder binder = LineListener::plain;

  private LineProtocol(int port) {
    this.port = port;
  }

  private LineProtocol copy() {
    var copy = new LineProtocol(port);
    copy.address = address;
    copy.insecure = insecure;
    copy.maxConnections = maxConnections;
    copy.maxBacklogBytes = maxBacklogBytes;
    copy.binder = binder;
    return copy;
  }

  /**
   * Listens on this port of the loopback address.
   *
   * @param port 0 to 65,535; 0 for any free port, see {@link Kv#port}
   */
  public static LineProtocol on(int port) {
    return new LineProtocol(Ports.check("the line protocol's port", port));
  }

  /** Listens on this address instead. */
  public LineProtocol bind(InetAddress newAddress) {
    var copy = copy();
    copy.address = Objects.requireNonNull(newAddress, "newAddress");
    return copy;
  }

  /** Sets whether the endpoint may listen on an address that other machines can reach. */
  public LineProtocol insecureBind(boolean allowed) {
    var copy = copy();
    copy.insecure = allowed;
    return copy;
  }

  /**
   * Limits how many connections are open at a time; the default is 10,000. A client above the limit
   * gets an error and is disconnected.
   *
   * @param most at least 1
   */
  public LineProtocol maxConnections(int most) {
    var copy = copy();
    copy.maxConnections = Ports.atLeastOne("the number of connections", most);
    return copy;
  }

  /**
   * Limits how many bytes may wait for one subscriber; the default is 1 MiB. A subscriber that
   * reads too slowly to stay below the limit is disconnected.
   *
   * @param most at least 1
   */
  public LineProtocol maxBacklogBytes(int most) {
    var copy = copy();
    copy.maxBacklogBytes = Ports.atLeastOne("the backlog of a subscriber", most);
    return copy;
  }

  int maxConnections() {
    return maxConnections;
  }

  int maxBacklogBytes() {
    return maxBacklogBytes;
  }

  /** Uses server sockets made by a test. */
  LineProtocol binder(LineListener.Binder newBinder) {
    var copy = copy();
    copy.binder = newBinder;
    return copy;
  }

  @Override
  public String name() {
    return "line";
  }

  @Override
  public void check() {
    if (!address.isLoopbackAddress() && !insecure) {
      throw new IllegalArgumentException(
          "the line protocol has no passwords, so it is offered on a loopback address only, not on "
              + address.getHostAddress()
              + ", unless that is allowed with --insecure-bind (LineProtocol.insecureBind)");
    }
  }

  @Override
  public Bound bind(Kv kv) {
    int limit = Math.min(maxConnections, Descriptors.clients(kv.config()));
    return new LineEndpoint(
        Store.of(kv),
        new InetSocketAddress(address, port),
        binder,
        limit,
        maxBacklogBytes,
        kv.config().drainTime());
  }

  @Override
  public String toString() {
    return "line protocol on " + Ports.text(new InetSocketAddress(address, port));
  }
}
