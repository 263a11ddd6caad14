package dev.ostler.kv.server;

import dev.ostler.kv.Cluster;
import dev.ostler.kv.Endpoint;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.server.admin.AdminEndpoint;
import dev.ostler.kv.server.net.Ports;
import dev.ostler.observer.Observer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The endpoint {@code admin}: metrics for Prometheus, the server's health, and the page that shows
 * its processes, over HTTP on a port. An immutable value, usable by any thread; each method returns
 * a changed copy.
 *
 * <p>{@code /metrics} are the figures; {@code /health/live} and {@code /health/ready} are 200 or
 * 503, with the reason. They can be read only, and without a password. So {@link Kv#open} refuses
 * an address that other machines can reach, unless {@link #insecureBind} allows it. The rest is an
 * {@link Observer}: it needs its {@link #token} for all reading from elsewhere, and for each
 * change.
 *
 * <p>Endpoints end in reverse order. If this one is added first, it answers until the others have
 * ended.
 */
public final class Admin implements Endpoint {
  private final int port;
  private InetAddress address = InetAddress.getLoopbackAddress();
  private boolean insecure;
  private Set<String> hosts = Set.of();
  private Observer.Spec observer = Observer.on(0).name("kv");
  private Duration answerTime = Duration.ofSeconds(1);
  private @Nullable Cluster node; // null: the store is on one node

  private Admin(int port) {
    this.port = port;
  }

  private Admin copy() {
    var copy = new Admin(port);
    copy.address = address;
    copy.insecure = insecure;
    copy.hosts = hosts;
    copy.observer = observer;
    copy.answerTime = answerTime;
    copy.node = node;
    return copy;
  }

  /**
   * Listens on this port of the loopback address.
   *
   * @param port 0 to 65,535; 0 for any free port, see {@link Kv#port}
   */
  public static Admin on(int port) {
    return new Admin(Ports.check("the admin endpoint's port", port));
  }

  /** Listens on this address instead. */
  public Admin bind(InetAddress newAddress) {
    var copy = copy();
    copy.address = Objects.requireNonNull(newAddress, "newAddress");
    return copy;
  }

  /** Sets whether the endpoint may listen on an address that other machines can reach. */
  public Admin insecureBind(boolean allowed) {
    var copy = copy();
    copy.insecure = allowed;
    return copy;
  }

  /**
   * Sets the names by which clients may address the endpoint, besides {@code localhost} and
   * addresses. A request for another name is refused, because it may come from a web page.
   */
  public Admin hosts(String... names) {
    var copy = copy();
    copy.hosts = Set.of(names);
    copy.observer = observer.hosts(names);
    return copy;
  }

  /**
   * Sets the token that is needed to change something through the page, and to read it from
   * elsewhere; by default it is random.
   *
   * @param token as {@link Observer.Spec#token}
   */
  public Admin token(String token) {
    var copy = copy();
    copy.observer = observer.token(token);
    return copy;
  }

  /** Sets whether processes can be suspended, killed and so on; the default is true. */
  public Admin actions(boolean allowed) {
    var copy = copy();
    copy.observer = observer.actions(allowed);
    return copy;
  }

  /** Shows the nodes of a store on several, too; whether it is ready depends on them. */
  public Admin node(Cluster newNode) {
    var copy = copy();
    copy.node = Objects.requireNonNull(newNode, "newNode");
    return copy;
  }

  /** Sets how long a process or the disk may take until the server is unhealthy, for tests. */
  Admin answerTime(Duration time) {
    var copy = copy();
    copy.answerTime = time;
    return copy;
  }

  @Override
  public String name() {
    return "admin";
  }

  @Override
  public void check() {
    if (!address.isLoopbackAddress() && !insecure) {
      throw new IllegalArgumentException(
          "the admin endpoint has no passwords, so it is offered on a loopback address only, not"
              + " on "
              + address.getHostAddress()
              + ", unless that is allowed with --insecure-bind (Admin.insecureBind)");
    }
  }

  /**
   * Opens the port.
   *
   * @throws KvException.CannotListen if the port cannot be opened
   */
  @Override
  public Bound bind(Kv kv) {
    return new AdminEndpoint(
        Store.of(kv), new InetSocketAddress(address, port), hosts, answerTime, observer, node);
  }

  @Override
  public String toString() {
    return "admin endpoint on " + Ports.text(new InetSocketAddress(address, port));
  }
}
