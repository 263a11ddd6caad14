package dev.ostler.kv;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.StatusReport;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.Socket;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Starts a process for each client, counts them, and sees to what they leave.
 *
 * <p>Linked with all of them, and traps exits: it survives each, none survives it.
 */
final class Connections
    implements GenServer<Connections.Open, Connections.Request<?>, Connections.Notice> {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /** How many that are one too many are told so at a time; more are just closed. */
  private static final int REFUSALS = 100;

  private final Function<Socket, LineConnection> factory;
  private final int limit;

  Connections(Function<Socket, LineConnection> factory, int limit) {
    this.factory = factory;
    this.limit = limit;
  }

  /** What it is asked, and gives an {@code R} for. */
  sealed interface Request<R> extends Call<Connections, R> {}

  /** Looks after a new client; false if it was closed at once. */
  record Serve(Socket socket) implements Request<Boolean> {}

  /**
   * Has all connections end when they have written what they owe, and ends those that take longer.
   * Answers once there is none; how many took longer.
   */
  record Drain(Duration time) implements Request<Integer> {}

  /** What it is told without an answer: nothing. */
  interface Notice extends Cast<Connections> {}

  /** The time to drain is over. */
  private record TimeIsUp() {}

  /** A client, and whether it is one too many. */
  private record Client(LineConnection connection, String address, boolean refused) {}

  /** The clients there are. Changed in place, by its own process only. */
  static final class Open {
    private final Map<Pid, Client> clients = new HashMap<>();
    private int refused;
    private int late;
    private @Nullable From<Integer> drainer;
  }

  @Override
  public Init<Open> init() {
    Self.trapExits(true);
    return Init.ok(new Open());
  }

  @Override
  public Next<Open> handleCall(Request<?> request, From<?> from, Open open) {
    return switch (request) {
      case Serve serve -> serve.reply(serve(serve.socket(), open), open);
      case Drain drain -> {
        if (open.clients.isEmpty()) {
          yield drain.reply(0, open);
        }
        open.drainer = drain.from(from);
        open.clients.values().forEach(client -> client.connection().drain());
        Self.sendAfter(new TimeIsUp(), drain.time());
        yield Next.noReply(open);
      }
    };
  }

  private boolean serve(Socket socket, Open open) {
    boolean refused = open.clients.size() - open.refused >= limit;
    LineConnection connection = factory.apply(socket);
    if (open.drainer != null || (refused && open.refused >= REFUSALS)) {
      connection.close();
      return false;
    }
    String address = String.valueOf(socket.getRemoteSocketAddress());
    String why = "there are " + limit + " connections already, the limit";
    Pid pid =
        Self.spawnLink(
            "line connection " + address, refused ? () -> connection.refuse(why) : connection::run);
    open.clients.put(pid, new Client(connection, address, refused));
    open.refused += refused ? 1 : 0;
    return true;
  }

  @Override
  public Next<Open> handleInfo(Object message, Open open) throws Exception {
    switch (message) {
      case Exit(Pid pid, ExitReason reason) -> ended(pid, reason, open);
      case TimeIsUp _ -> {
        open.late = open.clients.size();
        open.clients.keySet().forEach(pid -> pid.exit(ExitReason.KILL));
      }
      default -> {
        return GenServer.super.handleInfo(message, open);
      }
    }
    return Next.noReply(open);
  }

  /** A process is dead, however it died: nothing of it may be left. */
  private static void ended(Pid pid, ExitReason reason, Open open) {
    Client client = open.clients.remove(pid);
    if (client == null) {
      return;
    }
    client.connection().close();
    open.refused -= client.refused() ? 1 : 0;
    if (reason instanceof ExitReason.ShutdownWith(Object why)) {
      LOG.log(Level.WARNING, "line connection " + client.address() + " was closed: " + why);
    }
    if (open.drainer != null && open.clients.isEmpty()) {
      open.drainer.reply(open.late);
    }
  }

  @Override
  public StatusReport formatStatus(StatusReport status) {
    return status.state() instanceof Open open
        ? status.state(open.clients.size() + " connections")
        : status;
  }
}
