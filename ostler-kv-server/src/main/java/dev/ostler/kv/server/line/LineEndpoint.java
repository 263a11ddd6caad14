package dev.ostler.kv.server.line;

import dev.ostler.Child;
import dev.ostler.GenServer;
import dev.ostler.Name;
import dev.ostler.Supervisor;
import dev.ostler.kv.Endpoint;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.server.net.EndpointTree;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * The line protocol on an open port, with the processes behind it: a listener, and one that starts
 * and counts connections. Used by the thread that opens the store.
 */
public final class LineEndpoint implements Endpoint.Bound {
  private final Name<Supervisor> processes = Name.unique("kv line");
  private final Name<LineConnections> connections = Name.unique("kv connections");
  private final LineFigures clients = new LineFigures();
  private final Store store;
  private final int limit;
  private final int maxBacklogBytes;
  private final Duration drainTime;
  private final LineListener listener;

  /**
   * Opens the port.
   *
   * @param limit how many connections there may be at a time
   * @throws KvException.CannotListen if the port cannot be opened
   */
  public LineEndpoint(
      Store store,
      InetSocketAddress address,
      LineListener.Binder binder,
      int limit,
      int maxBacklogBytes,
      Duration drainTime) {
    this.store = store;
    this.limit = limit;
    this.maxBacklogBytes = maxBacklogBytes;
    this.drainTime = drainTime;
    this.listener = LineListener.bind(address, binder, connections);
    store.add(clients);
  }

  @Override
  public InetSocketAddress address() {
    return listener.address();
  }

  @Override
  public Child<?> child() {
    return EndpointTree.supervisor()
        .named(processes)
        .child(
            GenServer.of(
                    () ->
                        new LineConnections(
                            socket -> new LineConnection(socket, store, maxBacklogBytes),
                            limit,
                            drainTime,
                            clients))
                .named(connections)
                .shutdown(EndpointTree.shutdown(drainTime)))
        .child(listener.child());
  }

  /** The supervisor of its processes, for tests. */
  Supervisor processes() {
    return Supervisor.at(processes);
  }

  @Override
  public void close() {
    listener.close();
    clients.open().forEach(LineConnection::close);
  }
}
