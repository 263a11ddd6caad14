package dev.ostler.kv.server.resp;

import dev.ostler.Child;
import dev.ostler.DynamicSupervisor;
import dev.ostler.GenServer;
import dev.ostler.Name;
import dev.ostler.Shutdown;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.kv.Endpoint;
import dev.ostler.kv.KvException;
import java.net.InetSocketAddress;
import java.time.Duration;

/** RESP on an open port, with the processes behind it. Used by the thread that opens the store. */
public final class RespEndpoint implements Endpoint.Bound {
  /**
   * After more restarts than this within the period, the endpoint ends, and the store's supervisor
   * restarts it.
   */
  private static final int RESTARTS = 10;

  private static final Duration WITHIN = Duration.ofSeconds(10);

  /** The time that connections get in addition to the drain time. */
  private static final Duration CLOSE_TIME = Duration.ofSeconds(1);

  private final Name<DynamicSupervisor> connections = Name.unique("kv resp connections");
  private final Name<RespClients> clients = Name.unique("kv resp clients");
  private final RespServer server;
  private final RespListener listener;

  /**
   * Opens the port.
   *
   * @throws KvException.CannotListen if the port cannot be opened
   */
  public RespEndpoint(RespServer server, InetSocketAddress address) {
    this.server = server;
    this.listener = RespListener.bind(address, clients);
  }

  /** What all clients share. */
  public RespServer server() {
    return server;
  }

  @Override
  public InetSocketAddress address() {
    return listener.address();
  }

  /**
   * The supervisor of its processes. Each child needs those before it: the listener needs the
   * process that counts clients, and that one needs the supervisor of connections.
   */
  @Override
  public Child<?> child() {
    return Supervisor.of(Strategy.ONE_FOR_ONE)
        .label("kv resp")
        .intensity(RESTARTS, WITHIN)
        .child(
            DynamicSupervisor.of()
                .named(connections)
                .label("kv resp connections")
                .shutdown(Shutdown.after(server.drainTime().plus(CLOSE_TIME))))
        .child(
            GenServer.of(() -> new RespClients(server, DynamicSupervisor.at(connections)))
                .named(clients)
                .label("kv resp clients"))
        .child(listener.child());
  }

  @Override
  public void close() {
    listener.close();
  }
}
