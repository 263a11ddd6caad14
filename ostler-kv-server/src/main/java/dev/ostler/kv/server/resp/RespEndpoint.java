package dev.ostler.kv.server.resp;

import dev.ostler.Child;
import dev.ostler.DynamicSupervisor;
import dev.ostler.GenServer;
import dev.ostler.Name;
import dev.ostler.kv.Endpoint;
import dev.ostler.kv.KvException;
import dev.ostler.kv.server.net.EndpointTree;
import java.net.InetSocketAddress;

/** RESP on an open port, with the processes behind it. Used by the thread that opens the store. */
public final class RespEndpoint implements Endpoint.Bound {
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
    return EndpointTree.supervisor()
        .label("kv resp")
        .child(
            DynamicSupervisor.of()
                .named(connections)
                .label("kv resp connections")
                .shutdown(EndpointTree.shutdown(server.drainTime())))
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
