package dev.ostler.kv.server;

import dev.ostler.kv.Endpoint;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Optional;

/**
 * A store in memory with RESP on a free port, for the tests of a program that is a client of KV or
 * Redis. It takes the place of a container: it runs in the JVM of the tests, and is ready when
 * {@link #start} returns.
 *
 * <p>Any thread may use it. Each server has a store of its own, so tests with servers of their own
 * can run in parallel. JUnit closes a field that has the annotation {@code AutoClose}.
 */
public final class KvServer implements AutoCloseable {
  private final Kv kv;

  private KvServer(Kv kv) {
    this.kv = kv;
  }

  /**
   * Starts a server.
   *
   * @param endpoints what it offers besides RESP, such as {@code LineProtocol.on(0)}; their ports
   *     are {@code kv().port("line")} and so on. A {@link Resp} among them, for example with TLS or
   *     a password, takes the place of the one without.
   * @throws IllegalArgumentException if two endpoints have the same name
   */
  public static KvServer start(Endpoint... endpoints) {
    KvConfig config = KvConfig.inMemory();
    for (Endpoint endpoint : endpoints) {
      config = config.with(endpoint);
    }
    if (resp(config).isEmpty()) {
      config = config.with(Resp.on(0));
    }
    return new KvServer(Kv.open(config));
  }

  private static Optional<Resp> resp(KvConfig config) {
    return config.endpoints().stream()
        .filter(Resp.class::isInstance)
        .map(Resp.class::cast)
        .findFirst();
  }

  /** The address on which RESP listens, in digits. */
  public String host() {
    return address().getAddress().getHostAddress();
  }

  /** The port of RESP. */
  public int port() {
    return address().getPort();
  }

  /**
   * The address of RESP, in the form that clients of Redis take: {@code redis://127.0.0.1:40123},
   * or {@code rediss:} if it serves TLS. A password is not in it.
   */
  public URI uri() {
    boolean encrypted = resp(kv.config()).orElseThrow().isEncrypted();
    String host = host();
    return URI.create(
        (encrypted ? "rediss://" : "redis://")
            + (host.contains(":") ? "[" + host + "]" : host)
            + ":"
            + port());
  }

  /** The store behind it, to prepare it or to look into it; {@link #close} closes it. */
  public Kv kv() {
    return kv;
  }

  private InetSocketAddress address() {
    return kv.address("resp");
  }

  /** Ends the server, and the store with it. Closing twice changes nothing. */
  @Override
  public void close() {
    kv.close();
  }

  @Override
  public String toString() {
    return "KvServer[" + uri() + "]";
  }
}
