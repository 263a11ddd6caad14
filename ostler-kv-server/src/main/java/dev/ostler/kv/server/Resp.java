package dev.ostler.kv.server;

import dev.ostler.kv.Cluster;
import dev.ostler.kv.Endpoint;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.server.net.Descriptors;
import dev.ostler.kv.server.net.Ports;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.NodeRole;
import dev.ostler.kv.server.resp.RespEndpoint;
import dev.ostler.kv.server.resp.RespOptions;
import dev.ostler.kv.server.resp.RespServer;
import dev.ostler.kv.server.resp.command.AllCommands;
import dev.ostler.kv.server.resp.command.FollowerCommands;
import dev.ostler.kv.server.tls.TlsKeys;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The endpoint {@code resp}: RESP, the protocol of Redis and its clients, on a port. An immutable
 * value, usable by any thread; each method returns a changed copy.
 *
 * <p>{@link Kv#open} refuses an address that other machines can reach, unless the {@linkplain
 * #clients rules for clients} have a password or a file of users.
 */
public final class Resp implements Endpoint {
  private final int port;
  private InetAddress address = InetAddress.getLoopbackAddress();
  private int maxConnections = 10_000;
  private @Nullable TlsFiles tls; // null: no TLS
  private ClientRules clients = ClientRules.open();
  private @Nullable NodeRole role; // null: the store is on one node

  private Resp(int port) {
    this.port = port;
  }

  private Resp copy() {
    var copy = new Resp(port);
    copy.address = address;
    copy.maxConnections = maxConnections;
    copy.tls = tls;
    copy.clients = clients;
    copy.role = role;
    return copy;
  }

  /**
   * Listens on this port of the loopback address.
   *
   * @param port 0 to 65,535; 0 for any free port, see {@link Kv#port}
   */
  public static Resp on(int port) {
    return new Resp(Ports.check("the port of RESP", port));
  }

  /** Listens on this address instead. */
  public Resp bind(InetAddress newAddress) {
    var copy = copy();
    copy.address = Objects.requireNonNull(newAddress, "newAddress");
    return copy;
  }

  /** Serves TLS 1.3 only. Older versions and clients without TLS are refused. */
  public Resp tls(TlsFiles files) {
    var copy = copy();
    copy.tls = Objects.requireNonNull(files, "files");
    return copy;
  }

  /** Sets what clients must present, and how much they may use. */
  public Resp clients(ClientRules rules) {
    var copy = copy();
    copy.clients = Objects.requireNonNull(rules, "rules");
    return copy;
  }

  /**
   * Limits how many connections are open at a time; the default is 10,000. A client above the limit
   * gets an error and is disconnected.
   *
   * @param most at least 1
   */
  public Resp maxConnections(int most) {
    var copy = copy();
    copy.maxConnections = Ports.atLeastOne("the number of connections", most);
    return copy;
  }

  /** Serves the store that this node has because it leads. */
  public Resp leading(Cluster node) {
    return as(new NodeRole(node, true));
  }

  /**
   * Serves the standby of a node that does not lead: commands on buckets and channels are answered
   * with the leader's address, as Redis's {@code MOVED}.
   */
  public Resp following(Cluster node) {
    return as(new NodeRole(node, false));
  }

  private Resp as(NodeRole newRole) {
    var copy = copy();
    copy.role = newRole;
    return copy;
  }

  /** Whether the endpoint serves TLS only. */
  public boolean isEncrypted() {
    return tls != null;
  }

  @Override
  public String name() {
    return "resp";
  }

  @Override
  public void check() {
    if (!address.isLoopbackAddress() && !clients.settings().isGuarded()) {
      throw new IllegalArgumentException(
          "RESP is offered on a loopback address only, not on "
              + address.getHostAddress()
              + ", unless there is a password or a file of users: --password-file, KV_PASSWORD or"
              + " --acl-file (Resp.clients)");
    }
  }

  /**
   * Opens the port.
   *
   * @throws KvException.CannotListen if the port cannot be opened
   * @throws KvException.NoTls if the files for TLS cannot be used
   */
  @Override
  public Bound bind(Kv kv) {
    int files = Descriptors.clients(kv.config());
    var options =
        new RespOptions(
            new InetSocketAddress(address, port),
            Math.min(maxConnections, files),
            files,
            kv.config().drainTime(),
            clients.settings(),
            tls == null ? null : new TlsKeys(tls.settings()),
            role);
    CommandTable commands = role == null || role.leads() ? AllCommands.ALL : FollowerCommands.ALL;
    return new RespEndpoint(new RespServer(Store.of(kv), commands, options), options.address());
  }

  @Override
  public String toString() {
    return "RESP on " + Ports.text(new InetSocketAddress(address, port));
  }
}
