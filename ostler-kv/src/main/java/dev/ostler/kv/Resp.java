package dev.ostler.kv;

import dev.ostler.DynamicSupervisor;
import dev.ostler.GenServer;
import dev.ostler.Name;
import dev.ostler.Shutdown;
import dev.ostler.Supervisor;
import java.net.InetSocketAddress;
import java.time.Duration;

/** The part of a store that speaks RESP: its port, and the processes behind it. */
final class Resp {
  /** What connections need beyond the time they may take to end. */
  private static final Duration CLOSE_TIME = Duration.ofSeconds(1);

  private final Name<DynamicSupervisor> connections = Name.unique("kv resp connections");
  private final Name<RespClients> clients = Name.unique("kv resp clients");
  private final RespServer server;
  private final RespListener listener;

  /**
   * Takes the port.
   *
   * @throws KvException.CannotListen if that is not possible
   */
  Resp(InetSocketAddress address, RespServer server) {
    this.server = server;
    this.listener = RespListener.bind(address, clients);
  }

  RespListener listener() {
    return listener;
  }

  RespServer server() {
    return server;
  }

  /**
   * Adds its processes, each of which needs those before it: who accepts needs who counts, and that
   * who starts connections.
   */
  Supervisor.Spec addTo(Supervisor.Spec tree) {
    return tree.child(
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
}
