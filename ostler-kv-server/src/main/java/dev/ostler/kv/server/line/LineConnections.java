package dev.ostler.kv.server.line;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.Down;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.StatusReport;
import dev.ostler.Task;
import dev.ostler.kv.bucket.FullHeap;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.Socket;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The process that starts a process for each client, counts clients, and cleans up after them. Its
 * state belongs to this process.
 *
 * <p>It is linked with the clients' processes and traps exits: it survives their ends, and they end
 * with it. When it is told to shut down, it first lets the clients' processes write the replies
 * they owe. That is why it is not a {@link dev.ostler.DynamicSupervisor}: a process that waits for
 * its client does not receive signals, and only wakes when its socket's input is shut down.
 */
final class LineConnections
    implements GenServer<LineConnections.Open, LineConnections.Request<?>, LineConnections.Notice> {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /**
   * How many clients above the limit are told so at the same time. Further ones are closed without
   * a reply.
   */
  private static final int REFUSALS = 100;

  private final Function<Socket, LineConnection> factory;
  private final int limit;
  private final Duration drainTime;
  private final LineFigures clients;

  /**
   * Creates the callbacks of the process.
   *
   * @param clients counts them, and has those whose sockets are still open: if this process is
   *     killed, its successor closes them
   */
  LineConnections(
      Function<Socket, LineConnection> factory,
      int limit,
      Duration drainTime,
      LineFigures clients) {
    this.factory = factory;
    this.limit = limit;
    this.drainTime = drainTime;
    this.clients = clients;
  }

  /** A request whose reply is an {@code R}. */
  sealed interface Request<R> extends Call<LineConnections, R> {}

  /** Starts a process for a new client. The reply is false if the client was closed at once. */
  record Serve(Socket socket) implements Request<Boolean> {}

  /** Casts: there are none. */
  interface Notice extends Cast<LineConnections> {}

  /** A client, and whether it is above the limit. */
  private record Client(LineConnection connection, String address, boolean refused) {}

  /** The clients. Only this process changes them, in place. */
  static final class Open {
    private final Map<Pid, Client> clients = new HashMap<>();
    private int refused;
  }

  @Override
  public Init<Open> init() {
    Self.trapExits(true);
    List.copyOf(clients.open()).forEach(this::close);
    return Init.ok(new Open());
  }

  @Override
  public Next<Open> handleCall(Request<?> request, From<?> from, Open open) {
    return switch (request) {
      case Serve serve -> serve.reply(taken(serve.socket(), open), open);
    };
  }

  /** Starts a process for the client. If there is no memory for that, closes this client only. */
  private boolean taken(Socket socket, Open open) {
    try {
      return serve(socket, open);
    } catch (OutOfMemoryError e) {
      FullHeap.log("a client of the line protocol was turned away", e);
      closeOne(socket);
      return false;
    }
  }

  private static void closeOne(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is closed, which was the aim.
    }
  }

  private boolean serve(Socket socket, Open open) {
    boolean refused = open.clients.size() - open.refused >= limit;
    LineConnection connection = factory.apply(socket);
    if (refused) {
      clients.rejected();
    } else {
      clients.accepted();
    }
    if (refused && open.refused >= REFUSALS) {
      connection.close();
      return false;
    }
    clients.open().add(connection);
    String address = String.valueOf(socket.getRemoteSocketAddress());
    String why = "there are " + limit + " connections already, the limit";
    Pid pid =
        Self.spawnLink(
            "line connection", // for metrics: addresses are very many
            () -> {
              Self.label("line connection " + address);
              if (refused) {
                connection.refuse(why);
              } else {
                connection.run();
              }
            });
    open.clients.put(pid, new Client(connection, address, refused));
    open.refused += refused ? 1 : 0;
    return true;
  }

  @Override
  public Next<? extends Open> handleInfo(Object message, Open open) throws Exception {
    if (message instanceof Exit(Pid pid, ExitReason reason)) {
      ended(pid, reason, open);
      return Next.noReply(open);
    }
    return GenServer.super.handleInfo(message, open);
  }

  /** Cleans up after a client's process, whatever it died of. */
  private void ended(Pid pid, ExitReason reason, Open open) {
    Client client = open.clients.remove(pid);
    if (client == null) {
      return;
    }
    close(client.connection());
    open.refused -= client.refused() ? 1 : 0;
    if (reason instanceof ExitReason.ShutdownWith(Object why)) {
      LOG.log(Level.WARNING, "line connection " + client.address() + " was closed: " + why);
    }
  }

  private void close(LineConnection connection) {
    connection.close();
    clients.open().remove(connection);
  }

  /** Lets all connections write the replies they owe, and kills those that take too long. */
  @Override
  public void terminate(ExitReason reason, Open open) {
    Map<Pid, Client> clients = open.clients;
    // drain has a time limit of its own
    int late = Task.async(() -> drain(clients)).await(Duration.ofDays(1));
    if (late > 0) {
      LOG.log(Level.INFO, late + " line connections were closed before they were drained");
    }
    clients.values().forEach(client -> close(client.connection()));
  }

  /**
   * Runs in a task, because a server's process cannot wait for messages. Returns how many were
   * late.
   */
  private int drain(Map<Pid, Client> clients) {
    long end = System.nanoTime() + drainTime.toNanos();
    var left = new HashSet<Pid>(clients.keySet());
    left.forEach(Self::monitor);
    clients.values().forEach(client -> client.connection().drain());
    while (!left.isEmpty()) {
      var time = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
      var down = Self.receive(Down.class, time);
      if (down.isEmpty()) {
        break;
      }
      left.remove(down.get().pid());
    }
    left.forEach(pid -> pid.exit(ExitReason.KILL));
    return left.size();
  }

  @Override
  public StatusReport formatStatus(StatusReport status) {
    return status.state() instanceof Open open
        ? status.state(open.clients.size() + " connections")
        : status;
  }
}
